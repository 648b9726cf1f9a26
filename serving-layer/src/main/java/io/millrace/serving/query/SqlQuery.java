package io.millrace.serving.query;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A question in SQL, as a client asks it. Immutable.
 *
 * @param sql one SELECT, or EXPLAIN and one
 * @param parameters values of its {@code :name}s; null is NULL
 * @param limit most rows of the answer; empty: as many as by default
 */
public record SqlQuery(String sql, Map<String, Object> parameters, OptionalInt limit) {
  public SqlQuery {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}
