package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.query.ParsedQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.NamedParameter;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.execution.SparkSqlParser;
import org.apache.spark.sql.execution.command.ExplainCommand;
import org.apache.spark.sql.internal.SQLConf;
import scala.Option;
import scala.Tuple3;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A question as Spark's parser reads it.
 *
 * @param plan parsed, not resolved
 * @param explain whether its plan is asked for
 * @param relations the views it names, by name in lower case
 * @param parameters the parameters it names
 * @param asked what {@code now()} is in it; empty: the time at which it is planned
 */
public record QueryText(
    LogicalPlan plan,
    boolean explain,
    Map<String, ParsedQuery.Relation> relations,
    Set<String> parameters,
    Optional<Instant> asked) {
  private static final SQLConf PARSING = parsing();
  private static final int LONGEST = 64 * 1024;
  private static final int DEEPEST = 64;

  /** How many plan nodes a question may have once common table expressions stand where used. */
  private static final long MOST_NODES = 1_000;

  /**
   * @throws MillraceException {@code SQL_SYNTAX}, {@code INVALID_SQL}, {@code NOT_SUPPORTED}, or
   *     {@code QUERY_LIMIT} for a text that is too long or too deep
   */
  public static QueryText parse(String sql) {
    checkSize(sql);
    LogicalPlan parsed = parsed(sql);
    boolean explain = parsed instanceof ExplainCommand;
    LogicalPlan question =
        parsed instanceof ExplainCommand command ? command.logicalPlan() : parsed;
    return of(new SubqueryJoins().joined(question), explain, Optional.empty());
  }

  /**
   * A question that was put together of parsed parts.
   *
   * @param asked as of {@link #asked}
   * @throws MillraceException {@code INVALID_SQL}, {@code NOT_SUPPORTED}, or {@code QUERY_LIMIT}
   */
  public static QueryText of(LogicalPlan plan, boolean explain, Optional<Instant> asked) {
    new ParsedQueryChecks().check(plan);
    if (nodes(plan, Map.of()) > MOST_NODES) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found more than %d plan nodes once WITH is put where it is used, expected fewer; use each part once"
              .formatted(MOST_NODES));
    }
    Map<String, ParsedQuery.Relation> relations = new LinkedHashMap<>();
    replaced(
        plan,
        Set.of(),
        relation -> {
          String name = name(relation);
          relations.putIfAbsent(
              folded(name), new ParsedQuery.Relation(name, Origins.place(relation.origin())));
          return relation;
        });
    Set<String> parameters = new LinkedHashSet<>();
    collect(plan, parameters);
    return new QueryText(plan, explain, relations, parameters, asked);
  }

  private static LogicalPlan parsed(String sql) {
    return parsed(() -> new SparkSqlParser().parsePlan(sql));
  }

  /**
   * One expression, which a text that says more is not.
   *
   * @throws MillraceException {@code SQL_SYNTAX}, or {@code QUERY_LIMIT} for a text that is too
   *     long or too deep
   */
  public static Expression expression(String sql) {
    checkSize(sql);
    return parsed(() -> new SparkSqlParser().parseExpression(sql));
  }

  private static <T> T parsed(Supplier<T> parser) {
    try {
      return SQLConf.withExistingConf(PARSING, parser::get);
    } catch (Exception e) {
      // Scala's checked exceptions are not declared.
      if (e instanceof ParseException parse) {
        throw QueryErrors.syntax(parse);
      }
      throw e;
    }
  }

  /** What VALUES says is looked at before it is computed. */
  private static SQLConf parsing() {
    SQLConf conf = SqlSettings.conf();
    conf.setConfString("spark.sql.parser.eagerEvalOfUnresolvedInlineTable", "false");
    return conf;
  }

  private static void checkSize(String sql) {
    if (sql.length() > LONGEST) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found a text of %d characters, expected at most %d; shorten it"
              .formatted(sql.length(), LONGEST));
    }
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote != '`') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"' || c == '`') {
        quote = c;
      } else if (c == '(' || c == '[') {
        depth++;
      } else if (c == ')' || c == ']') {
        depth--;
      }
      if (depth > DEEPEST) {
        throw new MillraceException(
            ErrorCode.QUERY_LIMIT,
            "cannot answer: character %d: found parentheses more than %d deep, expected fewer; write parts of it with WITH"
                .formatted(i + 1, DEEPEST));
      }
    }
  }

  /** Replaces the relations that are no common table expression. */
  static LogicalPlan replaced(
      LogicalPlan plan, Set<String> common, Function<UnresolvedRelation, LogicalPlan> replacement) {
    if (plan instanceof UnresolvedRelation relation) {
      return common.contains(folded(name(relation))) ? relation : replacement.apply(relation);
    }
    if (plan instanceof UnresolvedWith with) {
      Set<String> known = new HashSet<>(common);
      List<Tuple3<String, SubqueryAlias, Option<Object>>> relations = new ArrayList<>();
      for (Tuple3<String, SubqueryAlias, Option<Object>> each :
          CollectionConverters.asJava(with.cteRelations())) {
        relations.add(
            new Tuple3<>(
                each._1(), (SubqueryAlias) replaced(each._2(), known, replacement), each._3()));
        known.add(folded(each._1()));
      }
      return new UnresolvedWith(
          replaced(with.child(), known, replacement), Scala.seq(relations), with.allowRecursion());
    }
    List<LogicalPlan> children = Scala.list(plan.children());
    if (children.isEmpty()) {
      return plan;
    }
    List<LogicalPlan> next =
        children.stream().map(child -> replaced(child, common, replacement)).toList();
    return next.equals(children) ? plan : plan.withNewChildren(Scala.seq(next));
  }

  /** How many nodes the plan has once every use of a common part is that part; about, if many. */
  private static long nodes(LogicalPlan plan, Map<String, Long> parts) {
    if (plan instanceof UnresolvedRelation relation) {
      return parts.getOrDefault(folded(name(relation)), 1L);
    }
    if (plan instanceof UnresolvedWith with) {
      Map<String, Long> known = new HashMap<>(parts);
      for (Tuple3<String, SubqueryAlias, Option<Object>> each :
          CollectionConverters.asJava(with.cteRelations())) {
        known.put(folded(each._1()), nodes(each._2(), known));
      }
      return nodes(with.child(), known);
    }
    long sum = 1;
    for (LogicalPlan child : CollectionConverters.asJava(plan.children())) {
      sum = Math.min(Integer.MAX_VALUE, sum + nodes(child, parts));
    }
    return sum;
  }

  private static void collect(LogicalPlan plan, Set<String> parameters) {
    if (plan instanceof UnresolvedWith with) {
      CollectionConverters.asJava(with.cteRelations())
          .forEach(each -> collect(each._2(), parameters));
    }
    for (Expression expression : CollectionConverters.asJava(plan.expressions())) {
      io.millrace.view.internal.tree.Exprs.visit(
          expression,
          e -> {
            if (e instanceof NamedParameter parameter) {
              parameters.add(parameter.name());
            }
          });
    }
    CollectionConverters.asJava(plan.children()).forEach(child -> collect(child, parameters));
  }

  /** The names of all functions, in order. */
  public static List<String> functions() {
    return Scala.<FunctionIdentifier>list(QueryFunctions.all().listFunction()).stream()
        .map(FunctionIdentifier::funcName)
        .sorted()
        .toList();
  }

  static String name(UnresolvedRelation relation) {
    List<String> parts = Scala.list(relation.multipartIdentifier());
    if (parts.size() != 1) {
      throw QueryErrors.refused(
          ErrorCode.INVALID_SQL,
          relation,
          "relation " + String.join(".", parts),
          "the name of a view, which has one part",
          "write " + parts.get(parts.size() - 1));
    }
    return parts.get(0);
  }

  public static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
