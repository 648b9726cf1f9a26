package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.Application;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.Names;
import io.millrace.launcher.client.Rebuild;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.Silence;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rebuild",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace rebuild sales_by_month",
      "  millrace rebuild sales_by_month sales_by_hour --no-wait"
    },
    description = {
      "Makes the live state of views anew, for when it is wrong and the lake is right, and waits until"
          + " answers come from it.",
      "Each view becomes a new version beside the old one, which answers until the first run of the"
          + " new one is complete, and is retired then. The lake is not touched. A view that waits for"
          + " its first run is being made already: nothing new is begun.",
      "The first run of the new version is taken on trust: see first that the lake is right."
    })
public final class RebuildCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(300);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", arity = "1..*", description = "the views")
  private List<String> views;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "give up waiting after this long (default: ${DEFAULT-VALUE})")
  private long timeout;

  @Option(
      names = "--no-wait",
      description = "end as soon as it is begun; 'millrace status' says how far it is")
  private boolean noWait;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running(Uses.KAFKA);
    StopSignal stop = StopSignal.install();
    try (ControlLog control = ControlLog.open(config)) {
      ControlState state = control.catchUp(CATCH_UP);
      List<String> names = List.copyOf(new LinkedHashSet<>(views));
      names.forEach(name -> Names.requireView(state, name));
      Rebuild rebuild = new Rebuild(control, new ServingClient(config));
      List<Rebuild.Begun> begun = new ArrayList<>();
      names.forEach(name -> begun.add(rebuild.begin(name)));
      ApplyCommand.show(console, begun.stream().map(RebuildCommand::change).toList());
      warnOfSilence(control.statuses(CATCH_UP));
      if (noWait) {
        console.line("  not waiting; 'millrace status' says how far it is");
        return ExitCode.OK;
      }
      return await(rebuild, begun, stop);
    }
  }

  private static Application.Change change(Rebuild.Begun begun) {
    ViewDefinition view = begun.view();
    String version = "version " + view.version();
    String meanwhile =
        begun
            .before()
            .map(before -> "; " + before.version() + " answers until the first run of the new one")
            .orElse("");
    return begun.joined()
        ? new Application.Change(
            "view",
            view.name(),
            "unchanged",
            version + " is being made already, and waits for its first run" + meanwhile)
        : new Application.Change("view", view.name(), "rebuilt", version + meanwhile);
  }

  private void warnOfSilence(List<LayerStatus> statuses) {
    for (String layer : List.of("speed", "batch")) {
      if (Silence.of(layer, statuses, Instant.now())) {
        console.line(
            console.yellow("! ")
                + "no "
                + layer
                + " layer has said anything lately: it goes on when one does; see 'millrace"
                + " status'");
      }
    }
  }

  private int await(Rebuild rebuild, List<Rebuild.Begun> begun, StopSignal stop) {
    Instant began = Instant.now();
    List<Rebuild.Begun> left = new ArrayList<>(begun);
    while (true) {
      Map<String, String> waiting = new TreeMap<>();
      for (Rebuild.Begun one : List.copyOf(left)) {
        Optional<String> missing = rebuild.waitsFor(one.view());
        if (missing.isEmpty()) {
          left.remove(one);
          console.clearBlock();
          ready(rebuild, one);
        } else {
          waiting.put(one.view().name(), missing.get());
        }
      }
      if (left.isEmpty()) {
        return ExitCode.OK;
      }
      Duration waited = Duration.between(began, Instant.now());
      if (waited.toSeconds() >= timeout) {
        console.clearBlock();
        throw new MillraceException(
            ErrorCode.VIEW_NOT_READY,
            "cannot wait any longer: found "
                + waiting.entrySet().stream()
                    .map(view -> "view " + view.getKey() + " waiting for " + view.getValue())
                    .collect(Collectors.joining(", "))
                + " after "
                + timeout
                + " s, expected answers from the new version; it goes on, see 'millrace status'");
      }
      console.block(
          waiting.entrySet().stream()
              .map(
                  view ->
                      "  "
                          + view.getKey()
                          + " waits for "
                          + view.getValue()
                          + "  "
                          + console.dim(Text.duration(waited)))
              .toList());
      if (stop.await(POLL)) {
        console.clearBlock();
        console.line("not waiting any more; it goes on, see 'millrace status'");
        return ExitCode.FAILED;
      }
    }
  }

  private void ready(Rebuild rebuild, Rebuild.Begun one) {
    String name = console.green("✓ ") + one.view().name() + "  ";
    String version = "version " + one.view().version();
    console.line(
        rebuild.servingLayerRuns()
            ? name
                + version
                + " answers"
                + one.before()
                    .map(before -> "; " + before.version() + " is retired within a minute")
                    .orElse("")
            : name + version + " has its first run; it answers when a serving layer runs");
  }
}
