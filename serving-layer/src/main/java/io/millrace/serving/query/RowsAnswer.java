package io.millrace.serving.query;

import io.millrace.control.model.Position;
import io.millrace.control.model.SourcePosition;
import io.millrace.serving.merge.Lost;
import io.millrace.serving.view.QueryLayer;
import io.millrace.view.CompiledView.Column;
import java.util.List;
import java.util.Optional;

/**
 * Rows and the position they are exactly the rows of.
 *
 * @param view name of the view
 * @param version its version
 * @param layer what was asked
 * @param runId the run; empty if live state alone answered before any run
 * @param boundary the run's boundary
 * @param live exclusive end of what the rows cover
 * @param reached the same, as it can be asked for again
 * @param ageMs how old that end is
 * @param lost records below {@code live} that the rows are without, as they were given up for lost
 * @param columns of the rows
 * @param rows in the order of their group keys
 * @param more whether there may be more
 * @param cursor where to go on then, unless the client said that it will not
 */
public record RowsAnswer(
    String view,
    String version,
    QueryLayer layer,
    Optional<String> runId,
    Position boundary,
    Position live,
    SourcePosition reached,
    long ageMs,
    Lost lost,
    List<Column> columns,
    List<List<Object>> rows,
    boolean more,
    Optional<String> cursor) {}
