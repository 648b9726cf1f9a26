package io.millrace.launcher.command;

import io.millrace.control.log.ControlState;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "views",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  millrace views",
    description = "Lists the views: whether each answers, from which run, how fresh.")
public final class ViewsCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    List<ServingClient.View> views = new ServingClient(options.running(Uses.NOTHING)).views();
    if (views.isEmpty()) {
      console.line("no views yet; 'millrace apply DIR' adds some");
      return ExitCode.OK;
    }
    new ViewLines(console, ControlState.EMPTY).all(views).forEach(console::line);
    return ExitCode.OK;
  }
}
