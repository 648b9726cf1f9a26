package io.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.config.Durations;
import io.millrace.control.model.LookupDefinition;
import io.millrace.serving.format.PositionJson;
import io.millrace.serving.lookup.LookupReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Lookups as JSON. Stateless. */
final class JsonLookups {
  private JsonLookups() {}

  static Reply list(List<LookupReport> lookups, Instant now) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode nodes = body.putArray("lookups");
    lookups.forEach(lookup -> nodes.add(summary(lookup, now)));
    return Reply.json(200, body);
  }

  private static ObjectNode summary(LookupReport lookup, Instant now) {
    LookupDefinition definition = lookup.definition();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", definition.name());
    node.put("version", definition.version());
    node.put("format", definition.format().label());
    node.put("path", definition.path());
    definition.key().forEach(node.putArray("key")::add);
    ArrayNode columns = node.putArray("columns");
    definition
        .columns()
        .forEach(
            column -> columns.addObject().put("name", column.name()).put("type", column.type()));
    node.put("refresh", Durations.format(definition.refresh()));
    node.put("ready", lookup.standing().isPresent());
    node.put("current", lookup.current());
    node.set("problem", lookup.problem().map(JsonViews::problem).orElse(null));
    node.set(
        "position",
        lookup
            .standing()
            .map(at -> PositionJson.content(at.content(), at.rows(), at.loadedAt()))
            .orElse(null));
    node.put("bytes", lookup.standing().map(LookupReport.Standing::bytes).orElse(null));
    node.put(
        "ageMs",
        lookup
            .standing()
            .map(at -> Math.max(0, Duration.between(at.seenAt(), now).toMillis()))
            .orElse(null));
    node.put("missed", lookup.missed());
    return node;
  }
}
