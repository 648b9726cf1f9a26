package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.testkit.TestBroker;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person says of runs, as typed, and what the control topic then says. */
final class RunsCommandIT {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final ViewDefinition VIEW =
      new ViewDefinition(
          "sales",
          "000000000000000a",
          "SELECT count(*) AS n FROM orders",
          new SourceDefinition(
              "orders",
              "000000000000000b",
              "shop.orders",
              ValueFormat.SINGLE_OBJECT,
              "{}",
              List.of(),
              Optional.empty(),
              Map.of()),
          "",
          Map.of());

  @TempDir private Path dir;
  private TestBroker broker;
  private ControlLog control;

  @BeforeEach
  void start() {
    broker = TestBroker.start(dir.resolve("broker"));
    control =
        ControlLog.open(
            MillraceConfig.load(
                Optional.empty(),
                Map.of(),
                Map.of(
                    "data.dir",
                    dir.toString(),
                    "kafka.bootstrap.servers",
                    broker.bootstrapServers())));
    control.publish(VIEW);
    for (int i = 1; i <= 3; i++) {
      control.publish(run("r" + i));
    }
  }

  @AfterEach
  void stop() {
    control.close();
    broker.close();
  }

  @Test
  void shouldAcceptARefusedRun() {
    control.publish(
        new Refusal("r3", "sales", VIEW.version(), "r2", "differs", NOW, Optional.empty()));
    assertThat(millrace("runs", "sales")).contains("refused").contains("r3: differs");

    assertThat(millrace("runs", "sales", "--accept", "r3")).contains("accepted r3");

    assertThat(sound()).containsExactly("r1", "r2", "r3");
    assertThat(millrace("runs", "sales", "--accept", "r3"))
        .contains("BAD_REQUEST: cannot accept run r3 of sales: found no refusal of it");
  }

  @Test
  void shouldRejectARunAndTakeItBack() {
    assertThat(millrace("runs", "sales", "--reject", "r3")).contains("rejected r3");

    assertThat(sound()).containsExactly("r1", "r2");
    Refusal refusal = control.state().refusal("r3").orElseThrow();
    assertThat(refusal.rejected()).isTrue();
    assertThat(refusal.reason())
        .contains("answers come from run r2")
        .contains("take it back with `millrace runs sales --accept r3`");
    assertThat(millrace("runs", "sales", "--accept", "r3")).contains("accepted r3");
    assertThat(sound()).containsExactly("r1", "r2", "r3");
  }

  @Test
  void shouldGoBackByOneRunOrToAnotherAndNoFurther() {
    assertThat(millrace("rollback", "sales")).contains("sales goes back to run r2");
    assertThat(sound()).containsExactly("r1", "r2");
    assertThat(millrace("rollback", "sales", "r1")).contains("sales goes back to run r1");
    assertThat(sound()).containsExactly("r1");

    assertThat(millrace("rollback", "sales"))
        .contains("BAD_REQUEST: cannot go back with sales: found 1 sound runs, expected two");
    assertThat(millrace("rollback", "sales", "r2"))
        .contains("found run r2, which is refused, expected one of [r1]");
    assertThat(millrace("runs", "sales", "--reject", "r1"))
        .contains("BAD_REQUEST: cannot reject run r1 of sales: found no sound run before it");
  }

  @Test
  void shouldGoBackToARunThatWasComparedAlone() {
    control.publish(audit("r1", RunAudit.Outcome.TRUSTED));
    control.publish(audit("r3", RunAudit.Outcome.EQUAL));
    assertThat(millrace("runs", "sales")).contains("equal").contains("r1: not compared, as told");

    assertThat(millrace("rollback", "sales", "r2"))
        .contains("found run r2, which is compared with nothing yet, expected one of [r1, r3]");
    assertThat(millrace("runs", "sales", "--reject", "r3")).contains("rejected r3");
    assertThat(control.catchUp(Duration.ofSeconds(30)).refusal("r3").orElseThrow().reason())
        .contains("answers come from run r1");
    assertThat(millrace("runs", "sales", "--accept", "r3")).contains("accepted r3");
    assertThat(millrace("rollback", "sales")).contains("sales goes back to run r1");
    assertThat(sound()).containsExactly("r1");
  }

  private static RunAudit audit(String run, RunAudit.Outcome outcome) {
    return new RunAudit(
        run, "sales", VIEW.version(), outcome, "", "not compared, as told", "here:1", NOW);
  }

  @Test
  void shouldRefuseWhatItCannotJudge() {
    assertThat(millrace("runs", "--accept", "r3"))
        .contains("BAD_REQUEST: cannot judge a run: found no view");
    assertThat(millrace("runs", "sales", "--accept", "r3", "--reject", "r2"))
        .contains("found both --accept and --reject");
    assertThat(millrace("runs", "sales", "--reject", "r9"))
        .contains("found no such completed run, expected one of [r1, r2, r3]");
  }

  private List<String> sound() {
    return control.catchUp(Duration.ofSeconds(30)).sound(VIEW.id()).stream()
        .map(RunRecord::runId)
        .toList();
  }

  private static RunRecord run(String id) {
    return new RunRecord(
        id,
        "sales",
        VIEW.version(),
        RunRecord.Kind.FULL,
        Status.COMPLETED,
        Position.parse("0:1"),
        1,
        "views.sales",
        Optional.of(1L),
        1,
        NOW,
        Optional.of(NOW),
        "submit",
        Optional.empty());
  }

  /** Both outputs of a command line, run in this JVM. */
  private String millrace(String... command) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(
        List.of(
            "--set",
            "data.dir=" + dir,
            "--set",
            "kafka.bootstrap.servers=" + broker.bootstrapServers()));
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      Millrace.run(args.toArray(String[]::new));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return said.toString(StandardCharsets.UTF_8);
  }
}
