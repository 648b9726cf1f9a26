package io.millrace.launcher.command;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Text;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
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
      "  millrace sql 'SELECT * FROM sales_by_month' --at-least orders:0=1231,1=1002 --timeout 10s",
      "  millrace sql \"EXPLAIN SELECT * FROM sales_by_month WHERE category = 'books'\""
    },
    description = {
      "Answers a SELECT over views, and says the positions it is exactly the answer at.",
      "docs/guide/sql.md says what can be asked."
    })
public final class SqlCommand implements java.util.concurrent.Callable<Integer> {
  private static final Pattern EXPLAIN =
      Pattern.compile("\\s*EXPLAIN\\b", Pattern.CASE_INSENSITIVE);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "SELECT", description = "the question, in quotes")
  private String sql;

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
      names = "--layer",
      defaultValue = "merged",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private QueryCommand.Layer layer;

  @Mixin private AtLeastOptions atLeast;

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private QueryCommand.Format format;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    if (limit < 1) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot answer: found --limit " + limit + ", expected a number from 1 on; correct it");
    }
    ServingClient serving = new ServingClient(options.running(Uses.NOTHING));
    Map<String, String> words = atLeast.words();
    words.put("layer", layer.name());
    ServingClient.SqlAnswer answer = serving.sql(sql, parameters, limit, words);
    if (format == QueryCommand.Format.table && EXPLAIN.matcher(sql).lookingAt()) {
      plan(answer, console);
    } else {
      print(answer, format, console);
    }
    return ExitCode.OK;
  }

  static void print(ServingClient.SqlAnswer answer, QueryCommand.Format format, Console console) {
    switch (format) {
      case table -> table(answer, console);
      case json -> console.line(answer.body().toPrettyString());
      case csv -> {
        RowsPrinter csv = RowsPrinter.of(format, console);
        csv.page(
            new ServingClient.Page(
                "", "", null, answer.columns(), answer.rows(), false, Optional.empty()));
      }
    }
  }

  private static void table(ServingClient.SqlAnswer answer, Console console) {
    RowsTable.of(answer.columns(), answer.rows()).lines(console).forEach(console::line);
    console.line("");
    console.line(
        console.dim("rows      ")
            + Text.count(answer.rows().size())
            + (answer.more() ? "; there are more: --limit N, or OFFSET" : ""));
    answer.notes().forEach(note -> console.line(console.dim("note      ") + note));
    positions(answer, console);
  }

  /** The lines of a plan, whole: a table would cut them. */
  static void plan(ServingClient.SqlAnswer answer, Console console) {
    answer.rows().forEach(row -> console.line(row.get(0).textValue()));
    console.line("");
    positions(answer, console);
  }

  private static void positions(ServingClient.SqlAnswer answer, Console console) {
    answer
        .positions()
        .forEach(
            (view, seam) -> {
              console.line(console.dim("view      ") + view);
              console.line(RowsTable.position(seam, console));
            });
    answer
        .contents()
        .forEach(
            (lookup, content) ->
                console.line(
                    console.dim("lookup    ")
                        + lookup
                        + console.dim("   content ")
                        + content.id()
                        + console.dim(", loaded ")
                        + content.loadedAt()));
  }
}
