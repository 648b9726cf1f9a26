package io.millrace.launcher.command;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.output.Export;
import io.millrace.launcher.output.Format;
import io.millrace.launcher.output.Output;
import io.millrace.launcher.output.SqlPrinter;
import io.millrace.launcher.output.SqlText;
import io.millrace.launcher.shell.SqlShell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace sql 'SELECT * FROM sales_by_month ORDER BY revenue DESC LIMIT 5'",
      "  millrace sql 'SELECT category, MEASURE(revenue) AS revenue FROM sales_by_month GROUP BY category'",
      "  millrace sql 'SELECT * FROM sales_by_month WHERE category = :who' --parameter who=books",
      "  millrace sql -f report.sql --format parquet --all --output report.parquet",
      "  millrace sql 'SELECT * FROM sales_by_month' --at-least orders:0=1231,1=1002 --timeout 10s",
      "  millrace sql \"EXPLAIN SELECT * FROM sales_by_month WHERE category = 'books'\""
    },
    description = {
      "Answers a SELECT over views, and says the positions it is exactly the answer at.",
      "docs/guide/sql.md says what can be asked."
    })
public final class SqlCommand implements java.util.concurrent.Callable<Integer> {
  @Mixin private ConfigOptions options;

  @Parameters(
      paramLabel = "SELECT",
      arity = "0..1",
      description = {
        "the question, in quotes; without it, and without --file, standard input is it,",
        "and a terminal is asked one after the other"
      })
  private String sql;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "a file with the question; - is standard input")
  private Path file;

  @Option(
      names = "--parameter",
      paramLabel = "NAME=TEXT",
      description = "what :NAME stands for in the question")
  private Map<String, String> parameters = new LinkedHashMap<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "at most this many rows (default: ${DEFAULT-VALUE})")
  private int limit;

  @Option(
      names = "--all",
      description = "as many rows as serving.sql.rows lets through, whatever --limit says")
  private boolean all;

  @Option(
      names = "--layer",
      defaultValue = "merged",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private QueryCommand.Layer layer;

  @Mixin private AtLeastOptions atLeast;

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Format format;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "a file for the answer, which is replaced once it is whole")
  private Path output;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    if (limit < 1) {
      throw bad("--limit " + limit, "a number from 1 on", "correct it");
    }
    if (sql != null && file != null) {
      throw bad("a question and --file", "one of them", "leave one out");
    }
    if (sql == null && file == null && Console.interactive()) {
      shell();
      return ExitCode.OK;
    }
    String question = question();
    answer(new ServingClient(options.running(Uses.NOTHING)), question);
    return ExitCode.OK;
  }

  /** The system may be started and stopped meanwhile: it is looked up for each question. */
  private void shell() {
    if (output != null) {
      throw bad("--output without a question", "one", "say \\\\o FILE at the prompt");
    }
    try (Terminal terminal =
        TerminalBuilder.builder().system(true).name("millrace").nativeSignals(true).build()) {
      new SqlShell(
              terminal,
              () -> new ServingClient(options.running(Uses.NOTHING)),
              Path.of(System.getProperty("user.home"), ".millrace", "history"),
              parameters,
              words(),
              all ? "all" : Integer.toString(limit),
              format)
          .run();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL, "cannot use this terminal: " + e + "; use --file", e);
    }
  }

  private Map<String, String> words() {
    Map<String, String> words = atLeast.words();
    words.put("layer", layer.name());
    return words;
  }

  private String question() {
    if (sql != null) {
      return sql;
    }
    String text = SqlText.read(Optional.ofNullable(file));
    if (text.isBlank()) {
      throw bad("no question", "a SELECT", "write one, in quotes");
    }
    return text;
  }

  private void answer(ServingClient serving, String question) {
    String most = all ? "all" : Integer.toString(limit);
    Map<String, String> words = words();
    try (Output to = Output.of(Optional.ofNullable(output), format, console)) {
      if (format.handedOn()) {
        new Export(to, format, System.err, console.live())
            .run(
                cursor -> serving.sql(question, parameters, most, words, format.name()),
                "--limit N, or --all");
        return;
      }
      SqlPrinter.print(
          question, serving.sql(question, parameters, most, words), format, to.console(console));
      to.done();
    }
  }

  private static MillraceException bad(String found, String expected, String instead) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot answer: found " + found + ", expected " + expected + "; " + instead);
  }
}
