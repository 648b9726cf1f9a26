package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One document of a manifest. Its tree may be changed: no two manifests share one.
 *
 * @param tree the whole document
 */
record Manifest(ObjectNode tree) {
  static final YAMLMapper YAML = new YAMLMapper();

  /** The documents of a file. */
  static List<Manifest> read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  static List<Manifest> parse(String text) throws IOException {
    List<Manifest> manifests = new ArrayList<>();
    try (var parser = YAML.createParser(text)) {
      ObjectMapper json = new ObjectMapper();
      for (Iterator<ObjectNode> all = json.readValues(parser, ObjectNode.class); all.hasNext(); ) {
        manifests.add(new Manifest(all.next()));
      }
    }
    return manifests;
  }

  String apiVersion() {
    return tree.path("apiVersion").asText();
  }

  String kind() {
    return tree.path("kind").asText();
  }

  String name() {
    return tree.path("metadata").path("name").asText();
  }

  /** {@code kind/name}. */
  String id() {
    return kind() + "/" + name();
  }

  Map<String, String> labels() {
    return texts(tree.path("metadata").path("labels"));
  }

  /** A value by its path of field names and list indices, separated by dots. */
  JsonNode at(String path) {
    return at(tree, path);
  }

  static JsonNode at(JsonNode node, String path) {
    JsonNode at = node;
    for (String step : path.split("\\.")) {
      at = step.matches("\\d+") ? at.path(Integer.parseInt(step)) : at.path(step);
    }
    return at;
  }

  /**
   * The pod that this makes, if it makes any: its template, with {@code metadata} and {@code spec}.
   */
  Stream<JsonNode> podTemplate() {
    return switch (kind()) {
      case "Pod" -> Stream.of(tree);
      case "Deployment", "StatefulSet", "Job" -> Stream.of(at("spec.template"));
      case "CronJob" -> Stream.of(at("spec.jobTemplate.spec.template"));
      default -> Stream.empty();
    };
  }

  static Map<String, String> texts(JsonNode object) {
    Map<String, String> texts = new TreeMap<>();
    object.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }

  static Stream<JsonNode> items(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  @Override
  public String toString() {
    return id();
  }
}
