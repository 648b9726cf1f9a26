package io.millrace.serving.query;

import io.millrace.serving.view.AtLeast;
import io.millrace.serving.view.QueryLayer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A question in SQL, as a client asks it. Immutable.
 *
 * @param sql one SELECT, or EXPLAIN and one
 * @param parameters values of its {@code :name}s; null is NULL
 * @param limit most rows of the answer; empty: as many as by default
 * @param layer which states of its views it reads
 * @param atLeast what all its views must have reached
 */
public record SqlQuery(
    String sql,
    Map<String, Object> parameters,
    OptionalInt limit,
    QueryLayer layer,
    Optional<AtLeast> atLeast) {
  /** The limit that lets as many rows through as an answer may have. */
  public static final int ALL = Integer.MAX_VALUE;

  public SqlQuery {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /** Of merged views, wherever they stand. */
  public SqlQuery(String sql, Map<String, Object> parameters, OptionalInt limit) {
    this(sql, parameters, limit, QueryLayer.MERGED, Optional.empty());
  }
}
