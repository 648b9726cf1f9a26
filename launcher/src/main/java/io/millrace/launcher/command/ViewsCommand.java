package io.millrace.launcher.command;

import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import java.time.Duration;
import java.util.ArrayList;
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
    table(console, views).lines(console).forEach(console::line);
    reasons(console, views).forEach(console::line);
    return ExitCode.OK;
  }

  static Table table(Console console, List<ServingClient.View> views) {
    Table table =
        new Table(
            List.of("view", "source", "state", "run", ">in batch", ">live", ">age", "comment"));
    for (ServingClient.View view : views) {
      String state = view.ready() ? console.green("ready") : console.yellow("not ready");
      if (view.position().isEmpty()) {
        table.row(List.of(view.name(), view.source(), state, "", "", "", "", view.comment()));
        continue;
      }
      ServingClient.Seam seam = view.position().get();
      long batch = seam.boundary().min(seam.live()).total();
      table.row(
          List.of(
              view.name(),
              view.source(),
              state,
              seam.runId().orElse("none yet"),
              Text.count(batch),
              Text.count(seam.live().total() - batch),
              Text.duration(Duration.ofMillis(Math.max(0, seam.ageMs()))),
              view.comment()));
    }
    return table;
  }

  static List<String> reasons(Console console, List<ServingClient.View> views) {
    List<String> lines = new ArrayList<>();
    for (ServingClient.View view : views) {
      view.refused()
          .ifPresent(
              why -> lines.add(console.red("✗ refused ") + view.name() + ": " + console.red(why)));
      view.reason()
          .filter(why -> view.refused().filter(why::contains).isEmpty())
          .ifPresent(why -> lines.add(console.yellow("! ") + view.name() + ": " + why));
    }
    return lines;
  }
}
