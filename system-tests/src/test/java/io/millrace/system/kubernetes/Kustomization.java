package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Renders a folder with a {@code kustomization.yaml} as {@code kubectl kustomize} does, for the
 * part of its language that this repository uses; whatever else a kustomization says is refused.
 *
 * <p>In that tool's order: resources, components, patches, namespace, images, replacements. A
 * strategic merge patch may hold objects and texts only: how lists merge depends on each field.
 */
final class Kustomization {
  private static final Set<String> KNOWN =
      Set.of(
          "apiVersion",
          "kind",
          "namespace",
          "resources",
          "components",
          "images",
          "patches",
          "replacements");
  private static final Set<String> CLUSTER_WIDE =
      Set.of("Namespace", "ClusterRole", "ClusterRoleBinding", "StorageClass");

  private final Path folder;
  private final JsonNode says;
  private final List<Manifest> manifests = new ArrayList<>();

  private Kustomization(Path folder) {
    this.folder = folder;
    this.says = Manifest.read(folder.resolve("kustomization.yaml")).get(0).tree();
    says.fieldNames()
        .forEachRemaining(
            key -> {
              if (!KNOWN.contains(key)) {
                throw refused("key '" + key + "'", "one of " + KNOWN);
              }
            });
  }

  static List<Manifest> render(Path folder) {
    Kustomization root = new Kustomization(folder);
    Manifest.items(root.says.path("resources")).forEach(r -> root.add(r.asText()));
    Manifest.items(root.says.path("components"))
        .forEach(c -> new Kustomization(folder.resolve(c.asText()).normalize()).change(root));
    root.transform();
    return root.manifests;
  }

  private void add(String resource) {
    Path path = folder.resolve(resource).normalize();
    manifests.addAll(Files.isDirectory(path) ? render(path) : Manifest.read(path));
  }

  /** As a component: changes what another kustomization has so far. */
  private void change(Kustomization other) {
    manifests.addAll(other.manifests);
    Manifest.items(says.path("resources")).forEach(r -> add(r.asText()));
    transform();
    other.manifests.clear();
    other.manifests.addAll(manifests);
  }

  private void transform() {
    Manifest.items(says.path("patches")).forEach(this::patch);
    if (says.has("namespace")) {
      manifests.forEach(manifest -> setNamespace(manifest, says.path("namespace").asText()));
    }
    Manifest.items(says.path("images"))
        .forEach(image -> manifests.forEach(manifest -> setImage(manifest.tree(), image)));
    Manifest.items(says.path("replacements")).forEach(this::replace);
  }

  private void patch(JsonNode patch) {
    String text;
    try {
      text =
          patch.has("path")
              ? Files.readString(folder.resolve(patch.path("path").asText()))
              : patch.path("patch").asText();
      if (patch.has("target")) {
        Manifest manifest = find(patch.path("target"));
        Manifest.items(Manifest.YAML.readTree(text))
            .forEach(operation -> JsonPatch.apply(manifest.tree(), operation));
        return;
      }
      for (Manifest change : Manifest.parse(text)) {
        Manifest manifest = find(change.kind(), change.name());
        if (change.tree().path("$patch").asText().equals("delete")) {
          manifests.remove(manifest);
        } else {
          merge(manifest.tree(), change.tree());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder.toString(), e);
    }
  }

  private void merge(ObjectNode into, JsonNode change) {
    change
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().isArray()) {
                throw refused(
                    "a list at '" + entry.getKey() + "' of a merge patch", "a JSON patch");
              } else if (entry.getValue() instanceof ObjectNode inner
                  && into.get(entry.getKey()) instanceof ObjectNode there) {
                merge(there, inner);
              } else {
                into.set(entry.getKey(), entry.getValue());
              }
            });
  }

  private static void setNamespace(Manifest manifest, String namespace) {
    if (manifest.kind().equals("Namespace")) {
      ((ObjectNode) manifest.at("metadata")).put("name", namespace);
    }
    if (!CLUSTER_WIDE.contains(manifest.kind())) {
      ((ObjectNode) manifest.at("metadata")).put("namespace", namespace);
    }
    Manifest.items(manifest.at("subjects"))
        .forEach(subject -> ((ObjectNode) subject).put("namespace", namespace));
  }

  /** Every {@code image} of a list of containers that has the name. */
  private static void setImage(JsonNode node, JsonNode image) {
    for (String list : List.of("containers", "initContainers")) {
      for (JsonNode container : node.path(list)) {
        String[] parts = container.path("image").asText().split(":", 2);
        if (parts[0].equals(image.path("name").asText())) {
          String name = image.path("newName").asText(parts[0]);
          String tag = image.path("newTag").asText(parts[1]);
          ((ObjectNode) container).put("image", name + ":" + tag);
        }
      }
    }
    node.forEach(inner -> setImage(inner, image));
  }

  private void replace(JsonNode replacement) {
    JsonNode source = replacement.path("source");
    JsonNode value = field(find(source).tree(), source.path("fieldPath").asText());
    if (!value.isTextual()) {
      throw refused("no text at " + source.path("fieldPath"), "one");
    }
    for (JsonNode target : replacement.path("targets")) {
      for (JsonNode path : target.path("fieldPaths")) {
        int last = path.asText().lastIndexOf('.');
        JsonNode parent =
            field(find(target.path("select")).tree(), path.asText().substring(0, last));
        ((ObjectNode) parent)
            .set(path.asText().substring(last + 1), TextNode.valueOf(value.asText()));
      }
    }
  }

  /** By a path as of replacements: {@code spec.containers.[name=batch].image}. */
  private JsonNode field(JsonNode node, String path) {
    JsonNode at = node;
    for (String step : path.split("\\.")) {
      if (step.startsWith("[")) {
        String[] sides = step.substring(1, step.length() - 1).split("=", 2);
        at =
            Manifest.items((ArrayNode) at)
                .filter(item -> item.path(sides[0]).asText().equals(sides[1]))
                .findFirst()
                .orElseThrow(() -> refused("nothing at " + step + " of " + path, "an item"));
      } else {
        at = at.path(step);
      }
    }
    return at;
  }

  private Manifest find(JsonNode select) {
    return find(select.path("kind").asText(), select.path("name").asText());
  }

  private Manifest find(String kind, String name) {
    return manifests.stream()
        .filter(manifest -> manifest.kind().equals(kind) && manifest.name().equals(name))
        .findFirst()
        .orElseThrow(() -> refused("no " + kind + "/" + name, "one of " + manifests));
  }

  private IllegalArgumentException refused(String found, String expected) {
    return new IllegalArgumentException(
        "cannot render " + folder + ": found " + found + ", expected " + expected);
  }
}
