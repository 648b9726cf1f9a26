package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Origins;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.trees.Origin;

/** Turns what Spark's parser and analyser throw into errors of this project. */
final class AnalysisErrors {
  private static final Set<String> UNKNOWN_COLUMN =
      Set.of("UNRESOLVED_COLUMN", "FIELD_NOT_FOUND", "UNRESOLVED_FIELD", "UNRESOLVED_MAP_KEY");

  private AnalysisErrors() {}

  static MillraceException syntax(String view, ParseException e) {
    return new MillraceException(
        ErrorCode.SQL_SYNTAX,
        "cannot compile view %s: %s%s; correct the SELECT"
            .formatted(view, Origins.place(e.start()), firstLine(e)),
        e);
  }

  static MillraceException of(String view, String source, AnalysisException e) {
    Origin origin = e.origin();
    String place = Origins.place(origin);
    String condition = e.getCondition() == null ? "" : e.getCondition();
    String root =
        condition.contains(".") ? condition.substring(0, condition.indexOf('.')) : condition;
    Map<String, String> parameters = e.getMessageParameters();
    if (UNKNOWN_COLUMN.contains(root)) {
      String found = parameters.getOrDefault("objectName", parameters.get("fieldName"));
      String suggestions = parameters.getOrDefault("proposal", parameters.get("fields"));
      String expected = suggestions == null ? "a column of " + source : "one of " + suggestions;
      return new MillraceException(
          ErrorCode.UNKNOWN_COLUMN,
          "cannot compile view %s: %sfound unknown column %s, expected %s; use a column of source %s"
              .formatted(view, place, found, expected, source),
          e);
    }
    if (root.equals("TABLE_OR_VIEW_NOT_FOUND")) {
      return new MillraceException(
          ErrorCode.INVALID_SQL,
          "cannot compile view %s: %sfound unknown table %s, expected %s; a view reads one source"
              .formatted(view, place, parameters.get("relationName"), source),
          e);
    }
    if (root.equals("UNRESOLVED_ROUTINE")) {
      return new MillraceException(
          ErrorCode.INVALID_SQL,
          "cannot compile view %s: %sfound unknown function %s, expected one of Spark SQL; correct its name"
              .formatted(view, place, parameters.get("routineName")),
          e);
    }
    if (root.equals("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION")) {
      return new MillraceException(
          ErrorCode.NOT_SUPPORTED,
          "cannot compile view %s: %sfound non-deterministic %s, expected an expression that gives the"
                  .formatted(view, place, Origins.written(origin).orElse(parameters.get("sqlExpr")))
              + " same value for the same record every time; derive it from the record",
          e);
    }
    return new MillraceException(
        ErrorCode.INVALID_SQL,
        "cannot compile view %s: %s%s; correct the SELECT".formatted(view, place, firstLine(e)),
        e);
  }

  /** Spark's message without its class, SQL state, place and quoted query. */
  private static String firstLine(AnalysisException e) {
    String message = e instanceof ParseException ? e.getSimpleMessage() : e.message();
    int end = message.indexOf('\n');
    return (end < 0 ? message : message.substring(0, end))
        .replaceAll("; line \\d+ pos \\d+.*$", "")
        .replaceAll("\\s*SQLSTATE: \\w+", "")
        .replaceAll("^\\[[A-Z0-9_.]+\\] ", "")
        .replaceAll("[.;\\s]+$", "");
  }
}
