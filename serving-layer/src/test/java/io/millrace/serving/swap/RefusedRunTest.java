package io.millrace.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.TestLake;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a replica leaves a run that somebody refuses, and what comes of a refusal taken back. */
final class RefusedRunTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path dir;
  private Replica replica;
  private Orders orders;
  private ViewDefinition definition;
  private CompiledView view;
  private LiveModel live;
  private final Set<String> damaged = new HashSet<>();

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 1);
    definition =
        Orders.view("sales", "SELECT category, count(*) AS orders FROM orders GROUP BY category");
    view = replica.apply(definition);
    live = new LiveModel(view, orders);
    damage();
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldLeaveARefusedRunForANewerOneWhereTheOneBeforeCannotBeHad() {
    RunRecord first = answered(run());
    RunRecord second = run();
    replica.audits().put(second.runId(), audit(second, first, RunAudit.Outcome.TRUSTED));
    replica.announce(second);
    restart();
    assertThat(answered()).isEqualTo(second.runId());
    damaged.add(first.runId());
    replica.publish(refusal(second, first, false));
    replica.step();
    assertThat(answered()).as("there is nothing else yet").isEqualTo(second.runId());

    RunRecord third = run();
    replica.audits().put(third.runId(), audit(third, first, RunAudit.Outcome.EQUAL));
    replica.completed(third);

    assertThat(answered()).isEqualTo(third.runId());
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldEndTheAlarmOfARefusalThatIsTakenBackBeforeTheRunWasLeft() {
    RunRecord first = answered(run());
    RunRecord second = answered(run());
    damaged.add(first.runId());
    replica.publish(refusal(second, first, true));
    replica.step();
    assertThat(runs().problem()).isPresent();

    replica.publish(replica.refusals().get(second.runId()).accepted(NOW));
    replica.step();

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldNotRefuseAnewWhatAPersonHasAcceptedMeanwhile() {
    RunRecord first = answered(run());
    RunRecord second = run((program, state, index) -> index == 0 ? null : state);
    RunLoader loader = replica.loader;
    replica.loader =
        (wanted, stopped) -> {
          // Another replica was quicker, and a person than both.
          replica.publish(refusal(second, first, false).accepted(NOW));
          return loader.load(wanted, stopped);
        };

    replica.completed(second);

    assertThat(replica.refusals().get(second.runId()).acceptedAt()).contains(NOW);
    assertThat(answered()).isEqualTo(second.runId());
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldTakeARunThatAnotherReplicaHasComparedThoughItCannotBeComparedHere() {
    RunRecord first = answered(run());
    RunRecord third = notToBeCompared();
    replica.audits().put(third.runId(), audit(third, first, RunAudit.Outcome.EQUAL));

    replica.completed(third);

    assertThat(answered()).isEqualTo(third.runId());
    assertThat(replica.refusals()).doesNotContainKey(third.runId());
    assertThat(replica.audits().get(third.runId()).by()).isEqualTo("there:1");
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldSayOfARunThatCannotBeComparedThatItIsRefusedForThat() {
    answered(run());
    RunRecord third = notToBeCompared();

    replica.completed(third);

    assertThat(replica.refusals().get(third.runId()).reason())
        .startsWith(
            "cannot answer from run "
                + third.runId()
                + ": found that it cannot be compared (no live state from offset ")
        .contains(", expected a comparison, since a run before it is refused")
        .endsWith("`millrace runs sales --accept " + third.runId() + "`");
  }

  /** A sound run after a refused one, and live state that has forgotten what lies between. */
  private RunRecord notToBeCompared() {
    replica.completed(run((program, state, index) -> null));
    assertThat(runs().problem()).isPresent();
    Position kept = live.position();
    RunRecord third = run();
    for (int partition = 0; partition < 2; partition++) {
      replica.live(view, live.forget(partition, kept.offset(partition)));
    }
    return third;
  }

  private void damage() {
    RunLoader loader = replica.loader;
    replica.loader =
        (wanted, stopped) -> {
          if (damaged.contains(wanted.runId())) {
            throw new MillraceException(ErrorCode.RUN_DAMAGED, "cannot load run, as told");
          }
          return loader.load(wanted, stopped);
        };
  }

  private void restart() {
    replica = replica.restarted();
    damage();
    replica.live(view, List.of(live.whole(0), live.whole(1)));
    replica.step();
  }

  private RunRecord run() {
    return run((program, state, index) -> state);
  }

  /** Live state up to the end, a cut there, and a run at the cut. */
  private RunRecord run(TestLake.Fault fault) {
    for (String category : List.of("books", "toys", "books", "toys")) {
      orders.add((int) (orders.end().total() % 2), category, 1, 1.0, NOW);
    }
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.live(view, live.advance());
    return replica.lake.run(view, orders, boundary, fault);
  }

  private RunRecord answered(RunRecord run) {
    replica.completed(run);
    assertThat(answered()).isEqualTo(run.runId());
    return run;
  }

  private RunSwitch runs() {
    return replica.served(definition).runs();
  }

  private String answered() {
    return runs().answered().orElseThrow().run().runId();
  }

  private static Refusal refusal(RunRecord run, RunRecord base, boolean rejected) {
    return new Refusal(
        run.runId(),
        run.view(),
        run.version(),
        base.runId(),
        "as told",
        NOW,
        Optional.empty(),
        rejected);
  }

  private static RunAudit audit(RunRecord run, RunRecord base, RunAudit.Outcome outcome) {
    return new RunAudit(
        run.runId(), run.view(), run.version(), outcome, base.runId(), "", "there:1", NOW);
  }
}
