package io.millrace.launcher.output;

import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Text;
import java.util.regex.Pattern;

/** Answers to questions in SQL, for people. Stateless. */
public final class SqlPrinter {
  private static final Pattern EXPLAIN =
      Pattern.compile("\\s*EXPLAIN\\b", Pattern.CASE_INSENSITIVE);

  private SqlPrinter() {}

  /**
   * @param sql what was asked
   * @param format table or json
   */
  public static void print(
      String sql, ServingClient.SqlAnswer answer, Format format, Console console) {
    if (format == Format.json) {
      console.line(answer.body().toPrettyString());
    } else if (EXPLAIN.matcher(sql).lookingAt()) {
      plan(answer, console);
    } else {
      table(answer, console);
    }
  }

  private static void table(ServingClient.SqlAnswer answer, Console console) {
    RowsTable.of(answer.columns(), answer.rows()).lines(console).forEach(console::line);
    console.line("");
    foot(answer, console);
  }

  /** How many rows there are, and where the views stood. */
  public static void foot(ServingClient.SqlAnswer answer, Console console) {
    console.line(
        console.dim("rows      ")
            + Text.count(answer.rows().size())
            + (answer.more() ? "; there are more: --limit N, or OFFSET" : ""));
    answer.notes().forEach(note -> console.line(console.dim("note      ") + note));
    positions(answer, console);
  }

  /** The lines of a plan, whole: a table would cut them. */
  private static void plan(ServingClient.SqlAnswer answer, Console console) {
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
