package io.millrace.serving.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.CompiledView;
import io.millrace.view.KeyCondition;
import io.millrace.view.query.QueryPlan;
import io.millrace.view.query.RowsText;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Answers row queries that are ordered or chosen by SQL, page by page: each is a question in SQL at
 * the pin that the cursor holds, without the rows of the pages before. Thread-safe.
 */
public final class OrderedRows {
  private final ServedViews views;
  private final Cursors cursors;
  private final SqlQueries sql;
  private final LongSupplier wallClockMs;

  public OrderedRows(ServedViews views, Cursors cursors, SqlQueries sql, LongSupplier wallClockMs) {
    this.views = views;
    this.cursors = cursors;
    this.sql = sql;
    this.wallClockMs = wallClockMs;
  }

  /**
   * @param query that has parts of SQL
   * @param client who asks, for whom a cursor is held
   * @throws MillraceException as {@link SqlQueries#answer} and {@link Queries#answer}
   */
  public void answer(RowsQuery query, String client, PageReader reader) {
    long counted = views.arrivals().changes();
    if (query.cursor().isPresent()) {
      Cursors.Opened opened = cursors.open(query.cursor().get(), query.question());
      try (ViewPin pin = opened.pin()) {
        Queries.checkCursor(views, query, pin, counted);
        page(query, client, pin, Page.of(opened.after()), Optional.of(opened.lease()), reader);
      }
    } else {
      try (ViewPin pin = views.pin(query.view(), query.layer())) {
        Queries.demand(views, query, pin, counted);
        page(query, client, pin, Page.first(wallClockMs), Optional.empty(), reader);
      }
    }
  }

  /**
   * What a cursor says instead of a group key.
   *
   * @param offset how many rows come before
   * @param asked when the first page was asked for, which {@code now()} is in all of them
   */
  private record Page(int offset, Instant asked) {
    private static final int BYTES = Integer.BYTES + Long.BYTES;

    static Page first(LongSupplier wallClockMs) {
      return new Page(0, Instant.ofEpochMilli(wallClockMs.getAsLong()));
    }

    static Page of(byte[] after) {
      if (after.length == BYTES) {
        ByteBuffer bytes = ByteBuffer.wrap(after);
        int offset = bytes.getInt();
        if (offset > 0) {
          return new Page(offset, Instant.ofEpochMilli(bytes.getLong()));
        }
      }
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot go on at this cursor: found text that was changed, expected it as an earlier"
              + " answer gave it; start again without cursor");
    }

    byte[] before(long rows) {
      return ByteBuffer.allocate(BYTES)
          .putInt(Math.toIntExact(offset + rows))
          .putLong(asked.toEpochMilli())
          .array();
    }
  }

  private void page(
      RowsQuery query,
      String client,
      ViewPin pin,
      Page at,
      Optional<byte[]> lease,
      PageReader reader) {
    CompiledView compiled = pin.view().compiled();
    List<KeyCondition> conditions = query.conditions(compiled.columns());
    // It checks the values, which a cast makes NULL.
    compiled.keyFilter(conditions);
    RowsText rows =
        new RowsText(
            query.view(),
            conditions,
            query.where(),
            query.orderBy(),
            query.columns(),
            at.offset(),
            at.asked());
    sql.answer(
        rows,
        query.parameters(),
        query.limit(),
        pin,
        query.layer(),
        new SqlReader() {
          private long read;

          @Override
          public void begin(
              List<QueryPlan.Column> columns,
              List<Relation> relations,
              List<Lookup> lookups,
              List<String> notes) {
            reader.begin(columns, relations, lookups, notes);
          }

          @Override
          public void row(List<Object> values) {
            read++;
            reader.row(values);
          }

          @Override
          public void end(boolean more) {
            reader.end(more, more && query.mayGoOn() ? Optional.of(token()) : Optional.empty());
          }

          private String token() {
            return Cursors.token(
                lease.orElseGet(() -> cursors.lease(pin, query.question(), client)),
                at.before(read));
          }
        });
  }
}
