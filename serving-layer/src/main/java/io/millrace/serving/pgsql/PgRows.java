package io.millrace.serving.pgsql;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The rows of an answer, pulled one by one. Used by one thread, but for {@link #cancel}. */
public interface PgRows extends AutoCloseable {
  List<PgColumn> columns();

  /**
   * @return the next row, a value or null per column; empty at the end
   * @throws PgError no row follows
   */
  Optional<List<Object>> next();

  /** Before a client's request for rows: its time counts anew. */
  default void begin() {}

  /** Before rows are pulled, again after {@link #pause}. */
  default void resume() {}

  /** While the client takes rows away. */
  default void pause() {}

  /** Ends {@link #next} soon. From any thread. */
  default void cancel() {}

  @Override
  default void close() {}

  /** Rows that are there already. */
  static PgRows of(List<PgColumn> columns, List<? extends List<Object>> rows) {
    Iterator<? extends List<Object>> iterator = rows.iterator();
    return new PgRows() {
      @Override
      public List<PgColumn> columns() {
        return columns;
      }

      @Override
      public Optional<List<Object>> next() {
        return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
      }
    };
  }
}
