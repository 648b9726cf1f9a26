package io.millrace.system.container;

import io.millrace.system.Installation;
import io.millrace.system.contract.ContractBroker;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.testcontainers.containers.Network;
import org.testcontainers.kafka.KafkaContainer;

/** {@code apache/kafka} in a container, on a port of this machine that outlasts a restart. */
final class KafkaNode implements ContractBroker {
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration STOP = Duration.ofSeconds(60);
  private static final int PORT = 9092;

  /** The one Java process whose main class is Kafka's, by what every image has. */
  private static final String TERMINATE =
      "for p in /proc/[0-9]*; do"
          + " if tr '\\0' ' ' <$p/cmdline | grep -q '^[^ ]*java .* kafka\\.Kafka '; then"
          + " kill -TERM ${p#/proc/}; fi; done";

  /** The address in a network. */
  static final String INSIDE = "kafka:19092";

  private final KafkaContainer container;

  private KafkaNode(KafkaContainer container) {
    this.container = container;
  }

  /**
   * @param settings broker settings, such as {@code log.retention.ms}
   */
  static KafkaNode start(Map<String, String> settings) {
    return start(new KafkaContainer(Images.kafka()), settings);
  }

  /** As {@link #start(Map)}, and at {@code kafka:19092} for containers of the network. */
  static KafkaNode startIn(Network network, Map<String, String> settings) {
    return start(
        new KafkaContainer(Images.kafka()).withNetwork(network).withListener(INSIDE), settings);
  }

  private static KafkaNode start(KafkaContainer container, Map<String, String> settings) {
    Leftovers.own(container).withStartupTimeout(START);
    FixedPort.publish(container, PORT);
    container.withEnv("JAVA_TOOL_OPTIONS", Installation.NOT_OPTIMISED);
    settings.forEach(
        (name, value) ->
            container.withEnv("KAFKA_" + name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
    container.start();
    return new KafkaNode(container);
  }

  @Override
  public String bootstrapServers() {
    return container.getBootstrapServers();
  }

  /**
   * Ends the broker as SIGTERM does; the container and its data stay. The signal goes to the broker
   * itself: the shell that Testcontainers starts it from passes none on, and the engine would kill
   * both in the end.
   */
  void stop() {
    try {
      container.execInContainer("sh", "-c", TERMINATE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot stop the broker", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the broker stops", e);
    }
    Eventually.await("the broker to end", STOP, () -> !container.isRunning());
  }

  /** Starts what {@link #stop} ended, and returns when it answers. */
  void startAgain() {
    FixedPort.startAgain(container);
    Map<String, Object> impatient =
        Map.of(
            "bootstrap.servers",
            bootstrapServers(),
            "reconnect.backoff.max.ms",
            200,
            "metadata.recovery.strategy",
            "none");
    try (Admin admin = Admin.create(impatient)) {
      Eventually.await(
          "the broker to answer again",
          START,
          () -> !admin.describeCluster().nodes().get(1, TimeUnit.SECONDS).isEmpty());
    }
  }

  @Override
  public void restart() {
    stop();
    startAgain();
  }

  @Override
  public void close() {
    container.stop();
  }
}
