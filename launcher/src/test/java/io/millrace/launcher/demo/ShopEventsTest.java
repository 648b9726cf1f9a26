package io.millrace.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.launcher.demo.ShopEvent.Click;
import io.millrace.launcher.demo.ShopEvent.Order;
import io.millrace.launcher.demo.ShopEvent.Payment;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.junit.jupiter.api.Test;

final class ShopEventsTest {
  private static final Instant START = Instant.parse("2026-03-01T09:00:00Z");
  private static final int EVENTS = 40_000;

  @Test
  void shouldRepeatItselfForTheSameSeed() {
    assertThat(events(7, 2_000)).isEqualTo(events(7, 2_000));
    assertThat(events(7, 2_000)).isNotEqualTo(events(8, 2_000));
  }

  @Test
  void shouldHaveWhatMakesRealEventsHard() {
    List<ShopEvent> events = events(1, EVENTS);
    List<Order> orders = of(events, Order.class);
    List<Payment> payments = of(events, Payment.class);
    List<Click> clicks = of(events, Click.class);

    assertThat(orders).hasSizeGreaterThan(EVENTS / 4);
    assertThat(payments).hasSizeGreaterThan(EVENTS / 12);
    assertThat(clicks).hasSizeGreaterThan(EVENTS / 4);
    assertThat(orders).anyMatch(order -> order.customer().isEmpty());
    assertThat(orders).anyMatch(order -> order.country().isEmpty());
    assertThat(payments).anyMatch(payment -> payment.terminal().isEmpty());
    assertThat(orders)
        .anyMatch(order -> order.orderedAt().isBefore(START.minus(Duration.ofDays(7))));
    assertThat(clicks.get(0).clickedAt()).isBefore(START.plusSeconds(1));
    assertThat(disordered(clicks)).isGreaterThan(clicks.size() / 10);
  }

  @Test
  void shouldCancelOnlyOrdersThatWerePaidBefore() {
    Map<String, Order> paid = new HashMap<>();
    int changed = 0;
    for (Order order : of(events(2, EVENTS), Order.class)) {
      if (order.status().equals("PAID")) {
        assertThat(paid.put(order.orderId(), order)).isNull();
      } else {
        assertThat(order).isEqualTo(paid.get(order.orderId()).withStatus(order.status()));
        changed++;
      }
    }
    assertThat(changed).isGreaterThan(100);
  }

  @Test
  void shouldSellFewProductsOften() {
    Map<String, Long> clicks =
        of(events(3, EVENTS), Click.class).stream()
            .collect(Collectors.groupingBy(Click::item, Collectors.counting()));
    long most = clicks.values().stream().mapToLong(Long::longValue).max().orElseThrow();
    double average = clicks.values().stream().mapToLong(Long::longValue).average().orElseThrow();

    assertThat(most).isGreaterThan((long) (5 * average));
  }

  @Test
  void shouldHaveStolenCardsPayInBurstsAtManyTerminals() {
    Map<String, List<Payment>> byCard =
        of(events(4, EVENTS), Payment.class).stream().collect(Collectors.groupingBy(Payment::card));
    long bursts = byCard.values().stream().filter(payments -> burst(payments)).count();

    assertThat(bursts).isGreaterThan(3);
  }

  @Test
  void shouldFitTheSchemasOfTheShop() throws IOException {
    Path shop = Path.of("..", "examples", "shop");
    Map<String, Schema> schemas = new HashMap<>();
    for (Map.Entry<String, String> entry :
        Map.of("orders", "order", "payments", "payment", "clicks", "click").entrySet()) {
      schemas.put(
          entry.getKey(),
          new Schema.Parser().parse(shop.resolve(entry.getValue() + ".avsc").toFile()));
    }
    for (ShopEvent event : events(5, 2_000)) {
      Schema schema = schemas.get(event.source());
      assertThat(GenericData.get().validate(schema, ShopRecords.of(schema, event)))
          .as("%s", event)
          .isTrue();
    }
  }

  /** Whether 12 payments come within 20 s. */
  private static boolean burst(List<Payment> payments) {
    List<Instant> times = payments.stream().map(Payment::paidAt).sorted().toList();
    for (int i = 12; i < times.size(); i++) {
      if (Duration.between(times.get(i - 12), times.get(i)).toSeconds() < 20) {
        return true;
      }
    }
    return false;
  }

  private static int disordered(List<Click> clicks) {
    int found = 0;
    for (int i = 1; i < clicks.size(); i++) {
      found += clicks.get(i).clickedAt().isBefore(clicks.get(i - 1).clickedAt()) ? 1 : 0;
    }
    return found;
  }

  /** Events at 200 a second. */
  private static List<ShopEvent> events(long seed, int count) {
    ShopEvents source = new ShopEvents(seed, START);
    List<ShopEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(source.next(START.plusMillis(i * 5L)));
    }
    return events;
  }

  private static <T extends ShopEvent> List<T> of(List<ShopEvent> events, Class<T> kind) {
    Function<ShopEvent, T> cast = kind::cast;
    return events.stream().filter(kind::isInstance).map(cast).toList();
  }
}
