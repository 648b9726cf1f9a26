package io.millrace.launcher;

import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.process.JavaVersion;
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
      "Start here:",
      "  millrace demo --for 90s      a shop, its events and its views, all on this machine",
      "  millrace up                  the system; then, in another terminal:",
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
      RunsCommand.class,
      RollbackCommand.class,
      RecomputeCommand.class,
      ProduceCommand.class,
      StatusCommand.class,
      VerifyCommand.class,
      DownCommand.class,
      CommandLine.HelpCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Millrace {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int MISUSED = 2;

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
      return MISUSED;
    }
    return run(args);
  }

  /** Runs one command line in this JVM; returns its exit code. */
  public static int run(String... args) {
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
    if (args.length == 0) {
      commands.usage(System.out);
      return OK;
    }
    return commands.execute(args);
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    Optional<MillraceException> known = KafkaRefusal.explain(e);
    if (known.isPresent()) {
      System.out.flush();
      System.err.println(known.get().code() + ": " + known.get().getMessage());
      return FAILED;
    }
    throw e;
  }
}
