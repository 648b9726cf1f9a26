package io.millrace.view.query;

import io.millrace.view.KeyCondition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Rows of one view, chosen and ordered by parts of SQL. Each part is read by itself: none can
 * become anything but what it is.
 *
 * @param view its name
 * @param conditions on group columns; all must hold
 * @param where a condition on any columns
 * @param orderBy expressions, each with {@code ASC} or {@code DESC} and {@code NULLS FIRST} or
 *     {@code NULLS LAST}, if wanted, and commas between
 * @param columns names, and fields of columns, with commas between; empty: all
 * @param offset how many rows come before
 * @param asked what {@code now()} is in all of its pages: they are parts of one answer
 */
public record RowsText(
    String view,
    List<KeyCondition> conditions,
    Optional<String> where,
    Optional<String> orderBy,
    Optional<String> columns,
    long offset,
    Instant asked) {
  public RowsText {
    conditions = List.copyOf(conditions);
  }
}
