package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.demo.ShopTraffic;
import io.millrace.system.Installation;
import io.millrace.testkit.Eventually;
import io.millrace.view.app.ApplicationFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code examples/shop} end to end over the public image of Kafka, which goes away in between. */
@NeedsContainers
class ShopIT {
  private static final long SEED = 20260131;
  private static final double RATE = 60;

  /** Less than the minute for which a producer waits for a broker before it gives up. */
  private static final Duration AWAY = Duration.ofSeconds(10);

  /** View to topic. */
  private static final Map<String, String> VIEWS = new LinkedHashMap<>();

  static {
    VIEWS.put("sales_by_month", "shop.orders");
    VIEWS.put("sales_by_hour", "shop.orders");
    VIEWS.put("card_activity", "shop.payments");
    VIEWS.put("trending_items", "shop.clicks");
  }

  @Test
  void shouldAnswerExactlyOverAContainerBrokerThatIsStoppedAndStartedAgain() throws Exception {
    Path shop = Installation.home().resolve("examples/shop");
    try (KafkaNode broker = KafkaNode.start(Map.of("transaction.state.log.num.partitions", "4"));
        RunningSystem system = RunningSystem.over(broker, "shop", "0/20 * * * * ?")) {
      system.apply(shop);
      List<SourceDefinition> sources = ApplicationFolder.load(shop, Map.of()).sources();
      MillraceConfig config = system.config();
      long sent;
      try (ShopTraffic traffic = new ShopTraffic(config, sources, RATE, SEED)) {
        traffic.start();
        awaitRuns(system);

        broker.stop();
        // Events are made all the while; a producer that finds no broker holds them back.
        long until = System.nanoTime() + AWAY.toNanos();
        Eventually.await(
            "the broker to be away for long enough",
            AWAY.multipliedBy(3),
            () -> System.nanoTime() > until);
        system.alive();
        broker.startAgain();

        awaitRuns(system);
        traffic.stop();
        assertThat(traffic.failure()).isEmpty();
        sent = traffic.sent();
      }
      long held = VIEWS.values().stream().distinct().mapToLong(t -> system.end(t).total()).sum();
      assertThat(held).as("each event is in its topic, once").isEqualTo(sent);
      for (Map.Entry<String, String> view : VIEWS.entrySet()) {
        system.awaitEnd(view.getKey(), view.getValue());
      }
      Map<String, Long> rows = system.verify(List.copyOf(VIEWS.keySet()));
      assertThat(rows.keySet()).isEqualTo(VIEWS.keySet());
      assertThat(rows.values()).allMatch(count -> count > 0, "more than no row");
      System.out.printf("shop over a container broker: %d events, rows equal %s%n", sent, rows);
    }
  }

  /** Returns when each view is answered from a run over all events that are there now. */
  private static void awaitRuns(RunningSystem system) {
    Map<String, Position> ends = new LinkedHashMap<>();
    VIEWS.forEach((view, topic) -> ends.put(view, system.end(topic)));
    ends.forEach(system::awaitRunOver);
  }
}
