package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.Verifier;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Recomputes views from scratch at exactly the position of their present answer and compares"
          + " every row.",
      "Plain Spark SQL over the lake and the records in Kafka past it; exit code 0 if all are equal."
    })
public final class VerifyCommand implements Callable<Integer> {
  private static final String PROGRESS = "progress: ";

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", arity = "1..*", description = "the views")
  private List<String> views;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running();
    boolean equal = true;
    try (Verifier verifier = new Verifier(config, options.runningFile(config))) {
      for (String view : views) {
        equal &= verify(console, verifier, view);
      }
    }
    return equal ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Shows how one view is verified; returns whether every row is equal. */
  static boolean verify(Console console, Verifier verifier, String view) {
    console.line(console.bold(view));
    Verifier.Answer answer =
        verifier.fetch(
            view, rows -> console.block(List.of("  fetching: " + Text.count(rows) + " rows")));
    console.clearBlock();
    console.line("  " + RowsTable.position(answer.position().position(), console));
    return compare(console, verifier, answer);
  }

  /** As {@link #verify}, for an answer that has been fetched. */
  public static boolean compare(Console console, Verifier verifier, Verifier.Answer answer) {
    String doing = "  recomputing from scratch";
    console.block(List.of(doing));
    List<String> said = new ArrayList<>();
    int code =
        verifier.verify(
            answer,
            line -> {
              if (line.startsWith(PROGRESS)) {
                console.block(List.of(doing + ": " + line.substring(PROGRESS.length())));
              } else {
                said.add(line);
              }
            });
    console.clearBlock();
    boolean equal = code == 0;
    for (String line : said) {
      boolean verdict = line.startsWith("verify:");
      String styled = !verdict ? line : equal ? console.green(line) : console.red(line);
      console.line("  " + styled);
    }
    if (!equal && said.stream().noneMatch(line -> line.startsWith("verify:"))) {
      console.line("  " + console.red("verify: no result, exit code " + code));
    }
    return equal;
  }
}
