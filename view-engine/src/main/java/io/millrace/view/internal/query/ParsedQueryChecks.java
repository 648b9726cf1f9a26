package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.analysis.NamedParameter;
import org.apache.spark.sql.catalyst.analysis.PosParameter;
import org.apache.spark.sql.catalyst.analysis.RelationTimeTravel;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedInlineTable;
import org.apache.spark.sql.catalyst.analysis.UnresolvedTableValuedFunction;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.BinaryArithmetic;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.CurrentDate;
import org.apache.spark.sql.catalyst.expressions.CurrentTimestampLike;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.UnaryMinus;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.Except;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Intersect;
import org.apache.spark.sql.catalyst.plans.logical.LateralJoin;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.catalyst.plans.logical.Pivot;
import org.apache.spark.sql.catalyst.plans.logical.Sample;
import org.apache.spark.sql.catalyst.plans.logical.Unpivot;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.types.DecimalType;
import scala.jdk.javaapi.CollectionConverters;

/** Refuses what this engine cannot do while its place in the text is still known. */
final class ParsedQueryChecks {
  private static final int MOST_NODES = 20_000;

  /** What cannot be asked yet: what it is called, and what to do instead. */
  private record Refusal(String found, String instead) {}

  private static final String ASK_EACH = "ask each view by itself, or write one view that has both";

  private static final Map<Class<?>, Refusal> REFUSED =
      Map.of(
          LateralJoin.class, new Refusal("a lateral join", ASK_EACH),
          Generate.class,
              new Refusal("LATERAL VIEW", "explode in the view, or take the array as it is"),
          Pivot.class,
              new Refusal("PIVOT", "write an aggregate with FILTER (WHERE …) per pivot value"),
          Unpivot.class, new Refusal("UNPIVOT", "write one SELECT per column, with UNION ALL"),
          Sample.class,
              new Refusal("TABLESAMPLE", "filter by a hash: WHERE pmod(xxhash64(…), 100) < 5"),
          UnresolvedTableValuedFunction.class,
              new Refusal("a table function", "name a view, or write VALUES"),
          RelationTimeTravel.class,
              new Refusal("a version or time of a view", "ask for it as it is now"));

  /** Functions that make a value of their arguments and nothing more. */
  private static final Set<String> MAKERS =
      Set.of("array", "map", "struct", "named_struct", "date", "timestamp", "current_date", "now");

  private static final Set<String> REACHING =
      Set.of("from_avro", "schema_of_avro", "from_protobuf", "to_protobuf");

  private static final Set<String> OPTIONED = Set.of("from_xml");

  private int nodes;

  /**
   * @throws MillraceException {@code INVALID_SQL}, {@code NOT_SUPPORTED} or {@code QUERY_LIMIT}
   */
  void check(LogicalPlan plan) {
    count();
    if (plan instanceof Command || plan instanceof ParsedStatement) {
      throw QueryErrors.refused(
          ErrorCode.INVALID_SQL,
          plan,
          "the statement " + plan.nodeName(),
          "a SELECT",
          "serving only reads; views are changed with `millrace apply`");
    }
    Refusal refusal = REFUSED.get(plan.getClass());
    if (refusal != null) {
      throw refused(plan, refusal.found(), refusal.instead());
    }
    if (plan instanceof Intersect set && set.isAll() || plan instanceof Except all && all.isAll()) {
      throw refused(
          plan,
          plan.nodeName().split(" ")[0].toUpperCase(Locale.ROOT) + " ALL",
          "write it without ALL, or count the rows of each side by GROUP BY and join these");
    }
    if (plan instanceof UnresolvedWith with) {
      if (with.allowRecursion()) {
        throw refused(plan, "WITH RECURSIVE", "write WITH, and ask again with what you got");
      }
      CollectionConverters.asJava(with.cteRelations()).forEach(each -> check(each._2()));
    }
    CollectionConverters.asJava(plan.expressions()).forEach(this::check);
    if (plan instanceof GlobalLimit limit) {
      computedEarly(limit.limitExpr(), "LIMIT", "write the number, or a parameter");
    }
    if (plan instanceof Offset offset) {
      computedEarly(offset.offsetExpr(), "OFFSET", "write the number, or a parameter");
    }
    if (plan instanceof UnresolvedInlineTable table) {
      CollectionConverters.asJava(table.rows())
          .forEach(
              row ->
                  CollectionConverters.asJava(row)
                      .forEach(
                          e -> computedEarly(e, "VALUES", "write SELECT … UNION ALL SELECT …")));
    }
    CollectionConverters.asJava(plan.children()).forEach(this::check);
  }

  /** The analyser computes it, without a bound. */
  private static void computedEarly(Expression e, String where, String instead) {
    boolean plain =
        e instanceof Literal
            || e instanceof NamedParameter
            || e instanceof Alias
            || e instanceof CurrentDate
            || e instanceof CurrentTimestampLike
            || e instanceof Cast cast && !(cast.dataType() instanceof DecimalType)
            || e instanceof UnaryMinus
            || e instanceof BinaryArithmetic
            || e instanceof CreateNamedStruct
            || e instanceof UnresolvedFunction function && MAKERS.contains(name(function));
    if (!plain) {
      throw QueryErrors.unsupported(
          e,
          QueryErrors.text(e) + " in " + where,
          "literals, parameters, and arithmetic and casts of these",
          instead);
    }
    CollectionConverters.asJava(e.children())
        .forEach(child -> computedEarly(child, where, instead));
  }

  private void check(Expression e) {
    count();
    if (e instanceof SubqueryExpression) {
      throw refused(
          e,
          "sub-query " + QueryErrors.text(e),
          "write x IN (SELECT …) as a condition of its own in WHERE, LEFT SEMI JOIN for EXISTS, LEFT"
              + " ANTI JOIN for NOT, or ask for its value first and give it as a parameter");
    }
    if (e instanceof UnresolvedFunction function && reaches(function)) {
      throw QueryErrors.unsupported(
          e,
          QueryErrors.text(e) + ", which may read other files or take any time",
          "functions of the rows alone",
          "compute it in the view, or of the rows you get");
    }
    if (e instanceof UnresolvedFunction function && name(function).equals("session_window")) {
      throw refused(
          e,
          QueryErrors.text(e) + ", whose windows grow together row by row",
          "group by window(…), tumbling");
    }
    if (e instanceof PosParameter) {
      throw QueryErrors.refused(
          ErrorCode.INVALID_SQL,
          e,
          "a parameter ?",
          "parameters with names",
          "write :name, and give it in parameters");
    }
    CollectionConverters.asJava(e.children()).forEach(this::check);
  }

  /** Schemas and descriptors of these are read from wherever their options say. */
  private static boolean reaches(UnresolvedFunction function) {
    String name = name(function);
    return name.startsWith("xpath")
        || REACHING.contains(name)
        || OPTIONED.contains(name) && function.arguments().size() > 2
        || name.equals("schema_of_xml") && function.arguments().size() > 1;
  }

  private static String name(UnresolvedFunction function) {
    List<String> parts = Scala.list(function.nameParts());
    return QueryText.folded(parts.get(parts.size() - 1));
  }

  private void count() {
    if (++nodes > MOST_NODES) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found more than %d operators, names and literals, expected fewer; shorten it"
              .formatted(MOST_NODES));
    }
  }

  private static MillraceException refused(TreeNode<?> at, String found, String instead) {
    return QueryErrors.unsupported(
        at,
        found,
        "SELECT with WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, UNION ALL over views",
        instead);
  }
}
