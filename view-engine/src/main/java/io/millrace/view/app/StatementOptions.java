package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.CreateTable;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedTableSpec;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** {@code OPTIONS (…)} and what else stands around the columns of a CREATE TABLE. */
final class StatementOptions {
  private StatementOptions() {}

  /** What the table is made of, in lower case; empty without USING. */
  static String provider(CreateTable table) {
    UnresolvedTableSpec spec = (UnresolvedTableSpec) table.tableSpec();
    return spec.provider().isDefined() ? spec.provider().get().toLowerCase(Locale.ROOT) : "";
  }

  /** What the parser makes of the option {@code path}, and of LOCATION; empty without one. */
  static Optional<String> location(CreateTable table) {
    UnresolvedTableSpec spec = (UnresolvedTableSpec) table.tableSpec();
    return spec.location().isDefined() ? Optional.of(spec.location().get()) : Optional.empty();
  }

  /** Refuses clauses that say nothing here. */
  static void checkClauses(SqlStatement statement, String name, CreateTable table) {
    UnresolvedTableSpec spec = (UnresolvedTableSpec) table.tableSpec();
    if (!table.partitioning().isEmpty()
        || spec.serde().isDefined()
        || spec.collation().isDefined()
        || !spec.constraints().isEmpty()) {
      throw invalid(
          statement.find(name),
          name,
          "found PARTITIONED BY or another clause, expected USING, OPTIONS and COMMENT"
              + " alone; drop it");
    }
    if (!spec.properties().isEmpty()) {
      throw invalid(
          statement.find(name), name, "found TBLPROPERTIES, expected OPTIONS; move them there");
    }
  }

  /**
   * By name as {@code known} spells it, which is found whatever its case.
   *
   * @param problems where those go that are unknown, twice or no text
   */
  static Map<String, String> read(
      SqlStatement statement,
      String name,
      CreateTable table,
      List<String> known,
      Problems problems) {
    UnresolvedTableSpec spec = (UnresolvedTableSpec) table.tableSpec();
    Map<String, String> options = new LinkedHashMap<>();
    for (Tuple2<String, Expression> option :
        CollectionConverters.asJava(spec.optionExpression().options())) {
      problems.attempt(() -> add(statement, name, option, known, options));
    }
    return options;
  }

  private static void add(
      SqlStatement statement,
      String name,
      Tuple2<String, Expression> option,
      List<String> known,
      Map<String, String> options) {
    String written = option._1();
    String key = known.stream().filter(written::equalsIgnoreCase).findFirst().orElse("");
    if (key.isEmpty()) {
      String nearest = Names.suggest(written.toLowerCase(Locale.ROOT), known);
      if (option._2() instanceof Literal meant && meant.value() != null) {
        // So that its absence is no second problem.
        Names.nearest(written.toLowerCase(Locale.ROOT), known)
            .ifPresent(near -> options.putIfAbsent(near, meant.value().toString()));
      }
      throw invalid(
          statement.find(written),
          name,
          "found option " + written + ", which is unknown" + nearest);
    }
    if (!(option._2() instanceof Literal literal) || literal.value() == null) {
      throw invalid(
          statement.find(written),
          name,
          "found option " + key + " = " + option._2().sql() + ", expected text in quotes");
    }
    if (options.put(key, literal.value().toString()) != null) {
      throw invalid(
          statement.find(written), name, "found option " + key + " twice, expected it once");
    }
  }

  static String required(
      SqlStatement statement, String name, Map<String, String> options, String key, String such) {
    String value = options.get(key);
    if (value == null || value.isBlank()) {
      throw invalid(
          statement.find(name),
          name,
          "found no option " + key + ", expected one; write OPTIONS (" + key + " " + such + ", …)");
    }
    return value;
  }

  static MillraceException invalid(SqlStatement.Place at, String name, String problem) {
    return at.error(ErrorCode.INVALID_SQL, "cannot create table " + name + ": " + problem);
  }
}
