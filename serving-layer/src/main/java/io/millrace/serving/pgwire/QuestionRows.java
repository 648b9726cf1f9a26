package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgErrors;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.SparkSql;
import io.millrace.serving.query.SqlCursor;
import java.util.List;
import java.util.Optional;

/** The rows of a question on views. */
final class QuestionRows implements PgRows {
  private final SqlCursor cursor;
  private final SparkSql sql;
  private final List<PgColumn> columns;

  /**
   * @param cursor of {@code sql}; this closes it
   */
  QuestionRows(SqlCursor cursor, SparkSql sql) {
    this.cursor = cursor;
    this.sql = sql;
    this.columns =
        cursor.columns().stream().map(c -> PgColumn.ofSpark(c.name(), c.type())).toList();
  }

  @Override
  public List<PgColumn> columns() {
    return columns;
  }

  @Override
  public Optional<List<Object>> next() {
    try {
      return cursor.next();
    } catch (RuntimeException e) {
      throw PgErrors.of(e, sql);
    }
  }

  @Override
  public void begin() {
    cursor.renewTime();
  }

  @Override
  public void resume() {
    try {
      cursor.resume();
    } catch (RuntimeException e) {
      throw PgErrors.of(e, sql);
    }
  }

  @Override
  public void pause() {
    cursor.pause();
  }

  @Override
  public void cancel() {
    cursor.cancel();
  }

  @Override
  public void close() {
    cursor.close();
  }
}
