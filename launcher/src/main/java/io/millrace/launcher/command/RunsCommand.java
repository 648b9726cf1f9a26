package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace runs sales_by_month --limit 5",
      "  millrace runs sales_by_month --accept 20260131T061500Z-003f2a"
    },
    description = {
      "Lists the runs of the batch layer, newest first; or accepts or rejects one.",
      "An audit that finds a difference refuses its run. If live state is wrong, 'millrace rebuild VIEW'"
          + " makes it anew; if it was wrong below the run's boundary alone, accept the run. If the lake"
          + " is wrong, repair it and recompute: nothing needs to be accepted."
    })
public final class RunsCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", arity = "0..1", description = "only this view's")
  private String view;

  @Option(
      names = "--accept",
      paramLabel = "RUN",
      description = "answer from this run though its audit refused it")
  private String accept;

  @Option(
      names = "--reject",
      paramLabel = "RUN",
      description = "do not answer from this run any more, but from the sound one before it")
  private String reject;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "at most this many (default: ${DEFAULT-VALUE})")
  private int limit;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running(Uses.KAFKA);
    try (ControlLog control = ControlLog.open(config)) {
      ControlState state = control.catchUp(CATCH_UP);
      if (accept != null || reject != null) {
        return judge(new Judgement(control, state));
      }
      List<RunRecord> runs =
          state.runs().values().stream()
              .filter(run -> view == null || run.view().equals(view))
              .sorted(Comparator.comparing(RunRecord::runId).reversed())
              .limit(limit)
              .toList();
      if (runs.isEmpty()) {
        console.line("no runs yet; 'millrace recompute VIEW' asks for one");
      } else {
        table(runs, state).lines(console).forEach(console::line);
        for (RunRecord run : runs) {
          run.error()
              .or(() -> state.refusal(run.runId()).map(Refusal::reason))
              .or(() -> trusted(run, state))
              .ifPresent(why -> console.line(run.runId() + ": " + Reason.brief(why)));
        }
      }
    }
    return ExitCode.OK;
  }

  private int judge(Judgement judgement) {
    if (view == null || (accept != null && reject != null)) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot judge a run: found "
              + (view == null ? "no view" : "both --accept and --reject")
              + ", expected 'millrace runs VIEW --accept RUN' or 'millrace runs VIEW --reject RUN'");
    }
    String run = accept != null ? accept : reject;
    if (accept != null) {
      judgement.accept(view, run);
      console.line(console.green("accepted ") + run + ": answers come from it or a newer run");
    } else {
      judgement.reject(view, run);
      console.line(console.red("rejected ") + run + ": answers come from the run before");
    }
    return ExitCode.OK;
  }

  private Table table(List<RunRecord> runs, ControlState state) {
    Table table =
        new Table(
            List.of(
                "run",
                "view",
                "status",
                "audit",
                "trigger",
                "started",
                ">took",
                ">rows",
                ">records"));
    for (RunRecord run : runs) {
      table.row(
          List.of(
              run.runId(),
              run.view(),
              status(run, state),
              audit(run, state),
              run.trigger(),
              run.startedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
              took(run),
              run.rows() < 0 ? "" : Text.count(run.rows()),
              Text.count(run.boundary().total())));
    }
    return table;
  }

  private String status(RunRecord run, ControlState state) {
    if (state.refused(run.runId())) {
      return console.red("refused");
    }
    return switch (run.status()) {
      case STARTED -> console.yellow("started");
      case COMPLETED -> console.green("completed");
      case FAILED -> console.red("failed");
    };
  }

  /** Why answers may come from it; empty if they may not, or not yet. */
  private String audit(RunRecord run, ControlState state) {
    RunAudit audit = state.audits().get(run.runId());
    if (audit == null) {
      return "";
    }
    String outcome = audit.outcome().name().toLowerCase(Locale.ROOT);
    return audit.compared() ? outcome : console.yellow(outcome);
  }

  private static Optional<String> trusted(RunRecord run, ControlState state) {
    return Optional.ofNullable(state.audits().get(run.runId()))
        .filter(audit -> !audit.compared())
        .map(RunAudit::detail);
  }

  private static String took(RunRecord run) {
    Optional<Instant> end = run.finishedAt();
    return end.map(at -> Text.duration(Duration.between(run.startedAt(), at))).orElse("");
  }
}
