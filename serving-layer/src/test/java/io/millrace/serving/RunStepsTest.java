package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.report.ViewReport;
import io.millrace.serving.swap.RunLoader;
import io.millrace.testkit.Eventually;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each view goes its own way to its next run, however long that takes or badly it ends. */
final class RunStepsTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path dir;
  private final ViewDefinition slow = Orders.view("slow", Orders.BY_DAY);
  private final ViewDefinition fast =
      Orders.view("fast", "SELECT category, count(*) AS n FROM orders GROUP BY category");
  private final CountDownLatch gate = new CountDownLatch(1);
  private final CountDownLatch atTheGate = new CountDownLatch(1);
  private Replica replica;
  private Orders orders;
  private RunLoader quick;

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 3);
    quick = replica.loader;
  }

  @AfterEach
  void stop() {
    gate.countDown();
    replica.close();
  }

  @Test
  void shouldAnswerOneViewWhileAnotherLoads() {
    orders.add(20);
    announceFirstRun(slow);
    announceFirstRun(fast);
    replica.loader =
        (run, stopped) -> {
          if (run.view().equals("slow")) {
            await(gate);
          }
          return quick.load(run, stopped);
        };
    try (RunSteps steps = replica.steps()) {
      awaitRun(steps, fast);
      assertThat(report(slow).answeredRun()).isEmpty();
      assertThat(replica.served(slow).runs().waitsFor()).endsWith("to be loaded");
      gate.countDown();
      awaitRun(steps, slow);
    }
  }

  @Test
  void shouldKeepWhatOneViewThrowsToThatView() {
    orders.add(20);
    announceFirstRun(slow);
    announceFirstRun(fast);
    replica.loader =
        (run, stopped) -> {
          if (run.view().equals("slow")) {
            throw new StackOverflowError("as told");
          }
          return quick.load(run, stopped);
        };
    try (RunSteps steps = replica.steps()) {
      awaitRun(steps, fast);
      Eventually.await("the problem", SOON, () -> report(slow).problem().isPresent());
      assertThat(report(slow).problem().orElseThrow())
          .hasMessageStartingWith("cannot take up the next run of view slow: found java.lang.Stack")
          .hasMessageContaining("tried again");
      assertThat(report(fast).problem()).isEmpty();
      replica.loader = quick;
      awaitRun(steps, slow);
    }
  }

  @Test
  void shouldStayAnsweredWhileRunsCompleteFasterThanTheyLoad() {
    CompiledView view = replica.apply(slow);
    LiveModel live = new LiveModel(view, orders);
    RunRecord first = nextRun(view, live);
    replica.step();
    assertThat(replica.served(slow).runs().standsOn()).containsExactly(first.boundary());
    RunRecord second = nextRun(view, live);
    replica.loader =
        (run, stopped) -> {
          atTheGate.countDown();
          await(gate);
          return quick.load(run, stopped);
        };
    try (RunSteps steps = replica.steps()) {
      steps.take(replica.served(slow));
      await(atTheGate);
      assertThat(replica.served(slow).runs().standsOn())
          .containsExactly(first.boundary(), second.boundary());
      nextRun(view, live);
      RunRecord last = nextRun(view, live);
      forgetBelowWhatIsStoodOn(view, live);
      assertAnsweredFrom(first);

      gate.countDown();
      Eventually.await(
          "the run that was loading to answer",
          SOON,
          () -> report(slow).answeredRun().filter(first.runId()::equals).isEmpty());
      assertAnsweredFrom(second);
      forgetBelowWhatIsStoodOn(view, live);
      assertAnsweredFrom(second);
      Eventually.await(
          "the newest run to answer",
          SOON,
          () -> {
            steps.take(replica.served(slow));
            assertThat(report(slow).ready()).isTrue();
            return report(slow).answeredRun().filter(last.runId()::equals).isPresent();
          });
    }
  }

  @Test
  void shouldStandOnAllLiveStateBeforeItsFirstRunAnswers() {
    CompiledView view = replica.apply(slow);
    LiveModel live = new LiveModel(view, orders);
    orders.add(20);
    replica.live(view, live.advance());
    replica.step();
    assertThat(report(slow).ready()).isTrue();
    assertThat(report(slow).standsOn()).containsExactly(Position.empty());
  }

  @Test
  void shouldNotSayThatAViewWithRunsWaitsForItsFirst() {
    CompiledView view = replica.apply(slow);
    LiveModel live = new LiveModel(view, orders);
    replica.announce(replica.lake.run(view, orders, live.cut()));
    replica.live(view, live.advance());
    assertThat(replica.served(slow).runs().waitsFor()).isEqualTo("its runs to be looked up");
    replica.loader =
        (run, stopped) -> {
          throw new IllegalStateException("as told");
        };
    replica.step();
    assertThat(replica.served(slow).runs().waitsFor()).doesNotContain("first run");
  }

  @Test
  void shouldLetGoOfALoadWhoseViewIsRetired() {
    orders.add(20);
    announceFirstRun(slow);
    CountDownLatch ended = new CountDownLatch(1);
    replica.loader =
        (run, stopped) -> {
          atTheGate.countDown();
          Eventually.await("the end", SOON, stopped::getAsBoolean);
          ended.countDown();
          return quick.load(run, stopped);
        };
    try (RunSteps steps = replica.steps()) {
      steps.take(replica.served(slow));
      await(atTheGate);
      replica.retire(slow);
      await(ended);
    }
  }

  private RunRecord nextRun(CompiledView view, LiveModel live) {
    orders.add(20);
    replica.live(view, live.advance());
    RunRecord run = replica.lake.run(view, orders, live.cut());
    replica.live(view, live.advance());
    replica.announce(run);
    return run;
  }

  private void announceFirstRun(ViewDefinition definition) {
    CompiledView view = replica.apply(definition);
    nextRun(view, new LiveModel(view, orders));
  }

  private void forgetBelowWhatIsStoodOn(CompiledView view, LiveModel live) {
    for (int p = 0; p < 2; p++) {
      int partition = p;
      long kept =
          report(slow).standsOn().stream()
              .mapToLong(boundary -> boundary.offset(partition))
              .min()
              .orElseThrow();
      replica.live(view, live.forget(p, kept));
    }
  }

  private void assertAnsweredFrom(RunRecord run) {
    assertThat(report(slow).unready()).isEmpty();
    assertThat(report(slow).answeredRun()).contains(run.runId());
    assertThat(report(slow).standing().orElseThrow().live()).isEqualTo(orders.end());
  }

  private void awaitRun(RunSteps steps, ViewDefinition definition) {
    Eventually.await(
        "an answer of " + definition.name() + " from its run",
        SOON,
        () -> {
          steps.take(replica.served(slow));
          steps.take(replica.served(fast));
          return report(definition).answeredRun().isPresent();
        });
  }

  private ViewReport report(ViewDefinition definition) {
    return replica.report(definition);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
