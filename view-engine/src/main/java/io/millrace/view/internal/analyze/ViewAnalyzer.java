package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.view.internal.avro.SourceSchemas;
import io.millrace.view.internal.tree.Rewrite;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias$;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.catalyst.types.DataTypeUtils;
import org.apache.spark.sql.execution.SparkSqlParser;
import scala.Option;
import scala.Tuple3;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Parses a view's SELECT and resolves it over its source, with Spark's own parser and analyser and
 * no session. One per compilation.
 */
public final class ViewAnalyzer {
  private final String view;
  private final SourceDefinition source;
  private final LocalRelation rows;

  public ViewAnalyzer(String view, SourceDefinition source) {
    this.view = view;
    this.source = source;
    List<Attribute> attributes =
        Scala.list(DataTypeUtils.toAttributes(SourceSchemas.rowType(source)));
    this.rows =
        new LocalRelation(Scala.seq(attributes), Scala.seq(List.of()), false, Option.empty());
  }

  /** The leaf that stands for the source's rows. */
  LocalRelation rows() {
    return rows;
  }

  /**
   * @return the analysed plan
   * @throws MillraceException {@code SQL_SYNTAX}, {@code UNKNOWN_COLUMN}, {@code INVALID_SQL}
   */
  public LogicalPlan analyze(String sql) {
    LogicalPlan parsed = parse(sql);
    new ParsedChecks(view).check(parsed);
    try {
      return Analyzers.of(FunctionRegistry.builtin())
          .executeAndCheck(withSource(parsed), new QueryPlanningTracker(Option.empty()));
    } catch (Exception e) {
      // Scala's checked exceptions are not declared: AnalysisException arrives here undeclared.
      if (e instanceof AnalysisException analysis) {
        throw AnalysisErrors.of(view, source.name(), analysis);
      }
      throw e;
    }
  }

  private LogicalPlan parse(String sql) {
    try {
      return new SparkSqlParser().parsePlan(sql);
    } catch (Exception e) {
      if (e instanceof ParseException parse) {
        throw AnalysisErrors.syntax(view, parse);
      }
      throw e;
    }
  }

  /** Puts the source's rows in the place of its name, also inside WITH. */
  private LogicalPlan withSource(LogicalPlan plan) {
    return plan.transformUp(
        new Rewrite() {
          @Override
          public LogicalPlan rewrite(LogicalPlan node) {
            if (node instanceof UnresolvedRelation relation && namesSource(relation)) {
              return SubqueryAlias$.MODULE$.apply(source.name(), rows);
            }
            if (node instanceof UnresolvedWith with) {
              return withSource(with);
            }
            return node;
          }
        });
  }

  private LogicalPlan withSource(UnresolvedWith with) {
    List<Tuple3<String, SubqueryAlias, Option<Object>>> relations = new ArrayList<>();
    for (Tuple3<String, SubqueryAlias, Option<Object>> relation :
        CollectionConverters.asJava(with.cteRelations())) {
      if (relation._1().equalsIgnoreCase(source.name())) {
        throw new MillraceException(
            ErrorCode.INVALID_SQL,
            "cannot compile view %s: found WITH %s, expected a name that is not the source's; rename it"
                .formatted(view, relation._1()));
      }
      relations.add(
          new Tuple3<>(relation._1(), (SubqueryAlias) withSource(relation._2()), relation._3()));
    }
    return new UnresolvedWith(with.child(), Scala.seq(relations), with.allowRecursion());
  }

  private boolean namesSource(UnresolvedRelation relation) {
    List<String> parts = Scala.list(relation.multipartIdentifier());
    return parts.size() == 1 && parts.get(0).equalsIgnoreCase(source.name());
  }
}
