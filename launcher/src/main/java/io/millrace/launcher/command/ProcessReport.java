package io.millrace.launcher.command;

import io.millrace.control.error.Reason;
import io.millrace.control.log.LayerStatus;
import io.millrace.launcher.client.Silence;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.ProcessState;
import io.millrace.launcher.local.process.ProcessTable;
import io.millrace.launcher.local.process.Signalled;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * What {@code millrace status} says of processes: those of the launcher on this machine as it sees
 * them, and all by what they say of themselves.
 *
 * @param table of the launcher, if one runs on the data directory
 * @param statuses empty if Kafka cannot be asked
 * @param read when the statuses were read: a busy machine shows them later
 */
record ProcessReport(
    DataDirectory dir,
    Optional<ProcessTable> table,
    Optional<List<LayerStatus>> statuses,
    Instant read) {
  private static final String BROKER = "broker";

  /** What a process that is gone said last is of no more use than this. */
  private static final Duration OLD = Duration.ofMinutes(1);

  Table table(Console console) {
    Table lines = new Table(List.of("process", ">pid", "state", "for", ">restarts", "says"));
    table
        .map(ProcessTable::processes)
        .orElse(List.of())
        .forEach(entry -> lines.row(row(entry, console)));
    for (LayerStatus status : elsewhere()) {
      lines.row(
          List.of(
              status.layer(),
              status.instance(),
              Silence.of(status, read) ? console.red("silent") : status.state(),
              Text.duration(Duration.between(status.startedAt(), read)),
              "",
              ago(status)));
    }
    return lines;
  }

  private List<String> row(ProcessTable.Entry entry, Console console) {
    return List.of(
        entry.name(),
        entry.pid() < 0 ? "" : Long.toString(entry.pid()),
        state(entry, console),
        Text.duration(Duration.between(entry.since(), read)),
        Integer.toString(entry.restarts()),
        status(entry)
            .map(status -> status.state() + ", " + ago(status))
            .orElseGet(
                () -> entry.state() == ProcessState.RUNNING ? "" : Reason.brief(end(entry))));
  }

  private static String end(ProcessTable.Entry entry) {
    return entry.lastEnd().orElse("not ready yet");
  }

  private String ago(LayerStatus status) {
    return Text.duration(Duration.between(status.at(), read)) + " ago";
  }

  private String state(ProcessTable.Entry entry, Console console) {
    if (trouble(entry).isPresent()) {
      return console.red(gone(entry) ? "gone" : "silent");
    }
    String name = entry.state().name().toLowerCase(Locale.ROOT);
    return switch (entry.state()) {
      case RUNNING -> console.green(name);
      case FAILED -> console.red(name);
      default -> console.yellow(name);
    };
  }

  private static boolean gone(ProcessTable.Entry entry) {
    return entry.state() == ProcessState.RUNNING
        && ProcessHandle.of(entry.pid()).filter(ProcessHandle::isAlive).isEmpty();
  }

  /** That a process which should run does not show it, in words. */
  private Optional<String> trouble(ProcessTable.Entry entry) {
    if (entry.state() != ProcessState.RUNNING) {
      return Optional.empty();
    }
    if (gone(entry)) {
      return Optional.of("has ended, and is to be started again by 'millrace up'");
    }
    if (Signalled.stopped(entry.pid())) {
      return Optional.of("is stopped by a signal: 'kill -CONT " + entry.pid() + "' lets it go on");
    }
    boolean silent =
        entry.name().equals(BROKER)
            ? statuses.isEmpty()
            : statuses.isPresent() && status(entry).filter(s -> !Silence.of(s, read)).isEmpty();
    return silent
        ? Optional.of(
            (entry.name().equals(BROKER)
                    ? "does not answer"
                    : "has said nothing for "
                        + status(entry)
                            .map(s -> Text.duration(Duration.between(s.at(), read)))
                            .orElse("as long as is known"))
                + ": it hangs, or the machine is very busy; see "
                + dir.log(entry.name())
                + ", and 'kill -9 "
                + entry.pid()
                + "' has it started again, which loses nothing")
        : Optional.empty();
  }

  private Optional<LayerStatus> status(ProcessTable.Entry entry) {
    return statuses.orElse(List.of()).stream()
        .filter(s -> s.layer().equals(entry.name()))
        .filter(s -> s.instance().endsWith(":" + entry.pid()))
        .findFirst();
  }

  /** Those that the launcher has not started; beside it, only those that live. */
  private List<LayerStatus> elsewhere() {
    return statuses.orElse(List.of()).stream()
        .filter(status -> !here(status))
        .filter(status -> table.isEmpty() || !Silence.of(status, read))
        .toList();
  }

  private boolean here(LayerStatus status) {
    return table.stream()
        .flatMap(all -> all.processes().stream())
        .anyMatch(
            entry ->
                entry.name().equals(status.layer())
                    && status.instance().endsWith(":" + entry.pid()));
  }

  /** Where Postgres' clients ask, as the processes that live say. */
  List<String> postgres() {
    return statuses.orElse(List.of()).stream()
        .filter(status -> !Silence.of(status, read))
        .map(status -> status.details().get("pgwire"))
        .filter(Objects::nonNull)
        .toList();
  }

  /** What needs somebody's attention, a line each. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    table
        .filter(all -> Signalled.stopped(all.launcherPid()))
        .ifPresent(
            all ->
                problems.add(
                    "'millrace up' is stopped by a signal, and starts nothing again: 'kill -CONT "
                        + all.launcherPid()
                        + "' lets it go on"));
    for (ProcessTable.Entry entry : table.map(ProcessTable::processes).orElse(List.of())) {
      trouble(entry).ifPresent(text -> problems.add(entry.name() + ": " + text));
      if (entry.state() == ProcessState.FAILED || entry.state() == ProcessState.WAITING) {
        problems.add(entry.name() + ": " + Reason.brief(end(entry)));
      }
    }
    for (LayerStatus status : statuses.orElse(List.of())) {
      if (here(status) || Duration.between(status.at(), read).compareTo(OLD) < 0) {
        status.errors().values().forEach(text -> problems.add(status.layer() + ": " + text));
      }
    }
    return problems.stream().distinct().toList();
  }
}
