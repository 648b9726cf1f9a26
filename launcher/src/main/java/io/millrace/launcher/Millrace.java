package io.millrace.launcher;

import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.process.JavaVersion;
import io.millrace.launcher.command.ApplyCommand;
import io.millrace.launcher.command.DownCommand;
import io.millrace.launcher.command.DropCommand;
import io.millrace.launcher.command.ProduceCommand;
import io.millrace.launcher.command.QueryCommand;
import io.millrace.launcher.command.RebuildCommand;
import io.millrace.launcher.command.RecomputeCommand;
import io.millrace.launcher.command.RollbackCommand;
import io.millrace.launcher.command.RunsCommand;
import io.millrace.launcher.command.SqlCommand;
import io.millrace.launcher.command.StatusCommand;
import io.millrace.launcher.command.UpCommand;
import io.millrace.launcher.command.VerifyCommand;
import io.millrace.launcher.command.ViewsCommand;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.demo.DemoCommand;
import io.millrace.launcher.output.NobodyReads;
import java.util.Optional;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code millrace} command. Exit codes: 0 done, 1 failed, 2 misused. */
@Command(
    name = "millrace",
    mixinStandardHelpOptions = true,
    version = "millrace 0.1.0-SNAPSHOT",
    header =
        "Spark SQL views, live: recomputed by Spark, kept live by Kafka Streams, merged exactly.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Start here: a shop, its events and its views, all on this machine.",
      "  millrace demo --for 90s",
      "",
      "The system; then, in another terminal, views and a question:",
      "  millrace up",
      "  millrace apply examples/shop",
      "  millrace query sales_by_month",
      "",
      "'millrace help COMMAND' says more about one."
    },
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      ApplyCommand.class,
      ViewsCommand.class,
      QueryCommand.class,
      SqlCommand.class,
      RunsCommand.class,
      RollbackCommand.class,
      RebuildCommand.class,
      RecomputeCommand.class,
      ProduceCommand.class,
      StatusCommand.class,
      VerifyCommand.class,
      DropCommand.class,
      DownCommand.class,
      CommandLine.HelpCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Millrace {
  private Millrace() {}

  public static void main(String[] args) {
    int code = checkedRun(args);
    System.out.flush();
    System.exit(code);
  }

  private static int checkedRun(String[] args) {
    try {
      JavaVersion.check();
    } catch (MillraceException e) {
      System.err.println(e.code() + ": " + e.getMessage());
      return ExitCode.MISUSED;
    }
    return run(args);
  }

  /** Runs one command line in this JVM; returns its exit code. */
  public static int run(String... args) {
    CommandLine commands = commands();
    if (args.length == 0) {
      commands.usage(System.out);
      return ExitCode.OK;
    }
    return commands.execute(args);
  }

  /** The parser of all command lines. */
  static CommandLine commands() {
    CommandLine commands = new CommandLine(new Millrace());
    commands
        .getSubcommands()
        .get("generate-completion")
        .getCommandSpec()
        .usageMessage()
        .hidden(true);
    commands.setUsageHelpAutoWidth(false);
    commands.setUsageHelpWidth(100);
    commands.setExecutionExceptionHandler(Millrace::failed);
    return commands;
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof NobodyReads) {
      return ExitCode.FAILED;
    }
    Optional<MillraceException> known = KafkaRefusal.explain(e);
    if (known.isPresent()) {
      System.out.flush();
      System.err.println(known.get().code() + ": " + known.get().getMessage());
      return ExitCode.FAILED;
    }
    throw e;
  }
}
