package io.millrace.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.speed.task.TextViews;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What needs no broker; the rest is {@link SpeedLayerIT}'s. */
class SpeedLayerTest {
  @TempDir private Path dir;

  @Test
  void shouldKeepErrorsOfTopicsThatAreWrittenAndForgetThoseOfDroppedViews() {
    Topics topics = new Topics("n");
    ViewDefinition view = Orders.on("shop.orders").byHour();
    MemoryControl control = new MemoryControl();
    control.publish(view.source());
    control.publish(view);
    String speed = "topic." + topics.speed(view);
    String changelog =
        "topic." + topics.speedApplication(view.source().lakeTable()) + "-live-changelog";
    List<String> ofTheView =
        List.of("view.by_hour", "source." + view.source().name(), speed, changelog, "replicas");

    assertThat(ofTheView).allMatch(key -> SpeedLayer.current(key, control.state(), topics));
    assertThat(SpeedLayer.current("topic.other", control.state(), topics)).isFalse();
    control.retireView(view.id());
    assertThat(ofTheView).noneMatch(key -> SpeedLayer.current(key, control.state(), topics));
    assertThat(ofTheView).noneMatch(key -> SpeedLayer.current(key, ControlState.EMPTY, topics));
  }

  /** What the round uses is closed after it, though it takes no notice of an interrupt. */
  @Test
  void shouldCloseWhatARoundUsesOnlyWhenTheRoundHasEnded() throws Exception {
    CompletableFuture<Thread> inRound = new CompletableFuture<>();
    CountDownLatch asked = new CountDownLatch(1);
    MemoryControl memory = new MemoryControl();
    ControlLog slow =
        (ControlLog)
            Proxy.newProxyInstance(
                ControlLog.class.getClassLoader(),
                new Class<?>[] {ControlLog.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("heard")) {
                    inRound.complete(Thread.currentThread());
                    long after = 0;
                    while (asked.getCount() > 0 || after < 30) {
                      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                      Thread.interrupted();
                      after += asked.getCount() > 0 ? 0 : 1;
                    }
                  }
                  try {
                    return method.invoke(memory, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    SpeedLayer layer =
        new SpeedLayer(config(), slow, new TextViews(), "here:1", Metrics.of("speed"));
    layer.start();
    Thread round = inRound.get(30, TimeUnit.SECONDS);

    asked.countDown();
    layer.close();

    assertThat(round.isAlive()).as("the thread of the round").isFalse();
  }

  private MillraceConfig config() {
    return MillraceConfig.load(
        Optional.empty(),
        Map.of(),
        Map.of("data.dir", dir.toString(), "kafka.bootstrap.servers", "127.0.0.1:1"));
  }
}
