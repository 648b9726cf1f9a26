package io.millrace.view.spark;

import io.millrace.view.compile.CatalystView;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import scala.Option;

/** Views as plans over a Dataset's rows. */
final class SparkPlans {
  private SparkPlans() {}

  static Dataset<Row> states(CatalystView view, SparkSession spark, Dataset<Row> rows) {
    ViewPlan plan = view.plan();
    LogicalPlan leaf = project(rows, Scala.list(plan.source().output()));
    LogicalPlan input =
        (LogicalPlan)
            plan.input().transformUp(Scala.partial(node -> node == plan.source() ? leaf : node));
    return org.apache.spark.sql.classic.Dataset.ofRows(
        classic(spark), StatePlan.of(plan, input, view.keyCodec(), view.stateCodec()));
  }

  /**
   * In a session of its own, where the source's name means {@code rows} whatever it means
   * elsewhere.
   */
  static Dataset<Row> plain(CatalystView view, SparkSession spark, Dataset<Row> rows) {
    org.apache.spark.sql.classic.SparkSession session = classic(spark).cloneSession();
    SparkViews.sessionSettings().forEach((key, value) -> session.conf().set(key, value));
    org.apache.spark.sql.classic.Dataset.ofRows(session, analyzed(rows))
        .createOrReplaceTempView(view.definition().source().name());
    return session.sql(view.definition().sql());
  }

  /**
   * The rows' columns under the names and ids of the given attributes, found by name. What the rows
   * say about NULL stands: a column that the schema does not allow to be NULL may be NULL in
   * records that are older than the column.
   */
  private static LogicalPlan project(Dataset<Row> rows, List<Attribute> attributes) {
    LogicalPlan plan = analyzed(rows);
    Map<String, Attribute> byName = new HashMap<>();
    for (Attribute column : Scala.list(plan.output())) {
      byName.put(column.name().toLowerCase(Locale.ROOT), column);
    }
    List<NamedExpression> columns = new ArrayList<>();
    for (Attribute attribute : attributes) {
      Attribute column = byName.get(attribute.name().toLowerCase(Locale.ROOT));
      check(attribute, column);
      columns.add(
          new Alias(
              (Expression) column,
              attribute.name(),
              attribute.exprId(),
              attribute.qualifier(),
              Option.empty(),
              Scala.seq(List.of())));
    }
    return new Project(Scala.seq(columns), plan);
  }

  private static void check(Attribute expected, Attribute found) {
    if (found == null
        || !DataType.equalsStructurally(found.dataType(), expected.dataType(), true)) {
      throw new IllegalArgumentException(
          "cannot aggregate rows: found %s, expected column %s %s"
              .formatted(
                  found == null ? "no such column" : found.name() + " " + found.dataType().sql(),
                  expected.name(),
                  expected.dataType().sql()));
    }
  }

  private static LogicalPlan analyzed(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }

  private static org.apache.spark.sql.classic.SparkSession classic(SparkSession spark) {
    return (org.apache.spark.sql.classic.SparkSession) spark;
  }
}
