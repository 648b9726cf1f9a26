package io.millrace.serving.query;

import io.millrace.control.model.Position;
import io.millrace.control.model.SourcePosition;
import io.millrace.serving.merge.Lost;
import io.millrace.view.query.QueryPlan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Who reads an answer, row by row; called in this order, on the asking thread. */
public interface SqlReader {
  /**
   * A view that was read, and where it stood.
   *
   * @param view its name
   * @param version the version that answered
   * @param runId the run; empty if live state alone answered before any run
   * @param boundary the run's boundary
   * @param live exclusive end of what the rows cover
   * @param reached the same, as it can be asked for again
   * @param ageMs how old that end is
   * @param lost records below {@code live} that the rows are without
   */
  record Relation(
      String view,
      String version,
      Optional<String> runId,
      Position boundary,
      Position live,
      SourcePosition reached,
      long ageMs,
      Lost lost) {}

  /**
   * A lookup that was read, and which content of it.
   *
   * @param name its name
   * @param version the version of its definition that it was read by
   * @param content id of the bytes it was read from
   * @param rows how many it has
   * @param loadedAt when this replica had loaded it
   */
  record Lookup(String name, String version, String content, long rows, Instant loadedAt) {}

  /** Once, first. */
  void begin(
      List<QueryPlan.Column> columns,
      List<Relation> relations,
      List<Lookup> lookups,
      List<String> notes);

  /** For each row. */
  void row(List<Object> values);

  /**
   * Once, last; not after an error.
   *
   * @param more whether there are more rows than the limit lets through
   */
  void end(boolean more);
}
