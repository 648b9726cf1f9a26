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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
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
      "  millrace query sales_by_month --where 'revenue > 100' --order-by 'revenue desc' --limit 5",
      "  millrace query sales_by_hour --all --format csv > sales.csv",
      "  millrace query sales_by_hour --all --format parquet --output sales.parquet"
    },
    description = {
      "Shows rows of a view and the position they are exactly the rows of.",
      "Conditions in quotes, for < and > mean something to a shell."
    })
public final class QueryCommand implements java.util.concurrent.Callable<Integer> {
  private static final int PAGE = 10_000;

  /** Where one page is expected to do, no position need be held. */
  private static final String NO_CURSOR = "none";

  private static final String ALL = "all";

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", description = "the view's name")
  private String view;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = {
        "column, one of = < <= > >=, and a value; all must hold; NULL as in column=NULL; a name "
            + "with a dot or the like in backticks;",
        "or a condition in SQL, on measures and all else: 'revenue > 100'; what is on a group "
            + "column and has a quote behind its operator is SQL, too"
      })
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

  @Option(
      names = "--order-by",
      paramLabel = "ORDER",
      description = "an order, as in SQL: 'revenue desc, country'")
  private String orderBy;

  @Option(
      names = "--columns",
      paramLabel = "NAMES",
      description = "these columns alone, with commas between")
  private String columns;

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
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot query: found --limit " + limit + ", expected a number from 1 on; or take --all");
    }
    ServingClient serving = new ServingClient(options.running(Uses.NOTHING));
    Map<String, String> parameters = new LinkedHashMap<>();
    if (!where.isEmpty()) {
      parameters.putAll(Conditions.of(where, serving.columns(view)).parameters());
    }
    parameters.put("layer", layer.name());
    parameters.putAll(atLeast.words());
    if (orderBy != null) {
      parameters.put("order_by", orderBy);
    }
    if (columns != null) {
      parameters.put("columns", columns);
    }
    try (Output to = Output.of(Optional.ofNullable(output), format, console)) {
      if (format.handedOn()) {
        export(
            asked -> serving.rows(view, asked, format.name()),
            parameters,
            all ? Long.MAX_VALUE : limit,
            format,
            new Export(to, format, System.err, console.live()));
      } else {
        show(
            asked -> serving.rows(view, asked),
            parameters,
            all ? Long.MAX_VALUE : limit,
            RowsPrinter.of(format, to.console(console)));
        to.done();
      }
    }
    return ExitCode.OK;
  }

  /**
   * One request where that does; else pages, which only some forms can be put together of.
   *
   * @param serving answers parameters
   * @param parameters of the first request without limit and cursor; changed
   * @param limit {@link Long#MAX_VALUE}: all rows
   */
  static void export(
      Function<Map<String, String>, ServingClient.Download> serving,
      Map<String, String> parameters,
      long limit,
      Format format,
      Export export) {
    boolean inSql = Stream.of("where", "order_by", "columns").anyMatch(parameters::containsKey);
    boolean pages = format.paged() && !inSql;
    if (!pages || limit <= PAGE) {
      parameters.put("cursor", NO_CURSOR);
    }
    AtomicLong left = new AtomicLong(limit);
    export.run(
        cursor -> {
          parameters.put("limit", limit(pages ? Math.min(PAGE, left.get()) : limit));
          cursor.ifPresent(at -> parameters.put("cursor", at));
          ServingClient.Download page = serving.apply(parameters);
          boolean scanEnded = limit <= PAGE && !inSql && page.more() && page.rows() < left.get();
          if (scanEnded && NO_CURSOR.equals(parameters.get("cursor"))) {
            // It took so long: to go on needs a position that is held, or a question in SQL.
            page.close();
            if (pages) {
              parameters.remove("cursor");
            } else {
              parameters.put("where", "true");
            }
            page = serving.apply(parameters);
          }
          boolean end = left.addAndGet(-page.rows()) <= 0;
          return end
              ? new ServingClient.Download(page.body(), page.rows(), page.more(), Optional.empty())
              : page;
        },
        "--limit N or --all");
  }

  private static String limit(long rows) {
    return rows == Long.MAX_VALUE ? ALL : Long.toString(rows);
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
