package io.millrace.launcher;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    description = {
      "Checks a folder of SQL and Avro schemas and puts its sources and views into effect.",
      "A changed view is a new version beside the old one, which answers until the first run of"
          + " the new one is complete. Nothing is changed if anything is wrong."
    })
final class ApplyCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "DIR", description = "the folder")
  private Path folder;

  @Option(
      names = "--new-topic",
      paramLabel = "SOURCE",
      description =
          "takes the topic of this source, which was deleted and made again, as a new beginning:"
              + " its views become new versions, the lake gets a new table")
  private Set<String> newTopics = Set.of();

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running();
    try (ControlLog control = ControlLog.open(config)) {
      show(console, Application.apply(config, control, folder, newTopics));
    }
    return Millrace.OK;
  }

  static void show(Console console, List<Application.Change> changes) {
    Table table = new Table(List.of("", "", "", ""));
    for (Application.Change change : changes) {
      String mark =
          switch (change.what()) {
            case "added" -> console.green("+");
            case "changed" -> console.yellow("~");
            default -> console.dim("=");
          };
      table.row(
          List.of(
              mark + " " + change.kind(),
              change.name(),
              change.what(),
              console.dim(change.note())));
    }
    table.lines(console).stream().skip(1).forEach(line -> console.line("  " + line));
  }
}
