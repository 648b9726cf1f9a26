package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.SourcePositions;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.DataDirectory;
import io.millrace.launcher.local.ProcessTable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows processes, sources and views on one screen.")
public final class StatusCommand implements Callable<Integer> {
  private static final Duration READ = Duration.ofSeconds(10);

  /** A process says how it is every 2 s. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  @Mixin private ConfigOptions options;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running();
    DataDirectory dir = new DataDirectory(config.dataDir());
    Optional<ProcessTable> table =
        dir.owner().isPresent() ? ProcessTable.read(dir.processes()) : Optional.empty();
    try (ControlLog control = ControlLog.open(config)) {
      ControlState state = control.catchUp(READ);
      List<LayerStatus> statuses = control.statuses(READ);
      console.line(
          console.bold("processes")
              + console.dim(
                  "   data in "
                      + dir.root()
                      + ", Kafka at "
                      + config.kafka().bootstrapServers().orElse("")));
      processes(table, statuses).lines(console).forEach(this::indented);
      errors(statuses);
      console.line("");
      console.line(console.bold("sources"));
      sources(config, state, statuses);
    }
    console.line("");
    console.line(console.bold("views"));
    return views(config) ? ExitCode.OK : ExitCode.FAILED;
  }

  private void indented(String line) {
    console.line("  " + line);
  }

  private Table processes(Optional<ProcessTable> table, List<LayerStatus> statuses) {
    Table lines = new Table(List.of("process", ">pid", "state", "for", ">restarts", "says"));
    if (table.isPresent()) {
      for (ProcessTable.Entry entry : table.get().processes()) {
        Optional<LayerStatus> status =
            statuses.stream()
                .filter(s -> s.layer().equals(entry.name()))
                .filter(s -> s.instance().endsWith(":" + entry.pid()))
                .findFirst();
        lines.row(
            List.of(
                entry.name(),
                entry.pid() < 0 ? "" : Long.toString(entry.pid()),
                state(entry),
                Text.duration(Duration.between(entry.since(), Instant.now())),
                Integer.toString(entry.restarts()),
                status
                    .map(s -> s.state() + ", " + ago(s.at()))
                    .orElse(entry.lastEnd().orElse(""))));
      }
    } else {
      for (LayerStatus status : statuses) {
        lines.row(
            List.of(
                status.layer(),
                status.instance(),
                state(status),
                Text.duration(Duration.between(status.startedAt(), Instant.now())),
                "",
                ago(status.at())));
      }
    }
    return lines;
  }

  /** A process that ends in order says nothing more at all; one that only falls silent has not. */
  private String state(LayerStatus status) {
    boolean silent = Duration.between(status.at(), Instant.now()).compareTo(SILENCE) > 0;
    return silent ? console.red("silent") : status.state();
  }

  private String state(ProcessTable.Entry entry) {
    String name = entry.state().name().toLowerCase(java.util.Locale.ROOT);
    return switch (entry.state()) {
      case RUNNING -> console.green(name);
      case FAILED -> console.red(name);
      default -> console.yellow(name);
    };
  }

  private static String ago(Instant at) {
    return Text.duration(Duration.between(at, Instant.now())) + " ago";
  }

  private void errors(List<LayerStatus> statuses) {
    for (LayerStatus status : statuses) {
      if (Duration.between(status.at(), Instant.now()).compareTo(Duration.ofMinutes(1)) < 0) {
        status
            .details()
            .forEach(
                (key, text) -> {
                  if (key.startsWith("error.")) {
                    console.line(console.red("  ! ") + status.layer() + ": " + text);
                  }
                });
      }
    }
  }

  private void sources(MillraceConfig config, ControlState state, List<LayerStatus> statuses) {
    if (state.sources().isEmpty()) {
      console.line("  none; 'millrace apply DIR' adds some");
      return;
    }
    Table table =
        new Table(
            List.of(
                "source", "topic", ">records", ">speed lag", ">in lake", ">lake lag", "rejected"));
    List<SourceDefinition> sources =
        state.sources().values().stream()
            .sorted(java.util.Comparator.comparing(SourceDefinition::name))
            .toList();
    SourcePositions positions = SourcePositions.read(config, sources, statuses);
    for (SourceDefinition source : sources) {
      SourcePositions.Line line = positions.line(source);
      table.row(
          List.of(
              source.name(),
              source.topic(),
              Text.count(line.end().total()),
              count(line.lag(line.speed())),
              count(line.lake().map(Position::total)),
              count(line.lag(line.lake())),
              rejected(line)));
    }
    table.lines(console).forEach(this::indented);
  }

  /** A layer that has just started has not said where it is: that is not zero. */
  private static String count(Optional<Long> count) {
    return count.map(Text::count).orElse("–");
  }

  private String rejected(SourcePositions.Line line) {
    String text =
        "speed "
            + Text.count(line.rejectedBySpeed())
            + ", lake "
            + Text.count(line.rejectedByLake())
            + (line.failed() > 0 ? ", failed " + Text.count(line.failed()) : "");
    return line.rejectedBySpeed() + line.rejectedByLake() + line.failed() > 0
        ? console.yellow(text)
        : "none";
  }

  private boolean views(MillraceConfig config) {
    try {
      List<ServingClient.View> views = new ServingClient(config).views();
      if (views.isEmpty()) {
        console.line("  none");
      } else {
        ViewsCommand.table(console, views).lines(console).forEach(this::indented);
        ViewsCommand.reasons(console, views).forEach(this::indented);
      }
      return true;
    } catch (MillraceException e) {
      console.line("  " + console.red("✗ ") + e.code() + ": " + e.getMessage());
      return false;
    }
  }
}
