package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.LeftViews;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "drop",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  millrace drop sales_by_hour",
    description = {
      "Retires views and lookup tables: they answer no more, and the live state and batch views of"
          + " a view are deleted.",
      "The source's topic and its records in the lake stay: a view that is applied again has the"
          + " whole history with its first run."
    })
public final class DropCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", arity = "1..*", description = "the views and lookup tables")
  private List<String> views;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running(Uses.NOTHING);
    try (ControlLog control = ControlLog.open(config)) {
      ControlState state = control.catchUp(CATCH_UP);
      List<String> lookups = views.stream().filter(state.lookups()::containsKey).toList();
      // First of all: one name that is unknown, and nothing is dropped.
      LeftViews.retire(
          control, state, views.stream().filter(name -> !lookups.contains(name)).toList());
      lookups.forEach(control::retireLookup);
      views.forEach(
          name ->
              console.line(
                  "  "
                      + console.yellow("-")
                      + (lookups.contains(name) ? " lookup " : " view   ")
                      + name
                      + "  dropped"));
    }
    return ExitCode.OK;
  }
}
