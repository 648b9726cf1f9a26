package io.millrace.system.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubernetes.client.custom.Quantity;
import io.millrace.control.config.MillraceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That the manifests of an installation agree with each other, with the images and the code. */
class ManifestsTest {
  private static final String SECRETS = "/run/secrets/millrace/";
  private static final Map<String, Map<String, String>> PATHS =
      Map.of(
          "serving", Map.of("live", "/v1/health/live", "ready", "/v1/health/ready"),
          "speed", Map.of("live", "/health/live", "ready", "/health/ready"),
          "batch", Map.of("live", "/health/live", "ready", "/health/ready"));

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldAgreeWithEachOther(String installation) {
    assertThat(References.problems(Manifests.installations().get(installation))).isEmpty();
  }

  /** The check bites. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Service/serving             | /spec/selector/app.kubernetes.io~1component | "server" | selects no pods
          Service/millrace-speed      | /spec/ports/0/targetPort | "metrics" | points to a port
          Deployment/millrace-serving | /spec/selector/matchLabels/app.kubernetes.io~1name | "x" | its own pods
          StatefulSet/millrace-speed  | /spec/template/spec/serviceAccountName | "speed" | ServiceAccount/speed
          StatefulSet/millrace-speed  | /spec/template/spec/containers/0/livenessProbe/httpGet/port | "http" | probes a port
          StatefulSet/millrace-speed  | /spec/template/spec/containers/0/volumeMounts/0/name | "state" | volume that is not there
          StatefulSet/millrace-speed  | /spec/serviceName | "speed" | Service/speed
          CronJob/millrace-batch      | /spec/jobTemplate/spec/template/spec/volumes/3/configMap/name | "spark" | ConfigMap/spark
          CronJob/millrace-batch      | /spec/jobTemplate/spec/template/spec/containers/0/args/5 | "/etc/spark/spark.conf" | no ConfigMap has
          RoleBinding/millrace-batch  | /roleRef/name | "batch" | Role/batch
          PodDisruptionBudget/millrace-speed | /spec/selector/matchLabels/app.kubernetes.io~1name | "x" | selects no pods
          """)
  void shouldNoticeADisagreement(String id, String path, String value, String expected)
      throws IOException {
    List<Manifest> base = Manifests.base();
    Manifest manifest = base.stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
    JsonPatch.apply(
        manifest.tree(),
        Manifest.YAML.readTree("{op: replace, path: %s, value: %s}".formatted(path, value)));
    assertThat(References.problems(base)).anySatisfy(p -> assertThat(p).contains(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldConfigureEveryPartWithKnownKeys(String installation) throws IOException {
    List<Manifest> manifests = Manifests.installations().get(installation);
    Path file = dir.resolve("millrace.yaml");
    Files.writeString(file, local(data(manifests, "millrace-files").get("millrace.yaml")));
    for (Manifest manifest : manifests) {
      for (JsonNode pod : manifest.podTemplate().toList()) {
        JsonNode container = pod.path("spec").path("containers").get(0);
        Map<String, String> environment = environment(manifests, container);
        if (environment.isEmpty()) {
          continue;
        }

        MillraceConfig config = MillraceConfig.load(Optional.of(file), environment, Map.of());

        assertThat(mounts(container)).contains(config.dataDir().toString());
        assertThat(config.kafka().bootstrapServers()).isPresent();
        assertThat(config.lake().properties()).containsKeys("type", "uri", "warehouse", "io-impl");
        if (container.path("name").asText().equals("serving")) {
          assertThat(config.serving().host()).isEqualTo("0.0.0.0");
          assertThat(container.path("ports").get(0).path("containerPort").asInt())
              .isEqualTo(config.serving().port());
        }
        if (container.has("livenessProbe") && !container.path("name").asText().equals("serving")) {
          assertThat(environment)
              .containsEntry("MILLRACE_MONITOR_HOST", "0.0.0.0")
              .containsEntry("MILLRACE_MONITOR_PORT", "9464");
        }
      }
    }
  }

  /** Has the files that values refer to, with the keys that the README has people make. */
  private String local(String value) throws IOException {
    String readme = Files.readString(Manifests.ROOT.resolve("README.md"));
    Matcher keys = Pattern.compile("--from-(?:file|literal)=([a-z0-9-]+)=").matcher(readme);
    while (keys.find()) {
      Files.writeString(dir.resolve(keys.group(1)), "secret");
    }
    return value.replace(SECRETS, dir + "/");
  }

  private Map<String, String> environment(List<Manifest> manifests, JsonNode container)
      throws IOException {
    Map<String, String> environment = new HashMap<>();
    for (JsonNode from : container.path("envFrom")) {
      environment.putAll(data(manifests, from.path("configMapRef").path("name").asText()));
    }
    for (JsonNode variable : container.path("env")) {
      environment.put(variable.path("name").asText(), variable.path("value").asText("set"));
    }
    for (Map.Entry<String, String> entry : environment.entrySet()) {
      entry.setValue(local(entry.getValue()));
    }
    return environment;
  }

  private static Map<String, String> data(List<Manifest> manifests, String configMap) {
    return Manifest.texts(Manifests.find(manifests, "ConfigMap", configMap).tree().path("data"));
  }

  private static List<String> mounts(JsonNode container) {
    return Manifest.items(container.path("volumeMounts"))
        .map(mount -> mount.path("mountPath").asText())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldConfineEveryPod(String installation) {
    for (Manifest manifest : Manifests.installations().get(installation)) {
      for (JsonNode pod : manifest.podTemplate().toList()) {
        JsonNode spec = pod.path("spec");
        JsonNode security = spec.path("securityContext");
        assertThat(security.path("runAsNonRoot").asBoolean()).as(manifest.id()).isTrue();
        assertThat(security.path("runAsUser").asInt()).as(manifest.id()).isEqualTo(10001);
        assertThat(security.path("runAsGroup").asInt()).as(manifest.id()).isEqualTo(10001);
        assertThat(security.path("seccompProfile").path("type").asText())
            .as(manifest.id())
            .isEqualTo("RuntimeDefault");
        assertThat(spec.path("automountServiceAccountToken").asBoolean(true))
            .as(manifest.id())
            .isEqualTo(manifest.name().equals("millrace-batch"));
        // Else a Service would be variables that Millrace refuses as unknown keys.
        assertThat(spec.path("enableServiceLinks").asBoolean(true)).as(manifest.id()).isFalse();
        assertThat(Manifest.texts(pod.path("metadata").path("labels")))
            .as(manifest.id())
            .containsKeys(
                "app.kubernetes.io/name",
                "app.kubernetes.io/component",
                "app.kubernetes.io/part-of");
        for (JsonNode container : spec.path("containers")) {
          JsonNode confined = container.path("securityContext");
          assertThat(confined.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
          assertThat(confined.path("readOnlyRootFilesystem").asBoolean()).isTrue();
          assertThat(confined.path("capabilities").path("drop").toString()).isEqualTo("[\"ALL\"]");
          assertThat(mounts(container)).as(manifest.id()).contains("/tmp");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldBoundEveryContainer(String installation) {
    for (Manifest manifest : Manifests.installations().get(installation)) {
      for (JsonNode pod : manifest.podTemplate().toList()) {
        for (JsonNode container : pod.path("spec").path("containers")) {
          JsonNode resources = container.path("resources");
          JsonNode requests = resources.path("requests");
          JsonNode limits = resources.path("limits");
          for (String resource : List.of("cpu", "memory")) {
            assertThat(requests.has(resource) && limits.has(resource)).as(manifest.id()).isTrue();
          }
          requests
              .properties()
              .forEach(
                  request ->
                      assertThat(amount(request.getValue()))
                          .as("%s %s", manifest, request.getKey())
                          .isLessThanOrEqualTo(amount(limits.path(request.getKey()))));
          // Memory is not taken back from a JVM: what it may use is what it asks for.
          assertThat(requests.path("memory")).isEqualTo(limits.path("memory"));
          double scratch =
              Manifest.items(pod.path("spec").path("volumes"))
                  .filter(volume -> volume.has("emptyDir"))
                  .mapToDouble(volume -> amount(volume.path("emptyDir").path("sizeLimit")))
                  .sum();
          if (limits.has("ephemeral-storage")) {
            assertThat(scratch)
                .as("%s: volumes of the node", manifest)
                .isLessThanOrEqualTo(amount(limits.path("ephemeral-storage")));
          }
        }
      }
    }
  }

  private static double amount(JsonNode quantity) {
    return Quantity.fromString(quantity.asText()).getNumber().doubleValue();
  }

  /** What is not heap must hold RocksDB, classes, code, threads and network buffers. */
  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldLeaveRoomBesideTheHeap(String installation) {
    for (Manifest manifest : Manifests.installations().get(installation)) {
      for (JsonNode pod : manifest.podTemplate().toList()) {
        for (JsonNode container : pod.path("spec").path("containers")) {
          Manifest.items(container.path("command"))
              .map(JsonNode::asText)
              .filter(option -> option.startsWith("-XX:MaxRAMPercentage="))
              .mapToDouble(option -> Double.parseDouble(option.split("=")[1]))
              .forEach(
                  percent ->
                      assertThat(
                              amount(container.path("resources").path("limits").path("memory"))
                                  * (1 - percent / 100))
                          .as(manifest.id())
                          .isGreaterThanOrEqualTo(700 << 20));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldRunTheImagesOfTheRelease(String installation) {
    for (Manifest manifest : Manifests.installations().get(installation)) {
      for (JsonNode pod : manifest.podTemplate().toList()) {
        for (JsonNode container : pod.path("spec").path("containers")) {
          String image = container.path("image").asText();
          assertThat(image)
              .matches(
                  "(registry\\.example\\.com/)?millrace/(speed-layer|batch-layer|serving-layer|cli):0\\.1\\.0");
          String component =
              pod.path("metadata").path("labels").path("app.kubernetes.io/component").asText();
          assertThat(image).contains("/" + component.replace("-executor", ""));
          for (JsonNode variable : container.path("env")) {
            if (variable.path("name").asText().equals("EXECUTOR_IMAGE")) {
              assertThat(variable.path("value").asText()).isEqualTo(image);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldProbeThePathsThatThereAre(String installation) {
    for (Manifest manifest : Manifests.installations().get(installation)) {
      for (JsonNode pod : manifest.podTemplate().toList()) {
        JsonNode container = pod.path("spec").path("containers").get(0);
        boolean lasting = List.of("StatefulSet", "Deployment").contains(manifest.kind());
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
          assertThat(container.has(probe)).as("%s %s", manifest, probe).isEqualTo(lasting);
          if (lasting) {
            assertThat(container.path(probe).path("httpGet").path("path").asText())
                .isEqualTo(
                    PATHS
                        .get(container.path("name").asText())
                        .get(probe.equals("readinessProbe") ? "ready" : "live"));
          }
        }
        if (lasting) {
          Map<String, String> notes = Manifest.texts(pod.path("metadata").path("annotations"));
          assertThat(notes).containsEntry("prometheus.io/scrape", "true");
          assertThat(
                  Manifest.items(container.path("ports"))
                      .map(p -> p.path("containerPort").asText()))
              .contains(notes.get("prometheus.io/port"));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "example", "driver"})
  void shouldTellSparkThePortsThatThePoliciesOpen(String installation) {
    List<Manifest> manifests = Manifests.installations().get(installation);
    Properties spark = Manifests.sparkProperties(manifests);
    assertThat(spark)
        .containsEntry("spark.driver.port", "7078")
        .containsEntry("spark.blockManager.port", "7079")
        .containsEntry("spark.port.maxRetries", "0");
  }

  @Test
  void shouldNeverRunTwoJobsAtOnce() {
    Manifest job = Manifests.find(Manifests.base(), "CronJob", "millrace-batch");
    assertThat(job.at("spec.concurrencyPolicy").asText()).isEqualTo("Forbid");
    assertThat(Manifests.withDriver()).noneMatch(m -> m.kind().equals("CronJob"));
    assertThat(Manifests.withDriver()).anyMatch(m -> m.id().equals("Deployment/millrace-batch"));
  }

  /** A name that begins so would be a variable that Millrace takes for a setting of its own. */
  @Test
  void shouldNameNoServiceAsASetting() {
    assertThat(Manifests.everything())
        .filteredOn(m -> m.kind().equals("Service"))
        .filteredOn(m -> !m.at("spec.clusterIP").asText().equals("None"))
        .allSatisfy(m -> assertThat(m.name()).doesNotStartWith("millrace"));
  }

  @Test
  void shouldRefuseAKustomizationItCannotRender() throws IOException {
    Files.writeString(dir.resolve("kustomization.yaml"), "namePrefix: x-\nresources: []\n");
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Kustomization.render(dir)))
        .hasMessageContaining("found key 'namePrefix', expected one of ");
  }

  @Test
  void shouldPutANamespaceOnEverythingThatHasOne() {
    for (Manifest manifest : Manifests.example()) {
      if (!manifest.kind().equals("Namespace") && !manifest.kind().equals("Pod")) {
        assertThat(((ObjectNode) manifest.at("metadata")).path("namespace").asText())
            .as(manifest.id())
            .isEqualTo("millrace");
      }
    }
  }
}
