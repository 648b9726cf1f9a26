package io.millrace.view.internal.query;

import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.catalyst.util.package$;

/** What is wrong with a question, with its place in it. */
public final class QueryErrors {
  private static final Set<String> UNKNOWN_COLUMN =
      Set.of("UNRESOLVED_COLUMN", "FIELD_NOT_FOUND", "UNRESOLVED_FIELD", "UNRESOLVED_MAP_KEY");
  private static final int LONGEST_TEXT = 160;

  private QueryErrors() {}

  /** "cannot answer: line L, column C: found …, expected …; do …". */
  public static MillraceException refused(
      ErrorCode code, TreeNode<?> at, String found, String expected, String instead) {
    return new MillraceException(
        code,
        "cannot answer: %sfound %s, expected %s; %s"
            .formatted(at == null ? "" : Origins.place(at.origin()), found, expected, instead));
  }

  public static MillraceException unsupported(
      TreeNode<?> at, String found, String expected, String instead) {
    return refused(ErrorCode.NOT_SUPPORTED, at, found, expected, instead);
  }

  /** As written, or as SQL. */
  public static String text(Expression e) {
    return Origins.text(e, "`" + sql(e) + "`");
  }

  public static String sql(Expression e) {
    String sql = package$.MODULE$.toPrettySQL(e, false);
    return sql.length() <= LONGEST_TEXT ? sql : sql.substring(0, LONGEST_TEXT) + "…";
  }

  static MillraceException syntax(ParseException e) {
    return new MillraceException(
        ErrorCode.SQL_SYNTAX,
        "cannot answer: %s%s; correct the SELECT"
            .formatted(Origins.place(e.start()), firstLine(e.getSimpleMessage())),
        e);
  }

  static MillraceException analysis(AnalysisException e) {
    String place = Origins.place(e.origin());
    String condition = Optional.ofNullable(e.getCondition()).orElse("");
    String root = condition.split("\\.")[0];
    Map<String, String> parameters = e.getMessageParameters();
    if (UNKNOWN_COLUMN.contains(root)) {
      String found = parameters.getOrDefault("objectName", parameters.get("fieldName"));
      String known = parameters.getOrDefault("proposal", parameters.get("fields"));
      return new MillraceException(
          ErrorCode.UNKNOWN_COLUMN,
          "cannot answer: %sfound unknown column %s, expected %s; %s"
              .formatted(
                  place,
                  found,
                  known == null ? "a column of the views in FROM" : "one of " + known,
                  known == null ? "correct its name" : nearest(found, List.of(known.split(", ")))),
          e);
    }
    if (root.equals("UNRESOLVED_ROUTINE")) {
      String name = parameters.getOrDefault("routineName", "");
      return new MillraceException(
          ErrorCode.INVALID_SQL,
          "cannot answer: %sfound unknown function %s, expected one of Spark SQL; %s"
              .formatted(place, name, nearest(name, functions())),
          e);
    }
    return new MillraceException(
        ErrorCode.INVALID_SQL,
        "cannot answer: %s%s; correct the SELECT".formatted(place, firstLine(e.message())),
        e);
  }

  private static List<String> functions() {
    return Scala.<FunctionIdentifier>list(FunctionRegistry.builtin().listFunction()).stream()
        .map(FunctionIdentifier::funcName)
        .toList();
  }

  /** "did you mean …?". */
  static String nearest(String name, Collection<String> known) {
    String bare = bare(name);
    return known.stream()
        .min(
            Comparator.<String>comparingInt(each -> EditDistance.between(bare(each), bare))
                .thenComparing(Comparator.naturalOrder()))
        .map(nearest -> "did you mean " + nearest + "?")
        .orElse("correct its name");
  }

  private static String bare(String name) {
    String plain = name.replace("`", "");
    return plain.substring(plain.lastIndexOf('.') + 1).toLowerCase(java.util.Locale.ROOT);
  }

  /** Spark's message without its class, SQL state, place and quoted query. */
  static String firstLine(String message) {
    String text = Optional.ofNullable(message).orElse("an error without message");
    int end = text.indexOf('\n');
    return (end < 0 ? text : text.substring(0, end))
        .replaceAll("; line \\d+ pos \\d+.*$", "")
        .replaceAll("\\s*SQLSTATE: \\w+", "")
        .replaceAll("^\\[[A-Z0-9_.]+\\] ", "")
        .replaceAll("[.;\\s]+$", "");
  }
}
