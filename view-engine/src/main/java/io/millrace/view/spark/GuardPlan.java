package io.millrace.view.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;

import io.millrace.view.compile.CatalystView;
import io.millrace.view.internal.tree.Scala;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;

/** The rows that a view takes, or those it throws on, as a filter below everything else. */
final class GuardPlan {
  private GuardPlan() {}

  static Dataset<Row> taken(CatalystView view, Dataset<Row> rows) {
    return rows.where(takes(view));
  }

  static Dataset<Row> thrownOn(CatalystView view, Dataset<Row> rows) {
    return rows.where(not(takes(view)));
  }

  private static Column takes(CatalystView view) {
    Column[] columns =
        Arrays.stream(SparkViews.sourceSchema(view.definition().source()).fieldNames())
            .map(name -> col("`" + name + "`"))
            .toArray(Column[]::new);
    // Not deterministic, as far as Spark is told: so no expression of the view moves below it.
    Expression takes =
        new Invoke(
            new Literal(new RecordGuard(view), new ObjectType(RecordGuard.class)),
            "takes",
            DataTypes.BooleanType,
            Scala.seq(List.of(ExpressionUtils.expression(struct(columns)))),
            Scala.seq(List.of()),
            false,
            false,
            false);
    return ExpressionUtils.column(takes);
  }
}
