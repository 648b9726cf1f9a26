package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.analysis.Star;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How many columns a question's parts have, before they are analysed: {@code SELECT *, *} doubles
 * them at each level.
 */
final class Widths {
  private static final long MOST = 10_000;

  private final Map<String, Relation> relations;

  Widths(Map<String, Relation> relations) {
    this.relations = relations;
  }

  /**
   * @throws MillraceException {@code QUERY_LIMIT}
   */
  void check(LogicalPlan parsed) {
    of(parsed, Map.of());
  }

  /** A struct of twice a struct doubles its type, whatever its values are. */
  static void checkTypes(LogicalPlan analyzed) {
    for (Attribute column : Scala.<Attribute>list(analyzed.output())) {
      if (fields(column.dataType(), 0) > MOST) {
        throw new MillraceException(
            ErrorCode.QUERY_LIMIT,
            "cannot answer: found column `%s` of a type with more than %d fields, expected fewer; name those you need"
                .formatted(column.name(), MOST));
      }
    }
    CollectionConverters.asJava(analyzed.children()).forEach(Widths::checkTypes);
  }

  /** Counts no further than a little past the most. */
  private static long fields(DataType type, long before) {
    long sum = before + 1;
    if (type instanceof StructType struct) {
      for (StructField field : struct.fields()) {
        if (sum > MOST) {
          return sum;
        }
        sum = fields(field.dataType(), sum);
      }
    } else if (type instanceof ArrayType array) {
      sum = fields(array.elementType(), sum);
    } else if (type instanceof MapType map) {
      sum = fields(map.valueType(), fields(map.keyType(), sum));
    }
    return sum;
  }

  private long of(LogicalPlan plan, Map<String, Long> parts) {
    if (plan instanceof UnresolvedRelation relation) {
      String name = QueryText.folded(QueryText.name(relation));
      Long part = parts.get(name);
      return part != null ? part : relations.get(name).columns().size();
    }
    if (plan instanceof UnresolvedWith with) {
      Map<String, Long> known = new HashMap<>(parts);
      for (Tuple3<String, SubqueryAlias, Option<Object>> each :
          CollectionConverters.asJava(with.cteRelations())) {
        known.put(QueryText.folded(each._1()), of(each._2(), known));
      }
      return of(with.child(), known);
    }
    long input = 0;
    for (LogicalPlan child : CollectionConverters.asJava(plan.children())) {
      long columns = of(child, parts);
      input = plan instanceof Join ? input + columns : Math.max(input, columns);
    }
    if (plan instanceof Join) {
      checkColumns(input);
    }
    if (plan instanceof Project project) {
      return columns(project.projectList(), input);
    }
    if (plan instanceof Aggregate aggregate) {
      return columns(aggregate.aggregateExpressions(), input);
    }
    return input;
  }

  private static long columns(Seq<NamedExpression> list, long input) {
    long[] sum = {0};
    for (NamedExpression column : CollectionConverters.asJava(list)) {
      long[] stars = {0};
      Exprs.visit((Expression) column, e -> stars[0] += e instanceof Star ? 1 : 0);
      sum[0] += Math.max(1, stars[0] * input);
    }
    checkColumns(sum[0]);
    return sum[0];
  }

  private static void checkColumns(long columns) {
    if (columns > MOST) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found a SELECT of more than %d columns once each * is put out, expected fewer; name those you need"
              .formatted(MOST));
    }
  }
}
