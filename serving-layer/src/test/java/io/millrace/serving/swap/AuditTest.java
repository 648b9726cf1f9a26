package io.millrace.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Correction;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.TestLake;
import io.millrace.serving.query.RowsAnswer;
import io.millrace.serving.query.RowsQuery;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class AuditTest {
  private static final String SQL =
      "SELECT category, count(*) AS orders, sum(price) AS price FROM orders GROUP BY category";
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path dir;
  private Replica replica;
  private Orders orders;
  private ViewDefinition definition;
  private CompiledView view;
  private LiveModel live;

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 1);
    definition = Orders.view("sales", SQL);
    view = replica.apply(definition);
    live = new LiveModel(view, orders);
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldFindARunEqualThatIs() {
    answeredFirstRun();
    RunRecord second = run();

    replica.completed(second);

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
    assertThat(report().groups()).isEqualTo(3);
    assertThat(runs().swaps()).isEqualTo(1);
  }

  @Test
  void shouldKeepTheOldRunWhenTheNewOneCountsAGroupTwice() {
    RunRecord first = answeredFirstRun();
    RunRecord second =
        run(
            (program, state, index) -> {
              program.merge(state, program.decodeState(program.encodeState(state)));
              return state;
            });

    replica.completed(second);

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(problem())
        .hasMessage(
            "cannot answer from run "
                + second.runId()
                + ": found 3 of 3 groups different from run "
                + first.runId()
                + " plus the live state up to the new boundary, expected them equal; first: group"
                + " differs in count(1) is 4 instead of 2, sum(price) is 8.0 instead of 4.0,"
                + " count(price) is 4 instead of 2, sum(abs(price)) is 8.0 instead of 4.0: the run says category=null, orders=4, price=8.0, expected"
                + " category=null, orders=2, price=4.0; `millrace verify sales` shows all that differs"
                + " now; if the lake is wrong, repair it and run `millrace recompute sales`; if live"
                + " state is wrong, `millrace rebuild sales` makes it anew, or, if it was wrong below"
                + " the run's boundary alone, accept the run: `millrace runs sales --accept "
                + second.runId()
                + "`");
    assertThat(replica.queries.answer(everything()).live()).isEqualTo(live.position());
  }

  @Test
  void shouldNoticeAGroupThatIsMissingAndOneTooMany() {
    answeredFirstRun();
    replica.completed(run((program, state, index) -> index == 1 ? null : state));

    assertThat(problem()).hasMessageContaining("found 1 of 3 groups different");
    assertThat(problem()).hasMessageContaining("group is missing in the run: the run says nothing");
  }

  @Test
  void shouldCompareTheFirstRunWithLiveStateOfAllRecords() {
    add("books", 1.0);
    add("toys", 2.0);
    replica.step();
    RunRecord first = run((program, state, index) -> index == 1 ? null : state);

    replica.completed(first);

    assertThat(runs().answered()).isEmpty();
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(problem())
        .hasMessageContaining(
            "found 1 of 2 groups different from the live state of all records below its boundary,"
                + " expected them equal; first: group is missing in the run");
    assertThat(replica.refusals()).containsOnlyKeys(first.runId());
    RowsAnswer alone = replica.queries.answer(everything());
    assertThat(alone.runId()).isEmpty();
    assertThat(alone.rows()).hasSize(2);

    add("toys", 3.0);
    RunRecord second = run();
    replica.completed(second);

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
    assertThat(report().base()).isEmpty();
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldNotTakeAFirstRunOnTrustAfterARestartWhereLiveStateSaysOtherwise() {
    add("books", 1.0);
    add("toys", 2.0);
    replica.announce(run((program, state, index) -> index == 1 ? null : state));

    restart();

    assertThat(runs().answered()).isEmpty();
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(replica.refusals()).isNotEmpty();
    // A replica that comes later finds the refusal too; live state answers on, as it always did.
    restart();
    RowsAnswer alone = replica.queries.answer(everything());
    assertThat(alone.runId()).isEmpty();
    assertThat(alone.rows()).hasSize(2);
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    RunRecord second = run();
    replica.completed(second);
    assertThat(answered()).isEqualTo(second.runId());
  }

  @Test
  void shouldTakeTheFirstRunOnTrustWhereLiveStateBeganLater() {
    add("books", 1.0);
    add("toys", 2.0);
    live = new LiveModel(view, orders, Position.parse("0:1"));
    RunRecord first = run((program, state, index) -> index == 1 ? null : state);

    replica.completed(first);

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(runs().lastAudit()).isEmpty();
  }

  @Test
  void shouldExcuseGroupsThatLiveStateHasWhereRecordsWereLostAndNoOther() {
    add("books", 1.0);
    add("toys", 2.0);
    RunRecord first = run((program, state, index) -> program.newState());
    correct(first, Correction.Kind.GROUPS, "0:0-1", List.of());

    replica.completed(first);

    // Books were counted in the segment of the lost record, toys in another partition.
    assertThat(runs().answered()).isEmpty();
    assertThat(problem()).hasMessageContaining("found 1 of 2 groups different");
    assertThat(problem()).hasMessageContaining("category=\"toys\"");
    assertThat(problem()).hasMessageContaining("; 1 more are explained by a change");
  }

  @Test
  void shouldHoldAStandingRefusalThoughTheNextRunCannotBeCompared() {
    RunRecord first = answeredFirstRun();
    replica.completed(run((program, state, index) -> null));
    Position kept = live.position();
    add("books", 1.0);
    RunRecord third = run();
    for (int p = 0; p < 2; p++) {
      replica.live(view, live.forget(p, kept.offset(p)));
    }

    replica.completed(third);

    assertThat(report().outcome()).isEqualTo(Audit.Outcome.NOT_POSSIBLE);
    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(replica.report(definition).unready().orElseThrow().code())
        .isEqualTo(ErrorCode.SEGMENT_GAP);
  }

  @Test
  void shouldExcuseTheGroupsOfACorrection() {
    answeredFirstRun();
    RunRecord second = run((program, state, index) -> index == 1 ? null : state);
    correct(second, Correction.Kind.GROUPS, "", List.of(keyOf(null)));

    replica.completed(second);

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.CORRECTED);
    assertThat(report().detail()).startsWith("explained by a change (1 groups); first difference");
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldRefuseAGroupThatTheCorrectionDidNotTouch() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run((program, state, index) -> index == 1 ? null : state);
    correct(second, Correction.Kind.GROUPS, "", List.of(keyOf("books")));

    replica.completed(second);

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessageContaining("found 1 of 3 groups different");
    assertThat(problem()).hasMessageContaining("; not explained by a change (1 groups)");
  }

  @Test
  void shouldExcuseAllGroupsOrNoneWhereTheCorrectionCannotListThem() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run((program, state, index) -> index == 1 ? null : state);
    correct(second, Correction.Kind.UNKNOWN, "", List.of());
    replica.completed(second);
    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessageContaining("a change (no group is excused)");

    RunRecord third = run((program, state, index) -> index == 1 ? null : state);
    correct(third, Correction.Kind.ALL, "", List.of());
    replica.completed(third);
    assertThat(answered()).isEqualTo(third.runId());
    assertThat(report().detail()).contains("all are excused");
  }

  @Test
  void shouldExcuseByCorrectionsOfRunsBetweenTheTwo() {
    RunRecord first = answeredFirstRun();
    RunRecord second =
        run((program, state, index) -> index == 1 ? null : index == 0 ? program.newState() : state);
    correct(second, Correction.Kind.GROUPS, "", List.of(keyOf(null)));
    replica.completed(second);
    assertThat(answered()).isEqualTo(first.runId());

    RunRecord third = run((program, state, index) -> index == 1 ? null : state);
    replica.completed(third);

    assertThat(answered()).isEqualTo(third.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.CORRECTED);
    // From here on the group is compared again.
    RunRecord fourth = run();
    replica.completed(fourth);
    assertThat(answered()).isEqualTo(third.runId());
  }

  private void correct(RunRecord run, Correction.Kind kind, String lost, List<byte[]> keys) {
    replica.publish(
        new Correction(
            run.runId(),
            run.view(),
            run.version(),
            kind,
            "a change",
            keys.size(),
            keys.isEmpty() ? Optional.empty() : Optional.of(replica.lake.corrected(run, keys)),
            lost,
            Position.parse("0:1")));
  }

  /** The key of a category. */
  private byte[] keyOf(String category) {
    Orders one = new Orders(1, 1);
    one.add(0, category, 1, 1.0, NOW);
    return one.keys(view).get(0);
  }

  @Test
  void shouldAcceptADifferenceWhereTheViewSaysToReportOnly() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run((program, state, index) -> index == 1 ? null : state);
    replica.completed(second);
    assertThat(answered()).isEqualTo(first.runId());

    replica.apply(Orders.view("sales", SQL, Map.of("audit", "report")));
    replica.step();

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(report().detail()).startsWith("explained by the view's property 'audit' = 'report'");
  }

  @Test
  void shouldForgiveTheRoundingOfFloatingPointAndNoMore() {
    add("books", 0.1);
    add("books", 0.2);
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, boundary));
    add("books", 0.3);
    add("books", 1e9);

    replica.completed(run());

    assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
  }

  /** Each with prices on which finished columns, or states, depend on the order. */
  static Stream<Arguments> equalStates() {
    return Stream.of(
        arguments("max(price)", List.of(0.0, -0.0)),
        arguments("round(avg(price), 2)", List.of(0.115, 0.125, 0.135)),
        arguments("sum(price)", List.of(1e16, 1.0, -1e16, 1.0)),
        arguments("cast(sum(price) AS string)", List.of(0.1, 0.2, 0.3, 0.4, 0.7)),
        arguments("var_pop(price)", List.of(1.7e12, 1.7e12 + 7, 1.7e12 + 1, 1.7e12 + 3)),
        arguments("stddev(price)", List.of(1.7e12, 1.7e12 + 7, 1.7e12 + 1, 1.7e12 + 3)),
        arguments("skewness(price)", List.of(1.7e12, 1.7e12 + 7, 1.7e12 + 1, 1.7e12 + 3)),
        arguments("covar_pop(price, price)", List.of(1.7e12, 1.7e12 + 7, 1.7e12 + 1)));
  }

  @ParameterizedTest
  @MethodSource("equalStates")
  void shouldNotRefuseWhatDependsOnTheSplitAlone(String aggregate, List<Double> prices) {
    serve("SELECT category, %s AS v FROM orders GROUP BY category".formatted(aggregate));
    // A run reads partition by partition; live state has the prices in this order.
    for (int i = prices.size() - 1; i >= 0; i--) {
      orders.add(i % 2, "books", 1, prices.get(i), NOW);
      RunRecord run = run();
      replica.completed(run);
      assertThat(answered()).isEqualTo(run.runId());
      assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
    }
  }

  @ParameterizedTest
  @MethodSource("equalStates")
  void shouldRefuseARunThatLacksWhatRoundingWouldHide(String aggregate, List<Double> prices) {
    serve(
        "SELECT category, %s AS v, count(*) AS n FROM orders GROUP BY category"
            .formatted(aggregate));
    prices.forEach(price -> add("books", price));
    replica.completed(run());
    prices.forEach(price -> add("books", price));

    replica.completed(
        run(
            (program, state, index) -> {
              program.merge(state, program.decodeState(program.encodeState(state)));
              return state;
            }));

    assertThat(problem()).hasMessageContaining("found 1 of 1 groups different");
  }

  @Test
  void shouldCompareTheFirstRunOfAViewWithoutGroupByThatNoRecordMatched() {
    serve("SELECT count(*) AS orders, sum(price) AS price FROM orders WHERE price > 1000");
    add("books", 1.0);
    RunRecord first = run();

    replica.completed(first);

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
    add("books", 2000.0);
    RunRecord second = run((program, state, index) -> program.newState());
    replica.completed(second);
    assertThat(problem()).hasMessageContaining("found 1 of 1 groups different");
  }

  private void serve(String sql) {
    definition = Orders.view("sales", sql);
    view = replica.apply(definition);
    live = new LiveModel(view, orders);
    replica.live(view, live.advance());
  }

  @Test
  void shouldWaitForLiveStateThatHasNotReachedTheBoundary() {
    RunRecord first = answeredFirstRun();
    add("books", 5.0);
    List<LiveModel.Flush> late = live.advance();
    Position boundary = live.cut();
    RunRecord second = replica.lake.run(view, orders, boundary);

    replica.completed(second);
    assertThat(answered()).isEqualTo(first.runId());

    replica.live(view, late);
    replica.step();
    assertThat(answered()).isEqualTo(second.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
  }

  @Test
  void shouldAuditTheNewestRunAfterARestartToo() {
    add("books", 1.0);
    replica.live(view, live.advance());
    RunRecord first = replica.lake.run(view, orders, live.cut());
    add("toys", 1.0);
    replica.live(view, live.advance());
    RunRecord second = replica.lake.run(view, orders, live.cut(), (program, state, index) -> null);
    replica.live(view, live.advance());
    replica.announce(first);
    replica.announce(second);

    replica.step();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
  }

  @Test
  void shouldCompareWithTheRunThatAnsweredThoughTwoHaveCompletedUnseen() {
    RunRecord first = answeredFirstRun();
    TestLake.Fault doubled =
        (program, state, index) -> {
          program.merge(state, program.decodeState(program.encodeState(state)));
          return state;
        };
    RunRecord second = run(doubled);
    replica.announce(second);
    replica.announce(replica.lake.run(view, orders, second.boundary(), doubled));

    restart();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(report().base()).isEqualTo(first.runId());
  }

  @Test
  void shouldCompareWithLiveStateThoughTwoRunsHaveCompletedBeforeAnyReplicaRan() {
    add("books", 1.0);
    TestLake.Fault lacking = (program, state, index) -> program.newState();
    RunRecord first = run(lacking);
    replica.announce(first);
    replica.announce(replica.lake.run(view, orders, first.boundary(), lacking));

    restart();
    replica.step();
    replica.step();

    assertThat(runs().answered()).isEmpty();
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    RowsAnswer alone = replica.queries.answer(everything());
    assertThat(alone.runId()).isEmpty();
    assertThat(alone.rows()).hasSize(1);
  }

  @Test
  void shouldNotGoBackToTheRunBeforeTheAnsweredOneWithoutLiveState() {
    RunRecord first = unlive();
    RunRecord second = unlive();
    replica.completed(first);
    replica.completed(second);
    assertThat(answered()).isEqualTo(second.runId());

    replica = replica.restarted();
    replica.live(view, List.of());
    List<String> seen = new ArrayList<>();
    replica.stepByStep(() -> runs().answered().ifPresent(run -> seen.add(run.run().runId())));

    assertThat(seen).isNotEmpty().containsOnly(second.runId());
  }

  @Test
  void shouldSayOfEachRunThatAnswersWhy() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    RunRecord third = run((program, state, index) -> index == 1 ? null : state);
    correct(third, Correction.Kind.GROUPS, "", List.of(keyOf(null)));
    replica.completed(third);
    replica.completed(run((program, state, index) -> null));
    RunRecord accepted = run((program, state, index) -> index == 0 ? null : state);
    replica.completed(accepted);
    assertThat(replica.audits()).hasSize(3);
    replica.publish(replica.refusals().get(accepted.runId()).accepted(NOW));
    replica.step();

    assertThat(replica.audits().values())
        .extracting(RunAudit::runId, RunAudit::outcome, RunAudit::base, RunAudit::by)
        .containsExactly(
            tuple(first.runId(), RunAudit.Outcome.EQUAL, "", "here:1"),
            tuple(second.runId(), RunAudit.Outcome.EQUAL, first.runId(), "here:1"),
            tuple(third.runId(), RunAudit.Outcome.CORRECTED, second.runId(), "here:1"),
            tuple(accepted.runId(), RunAudit.Outcome.ACCEPTED, third.runId(), "here:1"));
  }

  @Test
  void shouldSayOfARunThatCouldNotBeComparedSinceWhenNothingWas() {
    RunRecord first = unlive();
    replica.completed(first);
    replica.completed(unlive());

    assertThat(replica.audits().values())
        .allMatch(audit -> audit.outcome() == RunAudit.Outcome.TRUSTED);
    assertThat(replica.audits().values())
        .extracting(RunAudit::detail)
        .satisfiesExactly(
            said -> assertThat(said).startsWith("nothing was there to compare it with: no live"),
            said ->
                assertThat(said)
                    .startsWith("not compared since " + first.runId() + ": no live state from"));
  }

  @Test
  void shouldNotAnswerFromARunBeforeItIsWrittenThatItDoes() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.mute = true;
    replica.completed(second);
    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessage("cannot write, as told");

    replica.mute = false;
    restart();
    assertThat(answered()).isEqualTo(second.runId());
    assertThat(report().base()).isEqualTo(first.runId());
  }

  @Test
  void shouldTakeUpTheRunThatAnsweredWithoutTheOneBefore() {
    answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    List<String> loads = new ArrayList<>();

    replica = replica.restarted();
    RunLoader loader = replica.loader;
    replica.loader =
        (run, stopped) -> {
          loads.add(run.runId());
          return loader.load(run, stopped);
        };
    replica.live(view, List.of(live.whole(0), live.whole(1)));
    replica.step();

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(loads).containsExactly(second.runId());
  }

  @Test
  void shouldAnswerFromTheRunBeforeOneThatWasDamagedSinceIfLiveStateReachesAsFar() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    replica = replica.restarted();
    damage(second);
    replica.live(view, List.of(live.whole(0), live.whole(1)));
    replica.step();
    replica.step();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(replica.queries.answer(everything()).live()).isEqualTo(live.position());
  }

  @Test
  void shouldNotAnswerFromTheRunBeforeADamagedOneIfThatWouldGoBack() {
    replica.completed(unlive());
    RunRecord second = unlive();
    replica.completed(second);
    replica = replica.restarted();
    damage(second);
    replica.live(view, List.of());
    replica.step();
    replica.step();
    replica.step();

    assertThat(runs().answered()).isEmpty();
    assertThat(problem().code()).isEqualTo(ErrorCode.RUN_DAMAGED);
    RunRecord third = unlive();
    replica.completed(third);
    replica.step();
    replica.step();
    assertThat(answered()).isEqualTo(third.runId());
  }

  /** From now on its rows are not there as they were written. */
  private void damage(RunRecord run) {
    RunLoader loader = replica.loader;
    replica.loader =
        (wanted, stopped) -> {
          if (wanted.runId().equals(run.runId())) {
            throw new MillraceException(ErrorCode.RUN_DAMAGED, "cannot load run, as told");
          }
          return loader.load(wanted, stopped);
        };
  }

  @Test
  void shouldLeaveARunThatNobodyComparedWhenAnotherReplicaRefusesIt() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.audits().put(second.runId(), trusted(second, first));
    replica.announce(second);
    restart();
    assertThat(answered()).isEqualTo(second.runId());

    replica.publish(
        new Refusal(
            second.runId(),
            "sales",
            definition.version(),
            first.runId(),
            "elsewhere",
            NOW,
            Optional.empty()));
    replica.step();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessage("elsewhere");
  }

  @Test
  void shouldBeginWithTheRunThatLeadsToTheNewestWhereNoneIsKnownToHaveAnswered() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    RunRecord third = run((program, state, index) -> index == 1 ? null : state);
    replica.announce(third);
    // As an earlier release leaves it: nothing is said of audits, and what is below is forgotten.
    replica.audits().clear();
    for (int p = 0; p < 2; p++) {
      replica.live(view, live.forget(p, second.boundary().offset(p)));
    }
    restart();

    assertThat(answered()).isEqualTo(second.runId());
    assertThat(replica.audits().get(second.runId()).outcome()).isEqualTo(RunAudit.Outcome.TRUSTED);
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(replica.refusals()).containsOnlyKeys(third.runId());
    assertThat(replica.audits()).doesNotContainKey(first.runId());
  }

  private static RunAudit trusted(RunRecord run, RunRecord base) {
    return new RunAudit(
        run.runId(),
        run.view(),
        run.version(),
        RunAudit.Outcome.TRUSTED,
        base.runId(),
        "not compared since " + base.runId(),
        "batch",
        NOW);
  }

  /** A run, one record later, over which there is no live state. */
  private RunRecord unlive() {
    add("books", 1.0);
    replica.live(view, List.of());
    return replica.lake.run(view, orders, orders.end());
  }

  @Test
  void shouldNotAnswerFromAnOnlyRunThatWasChangedInTheLake() {
    add("books", 1.0);
    add("toys", 2.0);
    replica.live(view, List.of());
    RunRecord run =
        replica.lake.edited(
            view, orders, orders.end(), (program, state, index) -> program.newState());

    replica.completed(run);

    assertThat(runs().answered()).isEmpty();
    assertThat(problem().code().name()).isEqualTo("RUN_DAMAGED");
    assertThat(problem())
        .hasMessageStartingWith(
            "cannot load run "
                + run.runId()
                + " of view sales: found rows with the checksum xxh64:")
        .hasMessageContaining(", expected xxh64:")
        .hasMessageEndingWith("run `millrace recompute sales`");
    RunRecord next = replica.lake.run(view, orders, orders.end());
    replica.completed(next);
    assertThat(answered()).isEqualTo(next.runId());
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldNotAnswerFromARefusedRunAfterARestart() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run((program, state, index) -> null);
    replica.completed(second);
    add("toys", 3.0);
    // Wrong in the same way: against the refused run it would pass.
    RunRecord third = run((program, state, index) -> null);
    replica.announce(third);

    restart();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(report().base()).isEqualTo(first.runId());
    assertThat(replica.refusals()).containsOnlyKeys(second.runId(), third.runId());
  }

  @Test
  void shouldTakeUpASoundRunAfterARefusedOneAfterARestart() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run((program, state, index) -> index == 0 ? null : state);
    replica.completed(second);
    RunRecord third = run();
    replica.announce(third);

    restart();

    assertThat(answered()).isEqualTo(third.runId());
    assertThat(report().base()).isEqualTo(first.runId());
    assertThat(report().outcome()).isEqualTo(Audit.Outcome.EQUAL);
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldSoundTheAlarmAgainAfterARestart() {
    RunRecord first = answeredFirstRun();
    replica.completed(run((program, state, index) -> index == 1 ? null : state));
    String said = problem().getMessage();

    restart();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessage(said);
  }

  @Test
  void shouldNotAnswerUnauditedWhenTheSoundRunIsLostAndARefusalStands() {
    answeredFirstRun();
    replica.completed(run((program, state, index) -> index == 1 ? null : state));
    Position kept = live.position();
    RunRecord third = run();
    replica.announce(third);
    for (int p = 0; p < 2; p++) {
      replica.live(view, live.forget(p, kept.offset(p)));
    }

    restart();
    assertThat(runs().answered()).isEmpty();
    assertThat(replica.report(definition).unready().orElseThrow().code())
        .isEqualTo(ErrorCode.VIEW_NOT_READY);
    assertThat(problem().getMessage()).contains("cannot merge");

    replica.apply(Orders.view("sales", SQL, Map.of("audit", "report")));
    replica.step();
    replica.step();
    assertThat(answered()).isEqualTo(third.runId());
  }

  @Test
  void shouldRememberThatARefusedRunWasAccepted() {
    answeredFirstRun();
    RunRecord second = run((program, state, index) -> index == 1 ? null : state);
    replica.completed(second);
    assertThat(replica.refusals()).containsOnlyKeys(second.runId());

    replica.apply(Orders.view("sales", SQL, Map.of("audit", "report")));
    replica.step();
    assertThat(answered()).isEqualTo(second.runId());
    assertThat(replica.state().refused(second.runId())).isFalse();

    replica.apply(definition);
    restart();
    assertThat(answered()).isEqualTo(second.runId());
  }

  @Test
  void shouldGoBackWhenTheAnsweredRunIsRejectedAndForthWhenItIsAccepted() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    assertThat(answered()).isEqualTo(second.runId());

    replica.publish(rejected(second, first));
    replica.step();
    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessage("rejected by hand");
    assertThat(replica.queries.answer(everything()).live()).isEqualTo(live.position());

    replica.publish(replica.refusals().get(second.runId()).accepted(NOW));
    replica.step();
    assertThat(answered()).isEqualTo(second.runId());
    assertThat(runs().problem()).isEmpty();
  }

  @Test
  void shouldStayWithTheRunBeforeARejectedOneThoughDifferencesAreOnlyReported() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    replica.apply(Orders.view("sales", SQL, Map.of("audit", "report")));
    replica.publish(rejected(second, first));

    replica.step();
    replica.step();
    replica.step();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(replica.state().refused(second.runId())).isTrue();
  }

  @Test
  void shouldNotStartWithARejectedRun() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.completed(second);
    replica.publish(rejected(second, first));

    restart();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessage("rejected by hand");
  }

  private static Refusal rejected(RunRecord run, RunRecord base) {
    return new Refusal(
        run.runId(),
        run.view(),
        run.version(),
        base.runId(),
        "rejected by hand",
        NOW,
        Optional.empty(),
        true);
  }

  @Test
  void shouldRefuseThoughTheControlTopicCannotBeWritten() {
    RunRecord first = answeredFirstRun();
    replica.mute = true;
    replica.completed(run((program, state, index) -> index == 1 ? null : state));

    replica.step();

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem().code()).isEqualTo(ErrorCode.AUDIT_MISMATCH);
    assertThat(replica.refusals()).isEmpty();
  }

  @Test
  void shouldHoldToARefusalOfAnotherReplica() {
    RunRecord first = answeredFirstRun();
    RunRecord second = run();
    replica.publish(
        new Refusal(
            second.runId(),
            "sales",
            definition.version(),
            first.runId(),
            "elsewhere",
            NOW,
            Optional.empty()));

    replica.completed(second);

    assertThat(answered()).isEqualTo(first.runId());
    assertThat(problem()).hasMessage("elsewhere");
  }

  private void restart() {
    replica = replica.restarted();
    replica.live(view, List.of(live.whole(0), live.whole(1)));
    replica.step();
  }

  private RunRecord answeredFirstRun() {
    add("books", 1.0);
    add("toys", 2.0);
    add(null, 4.0);
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.live(view, live.advance());
    RunRecord first = replica.lake.run(view, orders, boundary);
    replica.completed(first);
    assertThat(answered()).isEqualTo(first.runId());
    add("books", 1.0);
    add(null, 0.0);
    return first;
  }

  private RunRecord run() {
    return run((program, state, index) -> state);
  }

  /** Live state up to the end, a cut there, and a run at the cut. */
  private RunRecord run(TestLake.Fault fault) {
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.live(view, live.advance());
    return replica.lake.run(view, orders, boundary, fault);
  }

  private void add(String category, double price) {
    orders.add((int) (orders.end().total() % 2), category, 1, price, NOW);
  }

  private RunSwitch runs() {
    return replica.served(definition).runs();
  }

  private String answered() {
    return runs().answered().orElseThrow().run().runId();
  }

  private Audit.Report report() {
    return runs().lastAudit().orElseThrow();
  }

  private MillraceException problem() {
    return runs().problem().orElseThrow();
  }

  private static RowsQuery everything() {
    return new RowsQuery("sales", Map.of());
  }
}
