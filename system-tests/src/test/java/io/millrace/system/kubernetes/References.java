package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Checks that what the manifests of an installation say of each other is so. */
final class References {
  /** What the README tells people to make themselves. */
  private static final Set<String> MADE_BY_HAND =
      Set.of("Secret/millrace-secrets", "ConfigMap/application");

  private static final Set<String> KINDS_WITH_SELECTOR = Set.of("StatefulSet", "Deployment");

  private final List<Manifest> manifests;
  private final List<String> problems = new ArrayList<>();

  private References(List<Manifest> manifests) {
    this.manifests = manifests;
  }

  /** What is wrong; empty if nothing. */
  static List<String> problems(List<Manifest> manifests) {
    References references = new References(manifests);
    manifests.forEach(references::check);
    return references.problems;
  }

  private void check(Manifest manifest) {
    if (KINDS_WITH_SELECTOR.contains(manifest.kind())
        && !Network.selects(
            manifest.at("spec.selector"),
            Manifest.texts(manifest.at("spec.template.metadata.labels")))) {
      problems.add(manifest + " does not select its own pods");
    }
    switch (manifest.kind()) {
      case "Service" -> service(manifest);
      case "PodDisruptionBudget" -> selectsSome(manifest, manifest.at("spec.selector"));
      case "HorizontalPodAutoscaler" -> autoscaler(manifest);
      case "RoleBinding" -> binding(manifest);
      case "StatefulSet" -> exists(manifest, "Service", manifest.at("spec.serviceName").asText());
      default -> {}
    }
    manifest.podTemplate().forEach(pod -> pod(manifest, pod));
  }

  private void service(Manifest service) {
    Map<String, String> selector = Manifest.texts(service.at("spec.selector"));
    List<JsonNode> pods =
        pods().filter(pod -> labels(pod).entrySet().containsAll(selector.entrySet())).toList();
    if (pods.isEmpty()) {
      problems.add(service + " selects no pods");
    }
    for (JsonNode pod : pods) {
      for (JsonNode port : service.at("spec.ports")) {
        if (!ports(pod).contains(port.path("targetPort").asText())) {
          problems.add(service + " points to a port that its pods have not: " + port);
        }
      }
    }
  }

  private void autoscaler(Manifest scaler) {
    JsonNode target = scaler.at("spec.scaleTargetRef");
    exists(scaler, target.path("kind").asText(), target.path("name").asText());
    manifests.stream()
        .filter(
            m -> m.id().equals(target.path("kind").asText() + "/" + target.path("name").asText()))
        .filter(m -> m.at("spec").has("replicas"))
        .forEach(m -> problems.add(m + " has replicas and an autoscaler"));
  }

  private void binding(Manifest binding) {
    exists(binding, binding.at("roleRef.kind").asText(), binding.at("roleRef.name").asText());
    for (JsonNode subject : binding.at("subjects")) {
      exists(binding, subject.path("kind").asText(), subject.path("name").asText());
      if (!subject.path("namespace").equals(binding.at("metadata.namespace"))) {
        problems.add(binding + " and its subject are of two namespaces");
      }
    }
  }

  private void pod(Manifest of, JsonNode pod) {
    JsonNode spec = pod.path("spec");
    if (spec.has("serviceAccountName")) {
      exists(of, "ServiceAccount", spec.path("serviceAccountName").asText());
    }
    Set<String> volumes = new HashSet<>();
    Manifest.items(of.at("spec.volumeClaimTemplates"))
        .forEach(claim -> volumes.add(claim.path("metadata").path("name").asText()));
    for (JsonNode volume : spec.path("volumes")) {
      volumes.add(volume.path("name").asText());
      if (volume.has("configMap")) {
        exists(of, "ConfigMap", volume.path("configMap").path("name").asText());
      }
      if (volume.has("secret")) {
        exists(of, "Secret", volume.path("secret").path("secretName").asText());
      }
    }
    for (JsonNode constraint : spec.path("topologySpreadConstraints")) {
      if (!Network.selects(constraint.path("labelSelector"), labels(pod))) {
        problems.add(of + " spreads other pods than its own");
      }
    }
    for (JsonNode container : spec.path("containers")) {
      container(of, pod, container, volumes);
    }
  }

  private void container(Manifest of, JsonNode pod, JsonNode container, Set<String> volumes) {
    for (JsonNode from : container.path("envFrom")) {
      exists(of, "ConfigMap", from.path("configMapRef").path("name").asText());
    }
    Set<String> mounted = new HashSet<>();
    for (JsonNode mount : container.path("volumeMounts")) {
      mounted.add(mount.path("name").asText());
      if (!volumes.contains(mount.path("name").asText())) {
        problems.add(of + " mounts a volume that is not there: " + mount);
      }
    }
    if (!mounted.containsAll(volumes)) {
      problems.add(of + " has volumes that it does not mount: " + volumes + ", " + mounted);
    }
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      JsonNode port = container.path(probe).path("httpGet").path("port");
      if (!port.isMissingNode() && !ports(pod).contains(port.asText())) {
        problems.add(of + " probes a port that it has not: " + port);
      }
    }
    // A file named in the arguments is in a ConfigMap that is mounted there.
    for (JsonNode argument : container.path("args")) {
      if (argument.asText().startsWith("/etc/")) {
        file(of, pod, container, argument.asText());
      }
    }
  }

  private void file(Manifest of, JsonNode pod, JsonNode container, String path) {
    String folder = path.substring(0, path.lastIndexOf('/'));
    String key = path.substring(path.lastIndexOf('/') + 1);
    boolean found =
        Manifest.items(container.path("volumeMounts"))
            .filter(mount -> mount.path("mountPath").asText().equals(folder))
            .flatMap(
                mount ->
                    Manifest.items(pod.path("spec").path("volumes"))
                        .filter(volume -> volume.path("name").equals(mount.path("name"))))
            .map(volume -> volume.path("configMap").path("name").asText())
            .flatMap(name -> manifests.stream().filter(m -> m.id().equals("ConfigMap/" + name)))
            .anyMatch(map -> map.tree().path("data").has(key));
    if (!found) {
      problems.add(of + " names a file that no ConfigMap has: " + path);
    }
  }

  private void selectsSome(Manifest of, JsonNode selector) {
    if (pods().noneMatch(pod -> Network.selects(selector, labels(pod)))) {
      problems.add(of + " selects no pods");
    }
  }

  private void exists(Manifest of, String kind, String name) {
    String id = kind + "/" + name;
    if (!MADE_BY_HAND.contains(id) && manifests.stream().noneMatch(m -> m.id().equals(id))) {
      problems.add(of + " names " + id + ", which is not there");
    }
  }

  private Stream<JsonNode> pods() {
    return manifests.stream().flatMap(Manifest::podTemplate);
  }

  private static Map<String, String> labels(JsonNode pod) {
    return Manifest.texts(pod.path("metadata").path("labels"));
  }

  /** Names and numbers. */
  private static Set<String> ports(JsonNode pod) {
    Set<String> ports = new HashSet<>();
    Manifest.items(pod.path("spec").path("containers"))
        .flatMap(container -> Manifest.items(container.path("ports")))
        .forEach(
            port -> {
              ports.add(port.path("name").asText());
              ports.add(port.path("containerPort").asText());
            });
    return ports;
  }
}
