package io.millrace.view.internal.operate.join;

import io.millrace.view.internal.bound.Bounds;
import io.millrace.view.internal.operate.FilterStep;
import io.millrace.view.internal.operate.KeyStep;
import io.millrace.view.internal.operate.ProjectStep;
import io.millrace.view.internal.operate.ScanStep;
import io.millrace.view.internal.operate.Step;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;

/**
 * The group column that a column of a step is, where the step's rows come in the order in which the
 * view's groups are read, each row of one group.
 *
 * @param scan that reads them
 * @param column one of its group columns
 */
public record Lineage(ScanStep scan, Attribute column) {
  /**
   * @param column of the step's output
   */
  public static Optional<Lineage> of(Step step, AttributeReference column) {
    if (step instanceof FilterStep filter) {
      return of(filter.input(), column);
    }
    if (step instanceof ProjectStep project) {
      for (NamedExpression each : project.columns()) {
        Expression value = Bounds.counted(each instanceof Alias a ? a.child() : (Expression) each);
        if (each.exprId().equals(column.exprId()) && value instanceof AttributeReference source) {
          return of(project.input(), source);
        }
      }
      return Optional.empty();
    }
    // A full join ends with rows that no group was read for.
    if (step instanceof JoinStep join && join.kind() != JoinKind.FULL) {
      return of(join.read(), column);
    }
    if (step instanceof KeyStep keys) {
      return keys.output().stream()
          .filter(group -> group.exprId().equals(column.exprId()))
          .map(group -> new Lineage(keys.groups(), group))
          .findFirst();
    }
    if (step instanceof ScanStep scan) {
      return Optional.ofNullable(scan.groups().get(column.exprId()))
          .map(group -> new Lineage(scan, group));
    }
    return Optional.empty();
  }
}
