package io.millrace.launcher.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
public final class QueryCommand implements java.util.concurrent.Callable<Integer> {
  private static final int PAGE = 10_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern CONDITION =
      Pattern.compile("\\s*([\\w.]+)\\s*(<=|>=|=|<|>)\\s*(.*)", Pattern.DOTALL);

  @Mixin private ConfigOptions options;

  @Parameters(paramLabel = "VIEW", description = "the view's name")
  private String view;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description =
          "column, one of = < <= > >=, and a value; all must hold; NULL as in column=NULL")
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
    List<List<JsonNode>> rows = new ArrayList<>();
    ServingClient.Page page;
    do {
      int wanted = all ? PAGE : Math.min(PAGE, limit - rows.size());
      parameters.put("limit", Integer.toString(wanted));
      page = serving.rows(view, parameters);
      rows.addAll(page.rows());
      page.cursor().ifPresent(cursor -> parameters.put("cursor", cursor));
    } while (page.cursor().isPresent() && (all || rows.size() < limit));
    switch (format) {
      case table -> table(page, rows);
      case json -> json(page, rows);
      case csv -> csv(page, rows);
    }
    return ExitCode.OK;
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
      String column = matcher.group(1);
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

  private void table(ServingClient.Page page, List<List<JsonNode>> rows) {
    RowsTable.of(page.columns(), rows).lines(console).forEach(console::line);
    console.line("");
    console.line(
        console.dim("rows      ")
            + Text.count(rows.size())
            + (page.cursor().isPresent() ? "; there are more: --limit N or --all" : ""));
    console.line(RowsTable.position(page.position(), console));
  }

  private void json(ServingClient.Page page, List<List<JsonNode>> rows) {
    ObjectNode body = JSON.createObjectNode();
    body.put("view", page.view());
    body.put("version", page.version());
    ObjectNode position = body.putObject("position");
    position.put("runId", page.position().runId().orElse(null));
    position.set("boundary", JSON.valueToTree(page.position().boundary()));
    position.set("live", JSON.valueToTree(page.position().live()));
    position.put("ageMs", page.position().ageMs());
    ArrayNode array = body.putArray("rows");
    List<String> names = List.copyOf(page.columns().keySet());
    for (List<JsonNode> row : rows) {
      ObjectNode object = array.addObject();
      for (int i = 0; i < names.size(); i++) {
        object.set(names.get(i), row.get(i));
      }
    }
    console.line(body.toPrettyString());
  }

  private void csv(ServingClient.Page page, List<List<JsonNode>> rows) {
    console.line(
        page.columns().keySet().stream()
            .map(QueryCommand::quoted)
            .collect(Collectors.joining(",")));
    for (List<JsonNode> row : rows) {
      console.line(
          row.stream()
              .map(
                  value ->
                      value == null || value.isNull()
                          ? ""
                          : quoted(value.isValueNode() ? value.asText() : value.toString()))
              .collect(Collectors.joining(",")));
    }
  }

  private static String quoted(String text) {
    return text.matches("(?s).*[\",\n\r].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
