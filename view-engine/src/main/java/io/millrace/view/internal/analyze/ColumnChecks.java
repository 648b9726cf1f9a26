package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Refuses columns that some layer could not keep: what {@code apply} accepts is written by every
 * layer. A batch view's table finds columns and fields by their names, whatever their case, along
 * paths with dots, and has columns of its own.
 */
public final class ColumnChecks {
  private final String view;

  public ColumnChecks(String view) {
    this.view = view;
  }

  /**
   * @param analyzed a plan that {@link PlanChecks} has passed
   * @param plan what was made of it
   * @throws io.millrace.control.error.MillraceException {@code INVALID_SQL} for names, {@code
   *     NOT_SUPPORTED} for types
   */
  public void check(LogicalPlan analyzed, ViewPlan plan) {
    Map<String, String> names = new HashMap<>();
    for (NamedExpression column : columns(analyzed)) {
      // The analyser shares attributes between places, so that theirs is not to be believed.
      TreeNode<?> at = column instanceof Attribute ? null : (Expression) column;
      checkName(at, column, names);
      checkType(at, column.name(), ((Expression) column).dataType());
    }
    for (NamedExpression key : plan.grouping()) {
      checkType(null, key.name(), ((Expression) key).dataType());
    }
    for (AggregateExpression aggregate : plan.aggregates()) {
      for (Attribute buffer : Scala.list(aggregate.aggregateFunction().aggBufferAttributes())) {
        checkType(aggregate, Origins.plain(aggregate), buffer.dataType());
      }
    }
  }

  /** The SELECT list, which knows where it stands; the finished plan does not. */
  private static List<NamedExpression> columns(LogicalPlan analyzed) {
    LogicalPlan node = analyzed;
    while (true) {
      if (node instanceof Project project) {
        return Scala.list(project.projectList());
      }
      if (node instanceof Aggregate aggregate) {
        return Scala.list(aggregate.aggregateExpressions());
      }
      node = node.children().head();
    }
  }

  private void checkName(TreeNode<?> at, NamedExpression column, Map<String, String> names) {
    String name = column.name();
    if (name.startsWith("_")) {
      throw Origins.error(
          ErrorCode.INVALID_SQL,
          view,
          at,
          "column `" + name + "`",
          "a name that does not start with _, as Millrace's own columns do",
          "rename it with AS");
    }
    List<String> paths = new ArrayList<>();
    paths(name, ((Expression) column).dataType(), paths);
    for (String path : paths) {
      String same = names.put(folded(path), path);
      if (same != null) {
        throw Origins.error(
            ErrorCode.INVALID_SQL,
            view,
            at,
            "columns `" + same + "` and `" + path + "`",
            "names that differ in more than case",
            path.equals(name)
                ? "rename one with AS"
                : "rename a field with named_struct('name', …)");
      }
    }
  }

  /** Equal for names that any layer might take for the same. */
  private static String folded(String name) {
    return name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  /** Names of a column and of all fields in it, as a table's schema spells them. */
  private static void paths(String path, DataType type, List<String> paths) {
    paths.add(path);
    if (type instanceof StructType struct) {
      for (StructField field : struct.fields()) {
        paths(path + "." + field.name(), field.dataType(), paths);
      }
    } else if (type instanceof ArrayType array) {
      inner(path + ".element", array.elementType(), paths);
    } else if (type instanceof MapType map) {
      inner(path + ".key", map.keyType(), paths);
      inner(path + ".value", map.valueType(), paths);
    }
  }

  private static void inner(String path, DataType type, List<String> paths) {
    if (type instanceof StructType || type instanceof ArrayType || type instanceof MapType) {
      paths(path, type, paths);
    }
  }

  private void checkType(TreeNode<?> at, String name, DataType type) {
    Optional<StoredTypes.Problem> problem = StoredTypes.problem(type);
    if (problem.isPresent()) {
      throw Origins.error(
          ErrorCode.NOT_SUPPORTED,
          view,
          at,
          "`" + name + "` of type " + type.sql(),
          problem.get().expected(),
          problem.get().instead());
    }
    List<String> paths = new ArrayList<>();
    paths(name, type, paths);
    Map<String, String> names = new HashMap<>();
    for (String path : paths) {
      String same = names.put(folded(path), path);
      if (same != null) {
        throw Origins.error(
            ErrorCode.INVALID_SQL,
            view,
            at,
            "fields `" + same + "` and `" + path + "`",
            "names that differ in more than case",
            "rename a field with named_struct('name', …)");
      }
    }
  }
}
