package io.millrace.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.execution.SparkSqlParser;
import scala.jdk.javaapi.CollectionConverters;

/** The examples of Spark's own documentation of its functions, as parts of views of orders. */
final class FunctionExamples {
  private static final Pattern EXAMPLE = Pattern.compile("(?ims)^\\s*> SELECT (.*?);\\s*$");

  /** Examples under a setting that views do not run under. */
  private static final Pattern OTHER_SETTING =
      Pattern.compile("(?s)> SET \\S+=true;.*?> SET \\S+=false;");

  private static final Pattern ALIAS = Pattern.compile("(?i) AS \\w+$");
  private static final Pattern FROM_VALUES = Pattern.compile("(?is)^(.*?) FROM VALUES .*$");

  private static final Set<String> GENERATORS =
      Set.of(
          "explode",
          "explode_outer",
          "inline",
          "inline_outer",
          "json_tuple",
          "posexplode",
          "posexplode_outer",
          "stack");

  private FunctionExamples() {}

  /**
   * @return expressions of one row, or, beginning with SELECT, whole views: of aggregates and of
   *     generators
   */
  static List<String> of(String function, ExpressionInfo info) {
    List<String> examples = new ArrayList<>();
    Matcher matcher = EXAMPLE.matcher(OTHER_SETTING.matcher(info.getExamples()).replaceAll("SET"));
    while (matcher.find()) {
      String example = matcher.group(1).strip();
      Matcher values = FROM_VALUES.matcher(example);
      if (values.matches()) {
        examples.add("SELECT " + values.group(1) + " FROM (" + columns(function) + ")");
      } else if (GENERATORS.contains(function)) {
        examples.add("SELECT max(to_json(struct(*))) FROM (SELECT " + example + " FROM orders)");
      } else if (!example.contains(" AS S, ")) {
        examples.add(ALIAS.matcher(example).replaceFirst(""));
      }
    }
    return examples;
  }

  /** The columns of the examples' VALUES. */
  private static String columns(String function) {
    String type =
        function.endsWith("_double") ? "DOUBLE" : function.endsWith("_float") ? "FLOAT" : "INT";
    return ("SELECT category AS a, quantity AS b, CAST(quantity AS %s) AS col, quantity AS col1,"
            + " quantity AS col2, quantity AS expr FROM orders")
        .formatted(type);
  }

  /**
   * The same expression with its first literals depending on the row, so that no compiler can
   * compute it beforehand. They are what they were where {@code flag} is true.
   *
   * @param most so many literals
   */
  static String byRow(String expression, int most) {
    TreeMap<Integer, Integer> literals = new TreeMap<>();
    collectLiterals(new SparkSqlParser().parseExpression(expression), expression, literals);
    while (literals.size() > most) {
      literals.pollLastEntry();
    }
    StringBuilder sql = new StringBuilder(expression);
    literals
        .descendingMap()
        .forEach(
            (start, end) ->
                sql.replace(start, end, "if(flag, " + sql.substring(start, end) + ", NULL)"));
    return sql.toString();
  }

  private static void collectLiterals(
      Expression node, String sql, TreeMap<Integer, Integer> literals) {
    // TRUE and FALSE are shared, and say they are where they were first read.
    if (node instanceof Literal literal
        && literal.value() != null
        && literal.origin().sqlText().exists(sql::equals)) {
      literals.put(
          (Integer) literal.origin().startIndex().get(),
          (Integer) literal.origin().stopIndex().get() + 1);
    }
    for (Expression child : CollectionConverters.asJava(node.children())) {
      collectLiterals(child, sql, literals);
    }
  }
}
