package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.launcher.client.Application;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.KnownViews;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace apply examples/shop",
      "  millrace apply examples/shop --check",
      "  millrace apply examples/shop --set kafka.topic.partitions=8"
    },
    description = {
      "Checks a folder of SQL and Avro schemas and puts its sources and views into effect.",
      "A changed view is a new version beside the old one, which answers until the first run of"
          + " the new one is complete. Nothing is changed if anything is wrong.",
      "A view that was rebuilt stays so: applying its folder again neither repeats nor undoes it.",
      "Views that are in effect over the folder's sources, and that it no longer has, go on and are"
          + " named; so are lookup tables that were applied with them."
    })
public final class ApplyCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "DIR", description = "the folder")
  private Path folder;

  @Option(
      names = "--check",
      description =
          "only check the folder, without a system; what is applied already is not compared, and"
              + " the versions are those of views that were never rebuilt")
  private boolean check;

  @Option(
      names = "--prune",
      description = "retire the views and lookup tables that the folder no longer has")
  private boolean prune;

  @Option(
      names = "--new-topic",
      paramLabel = "SOURCE",
      description =
          "take the topic of this source, which was deleted and made again, as a new beginning:"
              + " its views become new versions, the lake gets a new table")
  private Set<String> newTopics = Set.of();

  @Spec private CommandSpec spec;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    if (check && prune) {
      throw new ParameterException(
          spec.commandLine(), "cannot use --check with --prune: --check changes nothing");
    }
    if (check) {
      show(console, Application.check(options.wanted(), folder));
      return ExitCode.OK;
    }
    MillraceConfig config = options.running(Uses.TOPICS);
    try (ControlLog control = ControlLog.open(config)) {
      Application.Left left = prune ? Application.Left.DROPPED : Application.Left.NAMED;
      List<Application.Change> changes =
          Application.apply(config, control, folder, left, newTopics);
      show(console, changes);
      new KnownViews(config, control).await(changes).ifPresent(console::line);
    }
    return ExitCode.OK;
  }

  public static void show(Console console, List<Application.Change> changes) {
    Table table = new Table(List.of("", "", "", ""));
    for (Application.Change change : changes) {
      String mark =
          switch (change.what()) {
            case "added" -> console.green("+");
            case "changed", "rebuilt" -> console.yellow("~");
            case "left" -> console.yellow("!");
            case "dropped" -> console.yellow("-");
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
