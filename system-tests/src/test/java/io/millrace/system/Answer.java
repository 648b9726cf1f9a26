package io.millrace.system;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.model.Position;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All rows of a view at one position, as the serving layer told them.
 *
 * @param view the view's name
 * @param runId the batch run that was merged
 * @param boundary up to where that run aggregated
 * @param live the position the answer claims: the aggregate of exactly the records below it
 * @param rows one map a row, column to JSON value
 */
public record Answer(
    String view, String runId, Position boundary, Position live, List<Map<String, JsonNode>> rows) {

  static Position position(JsonNode offsets) {
    TreeMap<Integer, Long> vector = new TreeMap<>();
    offsets
        .fields()
        .forEachRemaining(e -> vector.put(Integer.parseInt(e.getKey()), e.getValue().asLong()));
    return Position.of(vector);
  }
}
