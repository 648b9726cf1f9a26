package io.millrace.launcher.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Shows answers to people. Stateless. */
public final class RowsTable {
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\n\r\t]]");

  private RowsTable() {}

  public static Table of(Map<String, String> columns, List<List<JsonNode>> rows) {
    List<String> headings = new ArrayList<>();
    columns.forEach((name, type) -> headings.add(isNumber(type) ? ">" + name : name));
    Table table = new Table(headings);
    cells(columns, rows).forEach(table::row);
    return table;
  }

  /** The rows as people read them. */
  public static List<List<String>> cells(Map<String, String> columns, List<List<JsonNode>> rows) {
    List<String> types = List.copyOf(columns.values());
    List<List<String>> all = new ArrayList<>();
    for (List<JsonNode> row : rows) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        cells.add(cell(row.get(i), types.get(i)));
      }
      all.add(cells);
    }
    return all;
  }

  /** {@code run 2026…-3f2a up to 12,345 + 678 live records · 0:6000,1:7023 · 120 ms old}. */
  public static String position(ServingClient.Seam seam, Console console) {
    long batch = seam.boundary().min(seam.live()).total();
    long live = seam.live().total() - batch;
    return console.dim("position  ")
        + seam.runId().map(run -> "run " + run).orElse("no run yet")
        + " · boundary "
        + bracketed(seam.boundary().toString())
        + " · live "
        + bracketed(seam.live().toString())
        + " · "
        + Text.count(batch)
        + " + "
        + Text.count(live)
        + " offsets · "
        + Text.duration(Duration.ofMillis(Math.max(0, seam.ageMs())))
        + " old";
  }

  private static String bracketed(String position) {
    return "[" + position + "]";
  }

  private static boolean isNumber(String type) {
    return type.matches("(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL.*)");
  }

  private static String cell(JsonNode value, String type) {
    if (value == null || value.isNull()) {
      return "NULL";
    }
    if (value.isTextual()) {
      // What a terminal would obey is shown instead.
      String text = CONTROL.matcher(value.asText()).replaceAll("\uFFFD");
      return type.startsWith("DECIMAL") ? grouped(text) : text;
    }
    if (value.isIntegralNumber()) {
      return Text.count(value.asLong());
    }
    if (value.isObject() && value.has("start") && value.has("end") && value.size() == 2) {
      return value.get("start").asText() + " … " + clock(value.get("end").asText());
    }
    return value.isContainerNode() ? value.toString() : value.asText();
  }

  private static String clock(String instant) {
    return instant.length() > 11 ? instant.substring(11) : instant;
  }

  private static String grouped(String decimal) {
    BigDecimal number = new BigDecimal(decimal);
    int point = decimal.indexOf('.');
    String whole = String.format(Locale.ROOT, "%,d", number.abs().toBigInteger());
    return (number.signum() < 0 ? "-" : "") + whole + (point < 0 ? "" : decimal.substring(point));
  }
}
