package io.millrace.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.swap.RunChoice.Kind;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RunChoiceTest {
  private final Map<String, RunRecord> runs = new TreeMap<>();
  private final Map<String, Refusal> refusals = new TreeMap<>();
  private Optional<String> answered = Optional.empty();
  private Optional<RunChoice> underWay = Optional.empty();
  private final Map<String, RunAudit> audits = new TreeMap<>();
  private final Set<String> givenUp = new HashSet<>();
  private boolean caughtUp = true;
  private Set<String> leading = Set.of("r1", "r2");
  private boolean alarmed;
  private boolean reportOnly;

  @Test
  void shouldDoNothingWithoutANewerRun() {
    assertThat(choice().kind()).isEqualTo(Kind.NOTHING);
    assertThat(choice().run()).isEmpty();
    completed("r1");
    answered = Optional.of("r1");
    assertThat(choice().kind()).isEqualTo(Kind.NOTHING);
  }

  @Test
  void shouldBeginWithTheNewestRunThatWasTakenOver() {
    completed("r1", "r2", "r3", "r4");
    takenOver("r1", "r2", "r3");
    refuse("r3");
    assertChosen(Kind.BASE, "r2");
    assertThat(choice().alarm().orElseThrow().runId()).isEqualTo("r3");
    assertThat(choice().spare()).isTrue();
    givenUp.add("r2");
    assertChosen(Kind.BASE, "r1");
    // What was not compared does not answer while a refusal stands.
    assertThat(choice().spare()).isFalse();
    refusals.clear();
    assertChosen(Kind.BASE, "r3");
    takenOver("r4");
    assertChosen(Kind.BASE, "r4");
  }

  @Test
  void shouldBeginWithTheOldestRunThatLeadsToTheOthersWhereNoneWasTakenOver() {
    completed("r1", "r2", "r3");
    caughtUp = false;
    assertChosen(Kind.NOTHING, "r3");
    caughtUp = true;
    assertChosen(Kind.FIRST, "r1");
    leading = Set.of("r2");
    assertChosen(Kind.FIRST, "r2");
    givenUp.add("r2");
    assertChosen(Kind.FIRST, "r3");
    assertThat(choice().spare()).isFalse();
    refuse("r3");
    assertChosen(Kind.FIRST, "r1");
  }

  @Test
  void shouldBeginWithTheOnlyRunBeforeLiveStateHasBeenRead() {
    completed("r1");
    caughtUp = false;
    assertChosen(Kind.FIRST, "r1");
  }

  @Test
  void shouldTakeTheNewestOnceItAnswers() {
    completed("r1", "r2", "r3");
    answered = Optional.of("r1");
    assertChosen(Kind.NEWEST, "r3");
  }

  @Test
  void shouldNotGoBackToAnOlderRunThoughTheAnsweredOneIsNotSaidToBe() {
    completed("r1");
    answered = Optional.of("r2");
    assertChosen(Kind.NOTHING, "r1");
  }

  @Test
  void shouldBringARunToItsEndAlthoughNewerOnesComplete() {
    completed("r1", "r2");
    answered = Optional.of("r1");
    underWay = Optional.of(choice());
    completed("r3", "r4");
    assertChosen(Kind.NEWEST, "r2");
    refuse("r2");
    assertChosen(Kind.NEWEST, "r4");
  }

  @Test
  void shouldBringABaseToItsEndAlthoughNewerRunsComplete() {
    completed("r1", "r2");
    takenOver("r1");
    underWay = Optional.of(choice());
    completed("r3");
    takenOver("r2");
    assertChosen(Kind.BASE, "r1");
  }

  @Test
  void shouldKeepARefusedRunOut() {
    completed("r1", "r2");
    answered = Optional.of("r1");
    refuse("r2");
    assertChosen(Kind.KEPT_OUT, "r2");
    refusals.replaceAll((id, refusal) -> refusal.accepted(Instant.EPOCH));
    assertChosen(Kind.ACCEPTED, "r2");
  }

  @Test
  void shouldKeepOutWhatAPersonRejectedThoughDifferencesAreOnlyReported() {
    completed("r1", "r2");
    answered = Optional.of("r1");
    reportOnly = true;
    refuse("r2", false);
    assertChosen(Kind.NEWEST, "r2");
    refuse("r2", true);
    assertChosen(Kind.KEPT_OUT, "r2");
    completed("r3");
    assertChosen(Kind.NEWEST, "r3");
  }

  @Test
  void shouldAuditANewerRunAfterARefusedOne() {
    completed("r1", "r2", "r3");
    answered = Optional.of("r1");
    alarmed = true;
    refuse("r2");
    assertChosen(Kind.NEWEST, "r3");
  }

  private void assertChosen(Kind kind, String run) {
    RunChoice choice = choice();
    assertThat(choice.kind()).isEqualTo(kind);
    assertThat(choice.run().map(RunRecord::runId)).contains(run);
  }

  private RunChoice choice() {
    return RunChoice.of(
        new ControlState(Map.of(), Map.of(), runs, refusals, Map.of(), audits),
        "v/1",
        new RunChoice.Situation(
            answered,
            underWay,
            givenUp,
            alarmed,
            reportOnly,
            Set.of(),
            caughtUp,
            (run, end) -> leading.contains(run.runId()),
            () -> false));
  }

  private void completed(String... ids) {
    for (String id : ids) {
      runs.put(
          id,
          new RunRecord(
              id,
              "v",
              "1",
              RunRecord.Kind.FULL,
              RunRecord.Status.COMPLETED,
              Position.empty(),
              1,
              "views.v",
              Optional.of(1L),
              1,
              Instant.EPOCH,
              Optional.of(Instant.EPOCH),
              "request",
              Optional.empty()));
    }
  }

  private void takenOver(String... ids) {
    for (String id : ids) {
      audits.put(
          id, new RunAudit(id, "v", "1", RunAudit.Outcome.EQUAL, "", "", "here:1", Instant.EPOCH));
    }
  }

  private void refuse(String id) {
    refuse(id, false);
  }

  private void refuse(String id, boolean byHand) {
    refusals.put(
        id, new Refusal(id, "v", "1", "r1", "as told", Instant.EPOCH, Optional.empty(), byHand));
  }
}
