package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.log.LayerStatus;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.ProcessState;
import io.millrace.launcher.local.process.ProcessTable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProcessReportTest {
  /** A process that lives: this one. */
  private static final long ALIVE = ProcessHandle.current().pid();

  private static final Instant NOW = Instant.parse("2026-01-01T10:00:00Z");

  @Test
  void shouldSayThatAHungProcessIsSilentThoughItsLauncherHasItRunning() {
    ProcessReport report =
        report(
            List.of(entry("broker", ALIVE, ""), entry("serving", ALIVE, "")),
            Optional.of(List.of(status("serving", ALIVE, 30, Map.of()))));

    assertThat(row(report, "serving")).contains("silent").contains("running, 30.0 s ago");
    assertThat(row(report, "broker")).contains("running");
    assertThat(report.problems())
        .containsExactly(
            "serving: has said nothing for 30.0 s: it hangs, or the machine is very busy; see"
                + " /data/log/serving.log, and 'kill -9 "
                + ALIVE
                + "' has it started again, which loses nothing");
  }

  @Test
  void shouldNotCallThoseSilentThatNobodyCouldHear() {
    ProcessReport report =
        report(List.of(entry("broker", ALIVE, ""), entry("speed", ALIVE, "")), Optional.empty());

    assertThat(row(report, "broker")).contains("silent");
    assertThat(row(report, "speed")).contains("running");
    assertThat(report.problems())
        .singleElement()
        .asString()
        .startsWith("broker: does not answer: it hangs");
  }

  @Test
  void shouldShowWhatIsGoneAndHowItEnded() {
    ProcessReport report =
        report(
            List.of(
                entry("speed", Long.MAX_VALUE, ""),
                new ProcessTable.Entry(
                    "batch",
                    -1,
                    ProcessState.WAITING,
                    NOW,
                    3,
                    Optional.of("ended: x\n\tat a.B.c(B.java:1)\nCaused by: java.io.E: full"))),
            Optional.of(List.of()));

    assertThat(row(report, "speed")).contains("gone");
    assertThat(row(report, "batch")).contains("waiting");
    assertThat(report.problems())
        .containsExactly(
            "speed: has ended, and is to be started again by 'millrace up'",
            "batch: ended: x; java.io.E: full");
  }

  @Test
  void shouldShowEveryProblemThatAProcessReportsAndOtherReplicas() {
    LayerStatus other =
        new LayerStatus(
            "serving",
            "elsewhere:5",
            "degraded",
            NOW.minusSeconds(90),
            NOW.minusSeconds(1),
            Map.of("error.disk", "DISK_FULL: cannot write", "view.a.groups", "1"));
    LayerStatus dead = status("serving", 4, 600, Map.of("error.a", "long ago"));
    ProcessReport report =
        report(
            List.of(entry("batch", ALIVE, "")),
            Optional.of(
                List.of(
                    status("batch", ALIVE, 1, Map.of("error.view.a", "no room")), other, dead)));

    assertThat(report.problems())
        .containsExactly("batch: no room", "serving: DISK_FULL: cannot write");
    assertThat(row(report, "elsewhere:5")).contains("degraded").contains("1 min 30 s");
    assertThat(lines(report)).noneMatch(line -> line.contains("host:4"));
  }

  @Test
  void shouldCallAProcessElsewhereSilent() {
    ProcessReport report =
        new ProcessReport(
            new DataDirectory(Path.of("/data")),
            Optional.empty(),
            Optional.of(
                List.of(status("speed", 8, 16, Map.of()), status("speed", 9, 14, Map.of()))),
            NOW);

    assertThat(row(report, "host:8")).contains("silent");
    assertThat(row(report, "host:9")).contains("running");
  }

  private static ProcessReport report(
      List<ProcessTable.Entry> entries, Optional<List<LayerStatus>> statuses) {
    return new ProcessReport(
        new DataDirectory(Path.of("/data")),
        Optional.of(new ProcessTable(ALIVE, NOW, entries)),
        statuses,
        NOW);
  }

  private static ProcessTable.Entry entry(String name, long pid, String end) {
    return new ProcessTable.Entry(
        name,
        pid,
        ProcessState.RUNNING,
        NOW.minusSeconds(100),
        0,
        Optional.of(end).filter(text -> !text.isEmpty()));
  }

  private static LayerStatus status(
      String layer, long pid, long secondsAgo, Map<String, String> details) {
    return new LayerStatus(
        layer,
        "host:" + pid,
        "running",
        NOW.minusSeconds(900),
        NOW.minusSeconds(secondsAgo),
        details);
  }

  private static String row(ProcessReport report, String with) {
    return lines(report).stream().filter(line -> line.contains(with)).findFirst().orElseThrow();
  }

  private static List<String> lines(ProcessReport report) {
    List<String> lines = report.table(Console.plain(System.out)).lines(Console.plain(System.out));
    assertThat(Arrays.asList(lines.get(0).strip().split("\\s+")))
        .containsExactly("process", "pid", "state", "for", "restarts", "says");
    return lines.subList(1, lines.size());
  }
}
