package io.millrace.launcher;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.console.Console;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    description = {
      "Shows rows of a view and the position they are exactly the rows of.",
      "Conditions: --where category=books --where 'month>=2026-01-01' --where window.start<2026-02-01"
    })
final class QueryCommand implements java.util.concurrent.Callable<Integer> {
  private static final int PAGE = 10_000;
  private static final Pattern CONDITION =
      Pattern.compile(
          "\\s*((?:`(?:[^`]|``)*`|[^`<>=])+?)\\s*(<=|>=|=|<|>)\\s*(.*)", Pattern.DOTALL);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", description = "the view's name")
  private String view;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description =
          "column, one of = < <= > >=, and a value; all must hold; NULL as in column=NULL; a name "
              + "with a dot or the like in backticks")
  private List<String> where = new ArrayList<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "at most this many rows (default: ${DEFAULT-VALUE})")
  private int limit;

  @Option(names = "--all", description = "all rows, whatever --limit says")
  private boolean all;

  @Option(
      names = "--layer",
      defaultValue = "merged",
      description = "merged, batch or speed (default: ${DEFAULT-VALUE})")
  private String layer;

  /** How rows are printed. */
  enum Format {
    table,
    json,
    csv
  }

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Format format;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    ServingClient serving = new ServingClient(options.running());
    Map<String, String> parameters = conditions(where);
    parameters.put("layer", layer);
    if (!all && limit <= PAGE) {
      parameters.put("cursor", "none");
    }
    RowsPrinter printer = RowsPrinter.of(format, console);
    ServingClient.Page page;
    do {
      long wanted = all ? PAGE : Math.min(PAGE, limit - printer.rows());
      parameters.put("limit", Long.toString(wanted));
      page = serving.rows(view, parameters);
      printer.page(page);
      page.cursor().ifPresent(cursor -> parameters.put("cursor", cursor));
    } while (page.cursor().isPresent() && (all || printer.rows() < limit));
    printer.end(page);
    return Millrace.OK;
  }

  /** Parameters of the API for conditions as people write them. */
  static Map<String, String> conditions(List<String> where) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String condition : where) {
      Matcher matcher = CONDITION.matcher(condition);
      if (!matcher.matches()) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot query: found condition '"
                + condition
                + "', expected column, one of = < <= > >=, and a value; write --where 'month>=2026-01-01'");
      }
      String column = "where." + matcher.group(1);
      String value = matcher.group(3).strip();
      switch (matcher.group(2)) {
        case "=" -> {
          if (value.equals("NULL")) {
            parameters.put(column + ".null", "true");
          } else {
            parameters.put(column + ".eq", value);
          }
        }
        case "<" -> parameters.put(column + ".lt", value);
        case "<=" -> parameters.put(column + ".lte", value);
        case ">" -> parameters.put(column + ".gt", value);
        default -> parameters.put(column + ".gte", value);
      }
    }
    return parameters;
  }
}
