package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.Names;
import io.millrace.launcher.client.Silence;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "recompute",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  millrace recompute sales_by_month sales_by_hour",
    description = "Asks the batch layer to run views now, and waits until it has.")
public final class RecomputeCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", arity = "1..*", description = "the views")
  private List<String> views;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "give up waiting after this long (default: ${DEFAULT-VALUE})")
  private long timeout;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running(Uses.KAFKA);
    StopSignal stop = StopSignal.install();
    try (ControlLog control = ControlLog.open(config)) {
      ControlState before = control.catchUp(CATCH_UP);
      for (String view : views) {
        Names.requireView(before, view);
      }
      Map<String, Optional<RunRecord>> done = new LinkedHashMap<>();
      views.forEach(
          view -> {
            control.requestRun(view);
            done.put(view, Optional.empty());
          });
      if (Silence.of("batch", control.statuses(CATCH_UP), Instant.now())) {
        console.line(
            console.yellow("! ")
                + "no batch layer has said anything lately: the runs wait until one does; see"
                + " 'millrace status'");
      }
      Instant began = Instant.now();
      while (done.containsValue(Optional.<RunRecord>empty())) {
        if (stop.await(POLL)) {
          console.clearBlock();
          console.line("not waiting any more; the runs go on");
          return ExitCode.FAILED;
        }
        if (Duration.between(began, Instant.now()).toSeconds() > timeout) {
          throw new MillraceException(
              ErrorCode.RUN_FAILED,
              "cannot recompute: found no finished run after "
                  + timeout
                  + " s, expected one; see whether the batch layer runs: millrace status");
        }
        look(control.state(), before.runs().keySet(), done, began);
      }
      return done.values().stream().allMatch(run -> run.get().status() == Status.COMPLETED)
          ? ExitCode.OK
          : ExitCode.FAILED;
    }
  }

  private void look(
      ControlState state, Set<String> known, Map<String, Optional<RunRecord>> done, Instant began) {
    StringBuilder waiting = new StringBuilder();
    for (Map.Entry<String, Optional<RunRecord>> entry : done.entrySet()) {
      if (entry.getValue().isPresent()) {
        continue;
      }
      Optional<RunRecord> run =
          state.runs().values().stream()
              .filter(r -> r.view().equals(entry.getKey()) && !known.contains(r.runId()))
              .findFirst();
      if (run.isPresent() && run.get().status() != Status.STARTED) {
        entry.setValue(run);
        report(run.get());
      } else {
        waiting.append(entry.getKey()).append(run.isPresent() ? " running  " : " queued  ");
      }
    }
    console.block(
        List.of(
            "  " + waiting + console.dim(Text.duration(Duration.between(began, Instant.now())))));
  }

  private void report(RunRecord run) {
    if (run.status() == Status.COMPLETED) {
      console.line(
          String.format(
              "%s %s  run %s: %s rows of %s records in %s",
              console.green("✓"),
              run.view(),
              run.runId(),
              Text.count(run.rows()),
              Text.count(run.boundary().total()),
              Text.duration(
                  Duration.between(run.startedAt(), run.finishedAt().orElse(Instant.now())))));
    } else {
      console.line(
          String.format(
              "%s %s  run %s failed: %s",
              console.red("✗"),
              run.view(),
              run.runId(),
              run.error().map(Reason::brief).orElse("no reason given")));
    }
  }
}
