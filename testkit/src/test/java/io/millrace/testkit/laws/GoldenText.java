package io.millrace.testkit.laws;

import io.millrace.view.CompiledView.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.execution.HiveResult;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;
import scala.Tuple2;

/** A view's rows as the lines in which Spark's tests keep answers. */
final class GoldenText {
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
  private static final double RELATIVE = 1e-9;

  private final List<Column> columns;
  private final List<DataType> types;

  GoldenText(List<Column> columns) {
    this.columns = columns;
    this.types =
        columns.stream()
            .map(column -> CatalystSqlParser$.MODULE$.parseDataType(column.type()))
            .toList();
  }

  /** What differs, whatever the order of rows; empty if nothing does. */
  Optional<String> difference(List<List<Object>> rows, List<String> golden) {
    List<String> open = new ArrayList<>(golden);
    for (List<Object> row : rows) {
      String line = line(row);
      boolean found = open.remove(line);
      for (int i = 0; i < open.size() && !found; i++) {
        if (same(line, open.get(i))) {
          open.remove(i);
          found = true;
        }
      }
      if (!found) {
        return Optional.of("found %s, expected one of %s".formatted(line, open));
      }
    }
    return open.isEmpty() ? Optional.empty() : Optional.of("lacks rows " + open);
  }

  private String line(List<Object> row) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      cells.add(text(row.get(i), types.get(i), false));
    }
    return String.join("\t", cells);
  }

  private boolean same(String line, String golden) {
    String[] cells = line.split("\t", -1);
    String[] wanted = golden.split("\t", -1);
    if (cells.length != wanted.length || cells.length != columns.size()) {
      return false;
    }
    for (int i = 0; i < cells.length; i++) {
      if (!cells[i].equals(wanted[i]) && (columns.get(i).exact() || !near(cells[i], wanted[i]))) {
        return false;
      }
    }
    return true;
  }

  /** Whether two texts are equal but for numbers, which are so up to rounding. */
  private static boolean near(String text, String golden) {
    if (!NUMBER.matcher(text).replaceAll("#").equals(NUMBER.matcher(golden).replaceAll("#"))) {
      return false;
    }
    Matcher a = NUMBER.matcher(text);
    Matcher b = NUMBER.matcher(golden);
    while (a.find() && b.find()) {
      double x = Double.parseDouble(a.group());
      double y = Double.parseDouble(b.group());
      if (Math.abs(x - y) > RELATIVE * Math.max(Math.abs(x), Math.abs(y))) {
        return false;
      }
    }
    return true;
  }

  private static String text(Object value, DataType type, boolean nested) {
    if (value == null) {
      return nested ? "null" : "NULL";
    }
    if (type instanceof ArrayType array) {
      return ((List<?>) value)
          .stream()
              .map(e -> text(e, array.elementType(), true))
              .toList()
              .toString()
              .replace(", ", ",");
    }
    if (type instanceof MapType map) {
      List<String> entries = new ArrayList<>();
      ((Map<?, ?>) value)
          .forEach(
              (k, v) ->
                  entries.add(text(k, map.keyType(), true) + ":" + text(v, map.valueType(), true)));
      return "{" + String.join(",", entries.stream().sorted().toList()) + "}";
    }
    if (type instanceof StructType struct) {
      List<String> fields = new ArrayList<>();
      for (StructField field : struct.fields()) {
        Object inner = ((Map<?, ?>) value).get(field.name());
        fields.add("\"" + field.name() + "\":" + text(inner, field.dataType(), true));
      }
      return "{" + String.join(",", fields) + "}";
    }
    if (type instanceof VariantType || type instanceof CalendarIntervalType) {
      return value.toString();
    }
    return HiveResult.toHiveString(
        new Tuple2<>(value, type),
        nested,
        HiveResult.getTimeFormatters(),
        HiveResult.getBinaryFormatter());
  }
}
