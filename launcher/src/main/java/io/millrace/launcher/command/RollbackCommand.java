package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.RunRecord;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace rollback sales_by_month",
      "  millrace rollback sales_by_month 20260131T061500Z-003f2a"
    },
    description = {
      "Answers from an earlier run, merged with live state since: for when a run is wrong.",
      "Newer runs are rejected; 'millrace runs VIEW --accept RUN' takes that back."
    })
public final class RollbackCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  @Mixin private ConfigOptions options;

  @Parameters(index = "0", paramLabel = "VIEW", description = "the view")
  private String view;

  @Parameters(
      index = "1",
      paramLabel = "RUN",
      arity = "0..1",
      description = "the run to go back to; without it, the one before the newest")
  private String run;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running(Uses.KAFKA);
    try (ControlLog control = ControlLog.open(config)) {
      Judgement judgement = new Judgement(control, control.catchUp(CATCH_UP));
      RunRecord target = judgement.rollback(view, Optional.ofNullable(run));
      console.line(
          view + " goes back to run " + target.runId() + " at boundary " + target.boundary());
    }
    return ExitCode.OK;
  }
}
