package io.millrace.system.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.system.kubernetes.Network.Peer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who reaches whom: all that is needed, and nothing else. */
class NetworkTest {
  private static final List<String> PARTS =
      List.of("speed", "serving", "batch", "batch-executor", "cli");
  private static final Peer DNS =
      Peer.in(Map.of("kubernetes.io/metadata.name", "kube-system"), Map.of("k8s-app", "kube-dns"));
  private static final Peer CATALOG = Peer.here(Map.of("app.kubernetes.io/name", "lake-catalog"));
  private static final Peer SCRAPER =
      Peer.in(Map.of("kubernetes.io/metadata.name", "monitoring"), Map.of("app", "prometheus"));
  private static final Peer CLIENT =
      Peer.in(Map.of("millrace.io/client", "true"), Map.of("app", "shop"));
  private static final Peer STRANGER = Peer.in(Map.of("team", "other"), Map.of("app", "other"));
  private static final Peer NEIGHBOUR = Peer.here(Map.of("app.kubernetes.io/name", "other"));

  private static Peer part(String component) {
    return Peer.here(
        Map.of(
            "app.kubernetes.io/name",
            "millrace",
            "app.kubernetes.io/component",
            component,
            "app.kubernetes.io/part-of",
            "millrace"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldAllowWhatEachPartNeedsAndNoMore(String name) {
    Network network = new Network(Manifests.installations().get(name));
    boolean example = name.equals("example");
    Peer kafka =
        example
            ? Peer.outside()
            : Peer.in(Map.of("kubernetes.io/metadata.name", "kafka"), Map.of("app", "kafka"));
    int kafkaPort = example ? 9093 : 9092;
    for (String from : PARTS) {
      boolean lake = List.of("serving", "batch", "batch-executor").contains(from);
      boolean batch = from.startsWith("batch");
      boolean driver = from.equals("batch");
      assertReaches(network, part(from), DNS, "UDP", 53, true);
      assertReaches(network, part(from), DNS, "TCP", 53, true);
      assertReaches(network, part(from), kafka, "TCP", kafkaPort, true);
      assertReaches(network, part(from), CATALOG, "TCP", 8181, lake);
      assertReaches(network, part(from), Peer.outside(), "TCP", 443, lake);
      assertReaches(network, part(from), Peer.outside(), "TCP", 6443, driver);
      assertReaches(network, part(from), Peer.outside(), "TCP", 80, false);
      assertReaches(network, part(from), STRANGER, "TCP", 443, false);
      assertReaches(network, part(from), part("serving"), "TCP", 8080, from.equals("cli"));
      assertReaches(network, part(from), part("speed"), "TCP", 9464, false);
      assertReaches(network, part(from), part("batch"), "TCP", 7078, from.equals("batch-executor"));
      assertReaches(network, part(from), part("batch"), "TCP", 7079, from.equals("batch-executor"));
      assertReaches(network, part(from), part("batch-executor"), "TCP", 7079, batch);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldLetInWhoeverMayAskAndTheScraper(String name) {
    Network network = new Network(Manifests.installations().get(name));
    assertReaches(network, CLIENT, part("serving"), "TCP", 8080, true);
    assertReaches(network, SCRAPER, part("serving"), "TCP", 8080, true);
    assertReaches(network, SCRAPER, part("speed"), "TCP", 9464, true);
    assertReaches(network, SCRAPER, part("batch"), "TCP", 9464, true);
    for (Peer other : List.of(STRANGER, NEIGHBOUR, Peer.outside())) {
      for (String to : PARTS) {
        for (int port : List.of(7078, 7079, 8080, 9464)) {
          assertReaches(network, other, part(to), "TCP", port, false);
        }
      }
    }
    assertReaches(network, CLIENT, part("speed"), "TCP", 9464, false);
    assertReaches(network, SCRAPER, part("batch"), "TCP", 7078, false);
  }

  /**
   * The check bites: without policies everything passes, without one of them something is missing.
   */
  @ParameterizedTest
  @ValueSource(strings = {"millrace-dns", "millrace-kafka", "millrace-batch-executor"})
  void shouldMissAPolicyThatIsTakenAway(String policy) {
    List<Manifest> without =
        Manifests.base().stream().filter(m -> !m.name().equals(policy)).toList();
    Network network = new Network(without);
    Peer executor = part("batch-executor");
    Peer kafka = Peer.in(Map.of("kubernetes.io/metadata.name", "kafka"), Map.of());
    assertThat(
            network.allows(executor, DNS, "UDP", 53)
                && network.allows(executor, kafka, "TCP", 9092)
                && network.allows(executor, part("batch"), "TCP", 7078))
        .isFalse();
    assertThat(new Network(List.of()).allows(STRANGER, part("speed"), "TCP", 9464)).isTrue();
  }

  private static void assertReaches(
      Network network, Peer from, Peer to, String protocol, int port, boolean expected) {
    assertThat(network.allows(from, to, protocol, port))
        .as("%s to %s, %s %d", from, to, protocol, port)
        .isEqualTo(expected);
  }
}
