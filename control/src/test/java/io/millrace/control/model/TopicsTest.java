package io.millrace.control.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicsTest {
  private static final String VERSION = "0123456789abcdef";

  @Test
  void shouldKnowItsOwnSpeedTopics() {
    Topics shop = new Topics("shop");

    assertThat(shop.isSpeed(shop.speed("sales_by_hour", VERSION))).isTrue();
    assertThat(shop.isSpeed(shop.control())).isFalse();
    assertThat(shop.isSpeed("shop-speed-sales-0123")).isFalse();
    assertThat(shop.isSpeed("shop-speed-layer-orders-store-changelog")).isFalse();
  }

  @Test
  void shouldNotTakeThoseOfANamespaceThatBeginsAlikeForItsOwn() {
    Topics shop = new Topics("shop");
    for (String other : new String[] {"shop-speed", "shop-speed-x", "shop-speed-x-speed"}) {
      String topic = new Topics(other).speed("sales", VERSION);

      assertThat(shop.isSpeed(topic)).as(topic).isFalse();
      assertThat(new Topics(other).isSpeed(topic)).as(topic).isTrue();
      assertThat(new Topics(other).isSpeed(shop.speed("sales", VERSION))).isFalse();
    }
  }
}
