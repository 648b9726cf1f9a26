package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.SqlToken;
import io.millrace.serving.view.ServedViews;
import java.util.ArrayList;
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
      if (!field && name.startsWith("pg_") && !views.names().contains(name)) {
        return true;
      }
      from |= token.is("from");
      session |= token.kind() == SqlToken.Kind.WORD && ABOUT_SESSION.contains(name);
    }
    return session && !from;
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
