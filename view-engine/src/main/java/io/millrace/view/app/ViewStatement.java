package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.CreateView;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import scala.jdk.javaapi.CollectionConverters;

/**
 * {@code CREATE VIEW … AS SELECT …}, checked but for its SELECT.
 *
 * @param name the view's name
 * @param sql the SELECT as written
 * @param sqlPlace where {@code sql} starts in the file
 * @param comment the COMMENT, or empty
 * @param properties the TBLPROPERTIES
 * @param tables what the SELECT reads, as written, without the names of its own WITH
 */
record ViewStatement(
    SqlStatement statement,
    String name,
    String sql,
    SqlStatement.Place sqlPlace,
    String comment,
    Map<String, String> properties,
    List<String> tables) {
  private static final List<String> KNOWN = List.of(ViewDefinition.SCHEDULE, ViewDefinition.AUDIT);

  /**
   * What the statement says, with problems too, so that its SELECT can be checked all the same.
   *
   * @param problems where everything that is wrong goes
   */
  static ViewStatement of(SqlStatement statement, String name, CreateView view, Problems problems) {
    if (!view.userSpecifiedColumns().isEmpty()) {
      problems.add(
          invalid(
              statement.find(name),
              name,
              "found a list of columns, expected none; name them in the SELECT, with AS"));
    }
    if (view.collation().isDefined()) {
      problems.add(
          invalid(
              statement.find("COLLATION"),
              name,
              "found DEFAULT COLLATION, expected none; drop it"));
    }
    String sql = view.originalText().get();
    return new ViewStatement(
        statement,
        name,
        sql,
        place(statement, sql),
        view.comment().isEmpty() ? "" : view.comment().get(),
        properties(statement, name, view, problems),
        tables(view.query()));
  }

  /** The SELECT is the end of the statement. */
  private static SqlStatement.Place place(SqlStatement statement, String sql) {
    String before = statement.sql();
    before = before.substring(0, before.lastIndexOf(sql));
    int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
    String last = before.substring(before.lastIndexOf('\n') + 1);
    return new SqlStatement.Place(
        statement.file(), line, last.codePointCount(0, last.length()) + 1);
  }

  private static Map<String, String> properties(
      SqlStatement statement, String name, CreateView view, Problems problems) {
    Map<String, String> properties = new TreeMap<>();
    CollectionConverters.asJava(view.properties())
        .forEach(
            (written, value) -> {
              String key = written.toLowerCase(Locale.ROOT);
              if (KNOWN.contains(key)) {
                properties.put(key, value);
              } else {
                problems.add(
                    invalid(
                        statement.find(written),
                        name,
                        "found property "
                            + written
                            + ", which is unknown"
                            + Names.suggest(key, KNOWN)));
              }
            });
    String schedule = properties.get(ViewDefinition.SCHEDULE);
    if (schedule != null) {
      int fields = schedule.strip().split("\\s+").length;
      if (fields != 6 && fields != 7) {
        problems.add(
            invalid(
                statement.find(schedule),
                name,
                "found schedule '"
                    + schedule
                    + "' of "
                    + fields
                    + " fields, expected a cron expression of 6 or 7 (seconds first), such as"
                    + " '0 0 6 * * ?'"));
      }
    }
    String audit = properties.get(ViewDefinition.AUDIT);
    if (audit != null && !ViewDefinition.AUDITS.contains(audit.toLowerCase(Locale.ROOT))) {
      throw invalid(
          statement.find(audit),
          name,
          "found audit '" + audit + "', expected one of " + ViewDefinition.AUDITS);
    }
    return properties;
  }

  private static List<String> tables(LogicalPlan query) {
    List<String> tables = new ArrayList<>();
    collect(query, Set.of(), tables);
    return tables.stream().distinct().toList();
  }

  private static void collect(LogicalPlan plan, Set<String> own, List<String> tables) {
    if (plan instanceof UnresolvedWith with) {
      Set<String> inner = new HashSet<>(own);
      CollectionConverters.asJava(with.cteRelations())
          .forEach(
              relation -> {
                collect(relation._2(), inner, tables);
                inner.add(relation._1().toLowerCase(Locale.ROOT));
              });
      collect(with.child(), inner, tables);
      return;
    }
    if (plan instanceof UnresolvedRelation relation) {
      String name = String.join(".", CollectionConverters.asJava(relation.multipartIdentifier()));
      if (!own.contains(name.toLowerCase(Locale.ROOT))) {
        tables.add(name);
      }
    }
    CollectionConverters.asJava(plan.expressions()).forEach(e -> collect(e, own, tables));
    CollectionConverters.asJava(plan.children()).forEach(child -> collect(child, own, tables));
  }

  private static void collect(Expression expression, Set<String> own, List<String> tables) {
    if (expression instanceof SubqueryExpression subquery) {
      collect((LogicalPlan) subquery.plan(), own, tables);
    }
    CollectionConverters.asJava(expression.children()).forEach(e -> collect(e, own, tables));
  }

  private static MillraceException invalid(SqlStatement.Place at, String name, String problem) {
    return at.error(ErrorCode.INVALID_SQL, "cannot create view " + name + ": " + problem);
  }
}
