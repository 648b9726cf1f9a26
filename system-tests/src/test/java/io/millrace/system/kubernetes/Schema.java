package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.JSON;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;

/**
 * The schema of the Kubernetes API, as the models of its official Java client have it: they are
 * made from its OpenAPI description.
 *
 * <p>A model's own check refuses unknown fields, missing ones and wrong structure, but takes a
 * number for a text. So what the model writes back must also be what it read.
 */
final class Schema {
  private static final ObjectMapper JSON_TREE = new ObjectMapper();

  static {
    new JSON();
  }

  private Schema() {}

  /** What is wrong with a manifest; empty if nothing. */
  static List<String> problems(Manifest manifest) {
    Class<?> model;
    try {
      model = Class.forName("io.kubernetes.client.openapi.models." + modelName(manifest));
    } catch (ClassNotFoundException e) {
      return List.of("unknown kind " + manifest.apiVersion() + " " + manifest.kind());
    }
    JsonElement element = JsonParser.parseString(manifest.tree().toString());
    List<String> problems = new ArrayList<>();
    try {
      model.getMethod("validateJsonElement", JsonElement.class).invoke(null, element);
      Object read = JSON.getGson().fromJson(element, model);
      compare("", manifest.tree(), JSON_TREE.readTree(JSON.serialize(read)), problems);
    } catch (InvocationTargetException e) {
      problems.add(e.getCause().getMessage());
    } catch (ReflectiveOperationException | IOException e) {
      throw new IllegalStateException("cannot check " + manifest, e);
    } catch (RuntimeException e) {
      problems.add(e.getMessage());
    }
    return problems;
  }

  /** {@code apps/v1 Deployment}: V1Deployment. */
  private static String modelName(Manifest manifest) {
    String version = manifest.apiVersion().replaceAll(".*/", "");
    String prefix = version.isEmpty() ? "" : version.substring(0, 1).toUpperCase();
    return prefix + version.substring(prefix.length()) + manifest.kind();
  }

  private static void compare(String path, JsonNode wrote, JsonNode read, List<String> problems) {
    if (wrote.isContainerNode() && wrote.getNodeType() == read.getNodeType()) {
      if (wrote.isObject()) {
        wrote
            .properties()
            .forEach(
                e ->
                    compare(
                        path + "." + e.getKey(), e.getValue(), read.path(e.getKey()), problems));
      } else {
        for (int i = 0; i < wrote.size(); i++) {
          compare(path + "[" + i + "]", wrote.get(i), read.path(i), problems);
        }
      }
    } else if (!wrote.equals(read) && !sameQuantity(wrote, read)) {
      problems.add("at " + path.substring(1) + ": found " + wrote + ", the API takes " + read);
    }
  }

  /** The model writes a quantity in its shortest form. */
  private static boolean sameQuantity(JsonNode wrote, JsonNode read) {
    if (!wrote.isTextual() || !read.isTextual()) {
      return false;
    }
    try {
      return Quantity.fromString(wrote.asText())
              .getNumber()
              .compareTo(Quantity.fromString(read.asText()).getNumber())
          == 0;
    } catch (RuntimeException e) {
      return false;
    }
  }
}
