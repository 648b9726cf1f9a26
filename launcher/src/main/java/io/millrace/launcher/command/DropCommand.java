package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.LeftViews;
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
    description = {
      "Retires views: they answer no more, and their live state and batch views are deleted.",
      "The source's topic and its records in the lake stay: a view that is applied again has the"
          + " whole history with its first run."
    })
public final class DropCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", arity = "1..*", description = "the views")
  private List<String> views;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running();
    try (ControlLog control = ControlLog.open(config)) {
      LeftViews.retire(control, control.catchUp(CATCH_UP), views);
    }
    views.forEach(
        view -> console.line("  " + console.yellow("-") + " view   " + view + "  dropped"));
    return ExitCode.OK;
  }
}
