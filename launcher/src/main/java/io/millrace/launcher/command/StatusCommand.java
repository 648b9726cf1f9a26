package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.SourcePositions;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.ProcessTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  millrace status",
    description = "Shows processes, sources, views and lookup tables on one screen.")
public final class StatusCommand implements Callable<Integer> {
  private static final Duration READ = Duration.ofSeconds(10);

  /** A serving layer that takes longer is said to. */
  private static final Duration ANSWER = Duration.ofSeconds(20);

  @Mixin private ConfigOptions options;

  private final Console console = Console.standard();

  /** What Kafka says; each part hides no other. */
  private record Said(ControlState state, List<LayerStatus> statuses) {}

  @Override
  public Integer call() {
    MillraceConfig config = options.running(Uses.KAFKA);
    DataDirectory dir = new DataDirectory(config.dataDir());
    Optional<ProcessTable> table =
        dir.owner().isPresent() ? ProcessTable.read(dir.processes()) : Optional.empty();
    Optional<Said> said = Optional.empty();
    Optional<MillraceException> unreachable = Optional.empty();
    try (ControlLog control = ControlLog.open(config)) {
      said = Optional.of(new Said(control.catchUp(READ), control.statuses(READ)));
    } catch (RuntimeException e) {
      unreachable = Optional.of(KafkaRefusal.explain(e).orElseGet(() -> unread(config, e)));
    }
    Instant read = Instant.now();
    console.line(
        console.bold("processes")
            + console.dim(
                "   data in "
                    + dir.root()
                    + ", Kafka at "
                    + config.kafka().bootstrapServers().orElse("")));
    ProcessReport processes = new ProcessReport(dir, table, said.map(Said::statuses), read);
    processes.table(console).lines(console).forEach(this::indented);
    if (!processes.postgres().isEmpty()) {
      console.line(
          console.dim("  Postgres' clients ask at " + String.join(", ", processes.postgres())));
    }
    processes.problems().forEach(text -> console.line(console.red("  ! ") + text));
    console.line("");
    console.line(console.bold("sources"));
    unreachable.ifPresent(this::failed);
    said.ifPresent(now -> sources(config, now.state(), now.statuses()));
    console.line("");
    console.line(console.bold("views"));
    ControlState state = said.map(Said::state).orElse(ControlState.EMPTY);
    boolean answered = views(config, state);
    if (answered && !state.lookups().isEmpty()) {
      console.line("");
      console.line(console.bold("lookup tables"));
      answered = lookups(config, state);
    }
    return answered && said.isPresent() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static MillraceException unread(MillraceConfig config, RuntimeException e) {
    return new MillraceException(
        ErrorCode.BROKER_UNREACHABLE,
        "cannot read what was applied: found that "
            + config.kafka().bootstrapServers().orElse("Kafka")
            + " does not give it ("
            + Reason.of(e)
            + "), expected Millrace's own topics; see whether the broker runs",
        e);
  }

  private void failed(MillraceException e) {
    console.line("  " + console.red("✗ ") + e.code() + ": " + e.getMessage());
  }

  private void indented(String line) {
    console.line("  " + line);
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
    List<MillraceException> unknown = new ArrayList<>();
    for (SourceDefinition source : sources) {
      SourcePositions.Line line;
      try {
        line = positions.line(source);
      } catch (MillraceException e) {
        table.row(List.of(source.name(), source.topic(), "–", "–", "–", "–", "–"));
        unknown.add(e);
        continue;
      }
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
    unknown.forEach(this::failed);
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

  private boolean lookups(MillraceConfig config, ControlState state) {
    try {
      List<ServingClient.Lookup> lookups = new ServingClient(config, ANSWER).lookups();
      LookupLines.of(console, state.lookups().values(), lookups).forEach(this::indented);
      return true;
    } catch (MillraceException e) {
      failed(e);
      return false;
    }
  }

  private boolean views(MillraceConfig config, ControlState state) {
    ViewLines lines = new ViewLines(console, state);
    try {
      List<ServingClient.View> views = new ServingClient(config, ANSWER).views();
      lines.all(views).forEach(this::indented);
      return true;
    } catch (MillraceException e) {
      failed(e);
      lines.applied().forEach(this::indented);
      return false;
    }
  }
}
