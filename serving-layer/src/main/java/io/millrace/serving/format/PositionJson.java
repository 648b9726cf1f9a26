package io.millrace.serving.format;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.model.Position;
import io.millrace.serving.merge.Lost;
import io.millrace.serving.query.SqlReader.Lookup;
import io.millrace.serving.query.SqlReader.Relation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Positions as every answer says them. Stateless. */
public final class PositionJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private PositionJson() {}

  public static ObjectNode of(
      Optional<String> runId, Position boundary, Position live, long ageMs, Lost lost) {
    ObjectNode node = NODES.objectNode();
    node.put("runId", runId.orElse(null));
    node.set("boundary", offsets(boundary));
    node.set("live", offsets(live));
    node.put("ageMs", ageMs);
    node.set("lost", lost(lost));
    return node;
  }

  static ObjectNode of(Relation at) {
    return of(at.runId(), at.boundary(), at.live(), at.ageMs(), at.lost())
        .put("reached", at.reached().toString());
  }

  /** {@code [{"view":…,"version":…,"position":…}]}. */
  static ArrayNode relations(List<Relation> relations, List<Lookup> lookups) {
    ArrayNode all = NODES.arrayNode();
    for (Relation relation : relations) {
      all.addObject()
          .put("view", relation.view())
          .put("version", relation.version())
          .set("position", of(relation));
    }
    for (Lookup lookup : lookups) {
      all.addObject()
          .put("lookup", lookup.name())
          .put("version", lookup.version())
          .set("position", content(lookup.content(), lookup.rows(), lookup.loadedAt()));
    }
    return all;
  }

  /** Which content of a lookup. */
  public static ObjectNode content(String content, long rows, Instant loadedAt) {
    return NODES
        .objectNode()
        .put("content", content)
        .put("rows", rows)
        .put("loadedAt", loadedAt.toString());
  }

  public static ObjectNode offsets(Position position) {
    ObjectNode node = NODES.objectNode();
    for (Map.Entry<Integer, Long> entry : position.offsets().entrySet()) {
      node.put(Integer.toString(entry.getKey()), entry.getValue());
    }
    return node;
  }

  private static ObjectNode lost(Lost lost) {
    ObjectNode node = NODES.objectNode();
    lost.ranges()
        .forEach(
            (partition, ranges) -> {
              ArrayNode list = node.putArray(Integer.toString(partition));
              ranges.forEach(
                  range -> list.addObject().put("from", range.from()).put("to", range.to()));
            });
    return node;
  }
}
