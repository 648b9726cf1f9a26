package io.millrace.testkit.laws;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.catalyst.trees.Origin;
import org.apache.spark.sql.execution.CommandExecutionMode;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The queries of Spark's tests that could be views: they aggregate, read one relation, and have an
 * answer. Relations are the temporary views that a file makes, VALUES in a query, and the tables
 * that all files share.
 */
final class GoldenQueries {
  private static final Pattern TEMPORARY_VIEW =
      Pattern.compile(
          "(?is)\\s*create\\s+(?:or\\s+replace\\s+)?(?:temp|temporary)\\s+view\\s+`?(\\w+)`?.*");
  private static final Pattern DROPPED =
      Pattern.compile("(?is)\\s*drop\\s+view\\s+(?:if\\s+exists\\s+)?`?(\\w+)`?\\s*");
  private static final Pattern SETTING =
      Pattern.compile("(?is)\\s*set\\s+(spark\\.sql\\.[\\w.]+)\\s*=\\s*(\\S+)\\s*");
  private static final Pattern AGGREGATING = aggregating();
  private static final String INLINE = "golden_inline";

  private final SparkSession spark = LawSession.spark().newSession();
  private final Map<String, GoldenRelation> relations = new HashMap<>();

  /** Names that mean a view here. */
  private final Set<String> views = new HashSet<>();

  /** Those of them that are shared tables, and not views of the file's own. */
  private final Set<String> shared = new HashSet<>();

  /** Statements that make or drop views, not run yet. */
  private final List<String> pending = new ArrayList<>();

  /** Settings under which answers may be others than under a view's. */
  private final Set<String> changed = new HashSet<>();

  private GoldenQueries() {
    // Each statement runs once, over a few rows.
    spark.conf().set("spark.sql.codegen.wholeStage", "false");
    spark.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
  }

  /**
   * A query.
   *
   * @param name file and number
   * @param relation what it reads
   * @param sql a SELECT over the relation's source
   * @param aggregation whether Spark takes the query as it stands, as one that aggregates; can be
   *     asked while the query is handed out
   */
  record Query(
      String name,
      GoldenRelation relation,
      String sql,
      GoldenFile.Entry entry,
      BooleanSupplier aggregation) {}

  /** Hands out the queries of a file, in order. */
  static void each(GoldenFile file, Consumer<Query> consumer) {
    if (file.entries().stream().noneMatch(GoldenQueries::mayAggregate)) {
      return;
    }
    GoldenQueries queries = new GoldenQueries();
    GoldenTables.in(file).forEach(queries::share);
    for (GoldenFile.Entry entry : file.entries()) {
      Matcher made = TEMPORARY_VIEW.matcher(entry.query());
      Matcher dropped = DROPPED.matcher(entry.query());
      Matcher setting = SETTING.matcher(entry.query());
      if (made.matches()) {
        String view = made.group(1).toLowerCase(Locale.ROOT);
        queries.views.add(view);
        queries.shared.remove(view);
        queries.pending.add(entry.query());
      } else if (dropped.matches()) {
        queries.views.remove(dropped.group(1).toLowerCase(Locale.ROOT));
        queries.pending.add(entry.query());
      } else if (setting.matches()) {
        queries.set(setting.group(1), setting.group(2));
      } else if (mayAggregate(entry) && queries.changed.isEmpty()) {
        queries.query(file.name() + "#" + entry.number(), entry).ifPresent(consumer);
      }
    }
  }

  private void set(String setting, String value) {
    if (value.equalsIgnoreCase("false")) {
      changed.remove(setting);
    } else {
      changed.add(setting);
    }
  }

  private static boolean mayAggregate(GoldenFile.Entry entry) {
    return entry.answered() && AGGREGATING.matcher(entry.query()).matches();
  }

  /** A query that has GROUP BY, HAVING or a call of an aggregate function. */
  private static Pattern aggregating() {
    Set<String> functions = new TreeSet<>(AggregateCases.REFUSED.keySet());
    AggregateCases.all().forEach(call -> functions.add(call.function()));
    return Pattern.compile(
        "(?is)\\s*(select|with|from)\\b.*(\\bgroup\\s+by\\b|\\bhaving\\b|\\b(%s)\\s*\\().*"
            .formatted(String.join("|", functions)));
  }

  private void share(String table) {
    GoldenTables.make(table, spark);
    views.add(table);
    shared.add(table);
  }

  private void makeViews() {
    for (String statement : pending) {
      try {
        spark.sql(statement);
      } catch (Exception e) {
        // It needs a table or a function that only Spark's tests have.
        Matcher made = TEMPORARY_VIEW.matcher(statement);
        if (made.matches()) {
          views.remove(made.group(1).toLowerCase(Locale.ROOT));
        }
      }
    }
    if (!pending.isEmpty()) {
      relations.clear();
      pending.clear();
    }
  }

  private Optional<Query> query(String name, GoldenFile.Entry entry) {
    try {
      LogicalPlan parsed = spark.sessionState().sqlParser().parsePlan(entry.query());
      Set<String> names = new LinkedHashSet<>();
      collect(parsed, Set.of(), names);
      if (parsed instanceof Command || names.size() > 1 || !views.containsAll(names)) {
        return Optional.empty();
      }
      makeViews();
      if (!views.containsAll(names)) {
        return Optional.empty();
      }
      if (names.isEmpty()) {
        return inline(name, entry, parsed);
      }
      String relation = names.iterator().next();
      GoldenRelation records =
          shared.contains(relation)
              ? GoldenTables.relation(relation)
              : relations.computeIfAbsent(
                  relation, any -> GoldenRelation.of(spark.table(relation)));
      return Optional.of(
          new Query(
              name,
              records,
              sql(relation, records, entry.query()),
              entry,
              () -> aggregates(parsed)));
    } catch (Exception e) {
      // A relation of what only ANSI mode takes, or of types that no record holds.
      return Optional.empty();
    }
  }

  /** A query over VALUES in the place of a relation. */
  private Optional<Query> inline(String name, GoldenFile.Entry entry, LogicalPlan parsed)
      throws ParseException {
    List<LogicalPlan> leaves = CollectionConverters.asJava(parsed.collectLeaves());
    if (leaves.size() != 1 || leaves.get(0).origin().startIndex().isEmpty()) {
      return Optional.empty();
    }
    Origin origin = leaves.get(0).origin();
    int start = (Integer) origin.startIndex().get();
    int stop = (Integer) origin.stopIndex().get() + 1;
    String values = entry.query().substring(start, stop);
    if (!values.strip().toLowerCase(Locale.ROOT).startsWith("values")) {
      return Optional.empty();
    }
    String all = "SELECT * FROM " + values;
    String alias =
        CollectionConverters.asJava(spark.sessionState().sqlParser().parsePlan(all).children())
                    .get(0)
                instanceof SubqueryAlias named
            ? " AS " + named.alias()
            : "";
    GoldenRelation records = GoldenRelation.of(spark.sql(all));
    String query =
        entry.query().substring(0, start) + INLINE + alias + entry.query().substring(stop);
    return Optional.of(
        new Query(name, records, sql(INLINE, records, query), entry, () -> aggregates(parsed)));
  }

  private static String sql(String relation, GoldenRelation records, String query) {
    String own = "WITH " + relation + " AS (" + records.subselect() + ")";
    String text = query.strip();
    return text.toLowerCase(Locale.ROOT).startsWith("with")
        ? own + "," + text.substring("with".length())
        : own + "\n" + text;
  }

  private boolean aggregates(LogicalPlan parsed) {
    try {
      return hasAggregate(
          spark.sessionState().executePlan(parsed, CommandExecutionMode.SKIP()).analyzed());
    } catch (Exception e) {
      // A function that only Spark's tests register, or what only ANSI mode takes.
      return false;
    }
  }

  private static boolean hasAggregate(LogicalPlan plan) {
    return plan instanceof Aggregate
        || children(plan).stream().anyMatch(GoldenQueries::hasAggregate);
  }

  private static List<LogicalPlan> children(LogicalPlan plan) {
    return CollectionConverters.asJava(plan.children());
  }

  private static void collect(LogicalPlan plan, Set<String> own, Set<String> names) {
    if (plan instanceof UnresolvedWith with) {
      Set<String> inner = new HashSet<>(own);
      CollectionConverters.asJava(with.cteRelations())
          .forEach(
              relation -> {
                collect(relation._2(), inner, names);
                inner.add(relation._1().toLowerCase(Locale.ROOT));
              });
      collect(with.child(), inner, names);
      return;
    }
    if (plan instanceof UnresolvedRelation relation) {
      String name =
          String.join(".", CollectionConverters.asJava(relation.multipartIdentifier()))
              .toLowerCase(Locale.ROOT);
      if (!own.contains(name)) {
        names.add(name);
      }
    }
    CollectionConverters.asJava(plan.expressions()).forEach(e -> collect(e, own, names));
    children(plan).forEach(child -> collect(child, own, names));
  }

  private static void collect(Expression expression, Set<String> own, Set<String> names) {
    if (expression instanceof SubqueryExpression subquery) {
      collect((LogicalPlan) subquery.plan(), own, names);
    }
    CollectionConverters.asJava(expression.children()).forEach(e -> collect(e, own, names));
  }
}
