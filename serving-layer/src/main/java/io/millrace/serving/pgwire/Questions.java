package io.millrace.serving.pgwire;

import io.millrace.serving.pgcatalog.PgCatalog;
import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgErrors;
import io.millrace.serving.pgsql.PgParameters;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.PgType;
import io.millrace.serving.pgsql.SparkSql;
import io.millrace.serving.pgsql.SqlLexer;
import io.millrace.serving.pgsql.SqlToken;
import io.millrace.serving.query.SqlCursor;
import io.millrace.serving.query.SqlQueries;
import io.millrace.serving.query.SqlReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who answers a statement, and its rows. Thread-safe. */
final class Questions {
  /** Most characters of a text: more than a question's, for what clients ask of the catalogue. */
  private static final int LONGEST = 256 * 1024;

  private final SqlQueries queries;
  private final PgCatalog catalog;

  Questions(SqlQueries queries, PgCatalog catalog) {
    this.queries = queries;
    this.catalog = catalog;
  }

  /**
   * The statements of a text; one that is {@code EMPTY} if it has none.
   *
   * @param parameters types as the client says, by their numbers, 0 where it does not
   * @throws PgError {@code 42601}, {@code 54000}
   */
  List<Statement> parsed(String sent, List<Integer> parameters) {
    if (sent.length() > LONGEST) {
      throw PgError.of(
              PgError.LIMIT,
              "cannot answer: found a text of %d characters, expected at most %d"
                  .formatted(sent.length(), LONGEST))
          .hint("shorten it");
    }
    List<List<SqlToken>> texts = SqlLexer.statements(sent);
    List<Statement> statements = new ArrayList<>();
    for (List<SqlToken> text : texts) {
      statements.add(
          new Statement(
              sent,
              text.get(0).start(),
              text.get(text.size() - 1).end(),
              SparkSql.parameterTypes(text, parameters),
              kind(text)));
    }
    return statements.isEmpty()
        ? List.of(
            new Statement(
                sent, 0, 0, SparkSql.parameterTypes(List.of(), parameters), Statement.Kind.EMPTY))
        : statements;
  }

  Statement.Kind kind(List<SqlToken> tokens) {
    if (Commands.answers(tokens)) {
      return Statement.Kind.COMMAND;
    }
    return catalog.answers(tokens) ? Statement.Kind.CATALOG : Statement.Kind.QUESTION;
  }

  /**
   * The columns of a statement whose parameters have no value yet.
   *
   * @throws PgError whatever is wrong with it
   */
  List<PgColumn> columns(List<SqlToken> tokens, List<PgType> parameters, Session session) {
    List<Object> values = new ArrayList<>();
    parameters.forEach(type -> values.add(PgParameters.placeholder(type)));
    if (kind(tokens) == Statement.Kind.CATALOG) {
      return catalog.rows(tokens, values, session.facts()).columns();
    }
    SparkSql sql = SparkSql.of(tokens, parameters);
    try {
      return queries.columns(sql.text(), named(sql, values)).stream()
          .map(column -> PgColumn.ofSpark(column.name(), column.type()))
          // Digits may be those of a parameter, whose value is not known yet.
          .map(column -> parameters.isEmpty() ? column : new PgColumn(column.name(), column.type()))
          .toList();
    } catch (RuntimeException e) {
      throw PgErrors.of(e, sql);
    }
  }

  /**
   * @param values of the parameters
   * @throws PgError whatever is wrong with it
   */
  PgRows rows(
      List<SqlToken> tokens, List<PgType> parameters, List<Object> values, Session session) {
    if (kind(tokens) == Statement.Kind.CATALOG) {
      return catalog.rows(tokens, values, session.facts());
    }
    Set<Integer> nulls = new HashSet<>();
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i) == null) {
        nulls.add(i + 1);
      }
    }
    SparkSql sql = SparkSql.of(tokens, parameters, nulls);
    try {
      SqlCursor cursor = queries.cursor(sql.text(), named(sql, values));
      session.tell(cursor.notes());
      if (session.wantsPositions()) {
        session.tell(cursor.relations().stream().map(Questions::position).toList());
      }
      return new QuestionRows(cursor, sql);
    } catch (RuntimeException e) {
      throw PgErrors.of(e, sql);
    }
  }

  private static String position(SqlReader.Relation relation) {
    return "view %s, version %s: %s, live %s"
        .formatted(
            relation.view(),
            relation.version(),
            relation
                .runId()
                .map(run -> "run " + run + " to " + relation.boundary())
                .orElse("no run"),
            relation.live());
  }

  private static Map<String, Object> named(SparkSql sql, List<Object> values) {
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i);
      boolean count = value instanceof Long && sql.counts().contains(i + 1);
      named.put(
          SparkSql.parameter(i + 1),
          count ? (Object) (int) Math.min(Integer.MAX_VALUE, (Long) value) : value);
    }
    return named;
  }
}
