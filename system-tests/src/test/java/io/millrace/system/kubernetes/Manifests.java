package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What is in {@code deploy/kubernetes}, read anew by each call. */
final class Manifests {
  static final Path ROOT = Path.of("..", "deploy", "kubernetes");

  private Manifests() {}

  static List<Manifest> base() {
    return withExecutors(Kustomization.render(ROOT.resolve("base")));
  }

  static List<Manifest> example() {
    return withExecutors(Kustomization.render(ROOT.resolve("overlays/example")));
  }

  /** The base with the long-lived driver in place of the CronJob. */
  static List<Manifest> withDriver() {
    try {
      Path folder = Files.createDirectories(Path.of("target", "kubernetes-driver"));
      Path up = folder.toAbsolutePath().relativize(ROOT.toAbsolutePath().normalize());
      Files.writeString(
          folder.resolve("kustomization.yaml"),
          "resources: [%s/base]\ncomponents: [%s/components/batch-driver]\n".formatted(up, up));
      return withExecutors(Kustomization.render(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Manifest job() {
    return Manifest.read(ROOT.resolve("jobs/apply.yaml")).get(0);
  }

  static List<Manifest> everything() {
    List<Manifest> all = new ArrayList<>(base());
    all.addAll(example());
    all.addAll(withDriver());
    all.add(job());
    return all;
  }

  /** By name, for parameterized tests. */
  static Map<String, List<Manifest>> installations() {
    List<Manifest> example = new ArrayList<>(example());
    example.add(job());
    List<Manifest> base = new ArrayList<>(base());
    base.add(job());
    return Map.of("base", base, "example", example, "driver", withDriver());
  }

  /** Spark's settings as the driver is given them. */
  static Properties sparkProperties(List<Manifest> manifests) {
    Properties properties = new Properties();
    try (var reader =
        new java.io.StringReader(
            find(manifests, "ConfigMap", "millrace-spark")
                .tree()
                .path("data")
                .path("spark.properties")
                .asText())) {
      properties.load(reader);
      return properties;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Manifest find(List<Manifest> manifests, String kind, String name) {
    return manifests.stream()
        .filter(m -> m.kind().equals(kind) && m.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + "/" + name + " in " + manifests));
  }

  /** Adds the executor pods, as Spark makes them of their template and its settings. */
  private static List<Manifest> withExecutors(List<Manifest> manifests) {
    try {
      String template =
          find(manifests, "ConfigMap", "millrace-spark")
              .tree()
              .path("data")
              .path("executor.yaml")
              .asText();
      Manifest pod = Manifest.parse(template).get(0);
      Properties spark = sparkProperties(manifests);
      ((ObjectNode) pod.at("metadata"))
          .put("name", spark.getProperty("spark.app.name") + "-exec-1");
      ((ObjectNode) pod.at("spec"))
          .put(
              "serviceAccountName",
              spark.getProperty("spark.kubernetes.authenticate.executor.serviceAccountName"));
      ObjectNode container = (ObjectNode) pod.at("spec.containers.0");
      container.put("image", executorImage(manifests));
      container.putArray("args").add("executor");
      long mebibytes =
          1024 * Long.parseLong(spark.getProperty("spark.executor.memory").replace("g", ""))
              + Long.parseLong(spark.getProperty("spark.executor.memoryOverhead").replace("m", ""));
      ObjectNode requests = (ObjectNode) container.at("/resources/requests");
      ObjectNode limits = (ObjectNode) container.at("/resources/limits");
      requests.put("memory", mebibytes + "Mi");
      limits.put("memory", mebibytes + "Mi");
      requests.put("cpu", spark.getProperty("spark.kubernetes.executor.request.cores"));
      limits.put("cpu", spark.getProperty("spark.kubernetes.executor.limit.cores"));
      container
          .putArray("ports")
          .addObject()
          .put("name", "blockmanager")
          .put("containerPort", Integer.parseInt(spark.getProperty("spark.blockManager.port")));
      List<Manifest> all = new ArrayList<>(manifests);
      all.add(pod);
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String executorImage(List<Manifest> manifests) {
    return manifests.stream()
        .flatMap(Manifest::podTemplate)
        .flatMap(pod -> Manifest.items(Manifest.at(pod, "spec.containers.0.env")))
        .filter(variable -> variable.path("name").asText().equals("EXECUTOR_IMAGE"))
        .map(variable -> variable.path("value").asText())
        .findFirst()
        .orElseThrow();
  }
}
