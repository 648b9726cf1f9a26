package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.Position;
import io.millrace.system.Answer;
import io.millrace.system.CheckedView;
import io.millrace.system.Http;
import io.millrace.system.Installation;
import io.millrace.system.Sampler;
import io.millrace.system.TopicTail;
import io.millrace.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;

/**
 * The layers' images under a steady load, while one part after the other is taken away: every
 * answer on the way must be that of the oracle at its position.
 */
@NeedsContainers
class LayerFaultsIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String GROUP = "millrace-speed-layer-sales";

  private LayerContainers layers;
  private TopicTail<Sales.Sale> tail;
  private CheckedView<Sales.Sale> oracle;
  private Sampler sampler;
  private Http http;
  private Admin admin;

  @Test
  void shouldAnswerExactlyWhilePartsAreKilledPausedCutOffAndReplaced() throws Exception {
    Path directory = Path.of("target/layer-faults-" + Instant.now().toEpochMilli());
    try (LayerContainers containers = new LayerContainers(directory.resolve("logs"))) {
      layers = containers;
      String address = layers.broker().bootstrapServers();
      GenericContainer<?> first = layers.speed();
      GenericContainer<?> second = layers.speed();
      GenericContainer<?> replica = layers.serving();
      layers.start(first, second, layers.batch("0/20 * * * * ?"), replica);
      http = LayerContainers.http(replica);
      sampler = new Sampler(http);
      apply(Sales.application(directory.resolve("sales").toAbsolutePath()), directory, address);
      try (Sales sales = new Sales(address, 20260131);
          TopicTail<Sales.Sale> topic = Sales.tail(address);
          Admin client = Admin.create(Map.of("bootstrap.servers", address))) {
        admin = client;
        tail = topic;
        oracle = Sales.oracle(topic);
        sales.start();
        sampleUntil("a first run and both speed layers", () -> answers() && members() == 2);

        layers.kill(first);
        sampleUntil("the killed one to be missed", () -> members() == 1);
        progresses("with one speed layer");
        layers.startAgain(first);
        sampleUntil("the killed one to be back", () -> members() == 2);

        layers.pause(second);
        sampleUntil("the paused one's session to end", () -> members() == 1);
        progresses("without the paused speed layer");
        layers.resume(second);
        sampleUntil("the paused one to be back", () -> members() == 2);
        progresses("after the pause");

        layers.cutOff(first);
        sampleUntil("the one that is cut off to be missed", () -> members() == 1);
        progresses("without the speed layer that is cut off");
        layers.connect(first);
        sampleUntil("the one that was cut off to be back", () -> members() == 2);
        progresses("after the partition");

        GenericContainer<?> fresh = layers.serving();
        layers.start(fresh);
        Http next = LayerContainers.http(fresh);
        sampleUntil("the new replica to answer", () -> ready(next));
        replica.stop();
        Sampler old = sampler;
        http = next;
        sampler = new Sampler(next);
        progresses("from the new replica");

        long sent = sales.stop();
        Position end = tail.end();
        assertThat(end.total()).isEqualTo(sent);
        sampleUntil("the last sale", () -> http.live(Sales.VIEW).covers(end));
        Answer last = http.answer(Sales.VIEW);
        tail.readTo(last.live());
        assertThat(oracle.differences(last)).isEmpty();
        assertThat(old.differences()).isEmpty();
        assertThat(sampler.differences()).isEmpty();
        System.out.printf(
            "layer faults: %d sales, %d answers equal the oracle, %d across the seam; refused %s%n",
            sent,
            oracle.checked(),
            old.withLive() + sampler.withLive(),
            List.of(old.refusals(), sampler.refusals()));
        assertThat(oracle.checked()).isGreaterThan(100);
        assertThat(old.withLive()).isGreaterThan(20);
      }
    }
  }

  /** Asks for the view and holds it against the oracle, again and again, until it holds. */
  private void sampleUntil(String what, java.util.concurrent.Callable<Boolean> condition) {
    Eventually.await(
        what,
        PATIENCE,
        () -> {
          sampler.sample(oracle, tail);
          return condition.call();
        });
  }

  /** The topic as it ends now is answered for: nothing holds the live state up for good. */
  private void progresses(String when) {
    Position end = tail.end();
    sampleUntil("answers to go on " + when, () -> http.live(Sales.VIEW).covers(end));
  }

  private boolean answers() throws Exception {
    return !http.answer(Sales.VIEW).rows().isEmpty();
  }

  private static boolean ready(Http replica) throws Exception {
    return replica.json("/v1/health/ready") != null && replica.answer(Sales.VIEW) != null;
  }

  /** Speed layers that have partitions. */
  private long members() throws Exception {
    return admin
        .describeConsumerGroups(List.of(GROUP))
        .describedGroups()
        .get(GROUP)
        .get(5, TimeUnit.SECONDS)
        .members()
        .stream()
        .map(MemberDescription::assignment)
        .filter(assignment -> !assignment.topicPartitions().isEmpty())
        .count();
  }

  private static void apply(Path application, Path directory, String address) throws Exception {
    Path config = directory.toAbsolutePath().resolve("millrace.yaml");
    Files.writeString(
        config,
        "kafka.bootstrap.servers: " + address + "\ndata.dir: " + config.resolveSibling("data"));
    Path log = directory.resolve("apply.log");
    Process apply =
        new ProcessBuilder(
                Installation.home().resolve("millrace").toString(),
                "apply",
                application.toString(),
                "--config",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(apply.waitFor(3, TimeUnit.MINUTES)).isTrue();
    assertThat(apply.exitValue()).as(Files.readString(log)).isZero();
  }
}
