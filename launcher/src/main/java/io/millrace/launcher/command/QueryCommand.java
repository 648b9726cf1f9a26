package io.millrace.launcher.command;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.Uses;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace query sales_by_month --where category=books --where 'month>=2026-01-01'",
      "  millrace query trending_items --where 'window.start>=2026-02-01T10:00:00Z' --limit 5",
      "  millrace query sales_by_hour --all --format csv > sales.csv"
    },
    description = {
      "Shows rows of a view and the position they are exactly the rows of.",
      "Conditions are on group columns. In quotes, for < and > mean something to a shell."
    })
public final class QueryCommand implements java.util.concurrent.Callable<Integer> {
  private static final int PAGE = 10_000;

  /** Where one page is expected to do, no position need be held. */
  private static final String NO_CURSOR = "none";

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

  /** Which states are asked. */
  enum Layer {
    merged,
    batch,
    speed
  }

  @Option(
      names = "--layer",
      defaultValue = "merged",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Layer layer;

  @Mixin private AtLeastOptions atLeast;

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
    Conditions conditions = Conditions.of(where);
    if (limit < 1) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot query: found --limit " + limit + ", expected a number from 1 on; or take --all");
    }
    ServingClient serving = new ServingClient(options.running(Uses.NOTHING));
    if (!conditions.isEmpty()) {
      conditions.check(serving.columns(view));
    }
    Map<String, String> parameters = conditions.parameters();
    parameters.put("layer", layer.name());
    parameters.putAll(atLeast.words());
    show(
        asked -> serving.rows(view, asked),
        parameters,
        all ? Long.MAX_VALUE : limit,
        RowsPrinter.of(format, console));
    return ExitCode.OK;
  }

  /**
   * Prints pages until there are as many rows as are wanted, or no more.
   *
   * @param serving answers parameters with a page, which may be short though there are more rows
   * @param parameters of the first page without limit and cursor; changed
   */
  static void show(
      Function<Map<String, String>, ServingClient.Page> serving,
      Map<String, String> parameters,
      long limit,
      RowsPrinter printer) {
    if (limit <= PAGE) {
      parameters.put("cursor", NO_CURSOR);
    }
    ServingClient.Page page;
    do {
      parameters.put("limit", Long.toString(Math.min(PAGE, limit - printer.rows())));
      page = serving.apply(parameters);
      if (NO_CURSOR.equals(parameters.get("cursor")) && page.more() && page.rows().size() < limit) {
        // The scan took so long that it ended: to go on it needs a position that is held.
        parameters.remove("cursor");
        page = serving.apply(parameters);
      }
      printer.page(page);
      page.cursor().ifPresent(cursor -> parameters.put("cursor", cursor));
    } while (page.cursor().isPresent() && printer.rows() < limit);
    printer.end(page);
  }
}
