package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.SqlToken;
import io.millrace.serving.view.ServedViews;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Answers what Postgres' clients ask about what there is: one database, whose views are in the
 * schema {@code public}. Each question sees the views as they are when it is asked. Thread-safe.
 */
public final class PgCatalog {
  /** Functions and words that ask about the session. */
  private static final Set<String> ABOUT_SESSION =
      Set.of(
          "current_schema",
          "current_schemas",
          "current_database",
          "current_catalog",
          "session_user",
          "current_role",
          "current_user",
          "current_setting",
          "set_config",
          "version",
          "has_table_privilege",
          "has_schema_privilege",
          "has_database_privilege",
          "has_column_privilege",
          "has_any_column_privilege",
          "obj_description",
          "col_description",
          "to_regclass",
          "format_type",
          "regclass",
          "inet_server_addr");

  private final ServedViews views;

  public PgCatalog(ServedViews views) {
    this.views = views;
  }

  /**
   * Whether a question is for the catalogue: it names {@code pg_catalog}, {@code
   * information_schema}, a relation or function {@code pg_…}, or asks about the session alone.
   */
  public boolean answers(List<SqlToken> statement) {
    if (statement.get(0).is("explain")) {
      return false;
    }
    boolean session = false;
    boolean from = false;
    Set<String> own = ofViews(statement);
    for (int i = 0; i < statement.size(); i++) {
      SqlToken token = statement.get(i);
      if (!token.isName()) {
        continue;
      }
      boolean field = i > 0 && statement.get(i - 1).is(".");
      String name = token.text().toLowerCase(Locale.ROOT);
      if (name.equals("pg_catalog") || name.equals("information_schema")) {
        return true;
      }
      boolean call = i + 1 < statement.size() && statement.get(i + 1).is("(");
      if (!field && name.startsWith("pg_") && (call || !own.contains(name))) {
        return true;
      }
      from |= token.is("from");
      session |= token.kind() == SqlToken.Kind.WORD && ABOUT_SESSION.contains(name);
    }
    return session && !from;
  }

  /** Names {@code pg_…} that are of views, of their columns, or given by the question itself. */
  private Set<String> ofViews(List<SqlToken> statement) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < statement.size(); i++) {
      if (i > 0 && statement.get(i - 1).is("as")) {
        names.add(statement.get(i).text().toLowerCase(Locale.ROOT));
      }
    }
    if (statement.stream().anyMatch(PgCatalog::isOfPostgres)) {
      for (CatalogView view : CatalogView.all(views)) {
        names.add(view.name().toLowerCase(Locale.ROOT));
        view.columns().forEach(column -> names.add(column.name().toLowerCase(Locale.ROOT)));
      }
    }
    return names;
  }

  private static boolean isOfPostgres(SqlToken token) {
    return token.isName() && token.text().toLowerCase(Locale.ROOT).startsWith("pg_");
  }

  /**
   * @param parameters values of {@code $1} and so on
   * @throws PgError whatever is wrong with it
   */
  public PgRows rows(List<SqlToken> statement, List<Object> parameters, SessionFacts session) {
    Ast.Query query = Parser.parse(statement);
    SystemTables tables = new SystemTables(session, CatalogView.all(views));
    Functions functions = new Functions(session, tables);
    CatalogRelation answer = new Runner(tables, functions, parameters, new Steps()).rows(query);
    List<PgColumn> columns = new ArrayList<>();
    answer.columns().forEach(column -> columns.add(new PgColumn(column.name(), column.type())));
    List<List<Object>> rows = new ArrayList<>();
    for (Object[] row : answer.rows()) {
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < row.length; i++) {
        values.add(CatalogValues.told(row[i], columns.get(i).type()));
      }
      rows.add(values);
    }
    return PgRows.of(columns, rows);
  }
}
