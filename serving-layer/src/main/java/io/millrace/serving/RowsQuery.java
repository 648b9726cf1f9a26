package io.millrace.serving;

import io.millrace.view.KeyCondition;
import java.util.List;
import java.util.Optional;

/**
 * What a client asks of a view's rows.
 *
 * @param view name of the view
 * @param conditions on group columns; all must hold
 * @param layer which states to answer from
 * @param limit most rows of the answer, 1 to {@link #MAX_LIMIT}
 * @param cursor where an earlier answer to the same question ended
 */
record RowsQuery(
    String view,
    List<KeyCondition> conditions,
    QueryLayer layer,
    int limit,
    Optional<String> cursor) {
  static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 10_000;

  RowsQuery {
    conditions = List.copyOf(conditions);
  }

  /** Equal for queries that one cursor may serve. */
  String question() {
    return view + " " + layer + " " + conditions;
  }
}
