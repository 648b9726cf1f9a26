package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.analyze.SqlSettings;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkSqlParser;
import org.apache.spark.sql.internal.SQLConf;
import scala.Option;

/** Spark's parser over one statement. */
final class StatementParser {
  private StatementParser() {}

  /**
   * @throws MillraceException {@code SQL_SYNTAX} with the place in the file
   */
  static LogicalPlan parse(SqlStatement statement) {
    try {
      return SQLConf.withExistingConf(
          SqlSettings.conf(), () -> new SparkSqlParser().parsePlan(statement.sql()));
    } catch (Exception e) {
      // Scala's checked exceptions are not declared: ParseException arrives here undeclared.
      if (e instanceof ParseException parse) {
        throw place(statement, parse).error(ErrorCode.SQL_SYNTAX, message(parse));
      }
      throw e;
    }
  }

  private static SqlStatement.Place place(SqlStatement statement, ParseException e) {
    Option<Object> line = e.start().line();
    Option<Object> column = e.start().startPosition();
    return line.isEmpty() || column.isEmpty()
        ? statement.start()
        : new SqlStatement.Place(
            statement.file(), (Integer) line.get(), (Integer) column.get() + 1);
  }

  /** Spark's own words, without its codes and its copy of the statement. */
  private static String message(ParseException e) {
    String text = e.getSimpleMessage().lines().findFirst().orElse("").strip();
    text = text.replaceFirst("^\\[[A-Z0-9_.]+] ", "").replaceFirst("\\s*SQLSTATE: .*$", "");
    return "cannot read the statement: found "
        + Character.toLowerCase(text.charAt(0))
        + text.substring(1)
        + (text.endsWith(".") ? "" : ".")
        + " Expected Spark SQL; correct the statement";
  }
}
