package io.millrace.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The CronJob of {@code deploy/kubernetes} without a cluster: its command, arguments and Spark
 * settings start a driver, which asks a {@link FakeKubernetes} for its executor; that pod's
 * command, arguments and environment become a process.
 */
class KubernetesSubmitIT {
  private static final Path BASE = Path.of("..", "deploy", "kubernetes", "base");
  private static final Path SCRIPTS = Path.of("src", "main", "container").toAbsolutePath();
  private static final String IMAGE = "registry.example.com/millrace/batch-layer:0.1.0";
  private static final String HOME = "/opt/millrace";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  private Installation at;
  private ControlLog control;
  private FakeKubernetes kubernetes;
  private Path home;
  private Process driver;

  @BeforeEach
  void start() throws IOException {
    at = new Installation(dir);
    control = ControlLog.open(at.config);
    kubernetes = new FakeKubernetes("millrace", this::executor);
    home = Files.createDirectories(dir.resolve("home"));
    Path library = Files.createDirectories(home.resolve("lib"));
    Files.writeString(home.resolve("jvm.options"), jvmOptions());
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path) && !path.endsWith("test-classes")) {
        Jars.pack(path, library.resolve("app-" + Math.abs(entry.hashCode()) + ".jar"));
      } else if (entry.endsWith(".jar") && Files.exists(path)) {
        Path link = library.resolve(path.getFileName());
        if (!Files.exists(link)) {
          Files.createSymbolicLink(link, path.toAbsolutePath());
        }
      }
    }
  }

  @AfterEach
  void stop() throws Exception {
    if (driver != null) {
      driver.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    kubernetes.close();
    control.close();
    at.close();
  }

  @Test
  void shouldRunOnExecutorsThatArePods() throws Exception {
    at.broker.createTopic("pods", 2);
    SourceDefinition source = Orders.source("pods");
    ViewDefinition view = Orders.view(source);
    control.publish(source);
    control.publish(view);
    at.sendOrders("pods", 0, 0, 500);
    at.sendOrders("pods", 1, 500, 800);
    at.config.write(dir.resolve("millrace.yaml"));
    kubernetes.add(
        (ObjectNode)
            JSON.readTree(
                "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"millrace-batch-1\"}}"));

    driver = submit();

    assertThat(driver.waitFor(240, TimeUnit.SECONDS)).as(log("driver")).isTrue();
    assertThat(driver.exitValue()).as(log("driver")).isZero();
    RunRecord run =
        control.catchUp(Duration.ofSeconds(60)).runs(view.id(), Status.COMPLETED).get(0);
    assertThat(run.trigger()).isEqualTo("submit");
    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 800)));
    assertExecutorIsAsTheTemplateSays(kubernetes.created().get(0));
    assertThat(kubernetes.names())
        .as("executors end with the run")
        .containsExactly("millrace-batch-1");
    assertThat(allowed()).as("what the Role lets it do").containsAll(kubernetes.asked());
  }

  private static void assertExecutorIsAsTheTemplateSays(ObjectNode pod) {
    JsonNode container = pod.at("/spec/containers/0");
    assertThat(container.path("image").asText()).isEqualTo(IMAGE);
    assertThat(container.path("args").toString()).isEqualTo("[\"executor\"]");
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(container.at("/securityContext/capabilities/drop/0").asText()).isEqualTo("ALL");
    assertThat(container.at("/resources/limits/cpu").asText()).isEqualTo("2");
    assertThat(container.at("/resources/limits/memory").asText())
        .isEqualTo(container.at("/resources/requests/memory").asText())
        .isEqualTo("896Mi");
    assertThat(pod.at("/spec/securityContext/runAsUser").asInt()).isEqualTo(10001);
    assertThat(pod.at("/spec/serviceAccountName").asText()).isEqualTo("millrace-batch-executor");
    assertThat(pod.at("/spec/automountServiceAccountToken").asBoolean(true)).isFalse();
    assertThat(pod.at("/metadata/labels/app.kubernetes.io~1component").asText())
        .isEqualTo("batch-executor");
    assertThat(pod.at("/metadata/ownerReferences/0/name").asText()).isEqualTo("millrace-batch-1");
    assertThat(pod.at("/metadata/ownerReferences/0/uid").asText())
        .isEqualTo("uid-millrace-batch-1");
  }

  /** The Role's rules, as {@link FakeKubernetes#asked} writes them. */
  private static Set<String> allowed() throws IOException {
    Set<String> allowed = new HashSet<>();
    for (JsonNode document : documents("accounts.yaml")) {
      for (JsonNode rule : document.path("rules")) {
        for (JsonNode resource : rule.path("resources")) {
          rule.path("verbs").forEach(v -> allowed.add(v.asText() + " " + resource.asText()));
        }
      }
    }
    return allowed;
  }

  /** The CronJob's container as a process, on this machine's addresses and with less memory. */
  private Process submit() throws IOException {
    JsonNode job = documents("batch.yaml").get(0);
    JsonNode spark = documents("batch.yaml").get(1).path("data");
    Files.writeString(dir.resolve("spark.properties"), spark.path("spark.properties").asText());
    Files.writeString(dir.resolve("executor.yaml"), spark.path("executor.yaml").asText());
    JsonNode container = job.at("/spec/jobTemplate/spec/template/spec/containers/0");
    List<String> command = new ArrayList<>();
    container.path("command").forEach(word -> command.add(word.asText().replace(HOME, home + "")));
    for (JsonNode word : container.path("args")) {
      if (word.asText().equals("--class")) {
        Map.of(
                "spark.kubernetes.executor.podTemplateFile",
                    dir.resolve("executor.yaml").toString(),
                "spark.executor.instances", "1",
                "spark.executor.memory", "640m",
                "spark.executor.memoryOverhead", "256m",
                "spark.sql.shuffle.partitions", "2",
                "spark.driver.port", "0",
                "spark.blockManager.port", "0",
                "spark.port.maxRetries", "16")
            .forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
      }
      command.add(
          word.asText()
              .replace("https://kubernetes.default.svc:443", kubernetes.url())
              .replace("$(POD_NAMESPACE)", "millrace")
              .replace("$(POD_NAME)", "millrace-batch-1")
              .replace("$(POD_IP)", "127.0.0.1")
              .replace("$(EXECUTOR_IMAGE)", IMAGE)
              .replace("/etc/spark/", dir + "/")
              .replace("/etc/millrace/", dir + "/"));
    }
    command.set(1, "-Xmx640m");
    return process("driver", command, Map.of("KUBERNETES_AUTH_TRYKUBECONFIG", "false"));
  }

  /** A node's part: the pod's container as a process. */
  private Process executor(JsonNode pod) {
    JsonNode container = pod.at("/spec/containers/0");
    Map<String, String> environment = new HashMap<>();
    for (JsonNode variable : container.path("env")) {
      String field = variable.at("/valueFrom/fieldRef/fieldPath").asText();
      environment.put(
          variable.path("name").asText(),
          switch (field) {
            case "status.podIP" -> "127.0.0.1";
            case "metadata.name" -> pod.at("/metadata/name").asText();
            default -> variable.path("value").asText();
          });
    }
    environment.put("MILLRACE_HOME", home.toString());
    List<String> command = new ArrayList<>();
    container
        .path("command")
        .forEach(word -> command.add(word.asText().replace(HOME + "/bin", SCRIPTS.toString())));
    container.path("args").forEach(word -> command.add(word.asText()));
    try {
      return process("executor", command, environment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process process(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(Files.createDirectories(dir.resolve("work-" + name)).toFile());
    builder.redirectOutput(dir.resolve(name + ".log").toFile());
    builder.environment().keySet().removeIf(key -> key.matches("(SPARK|MILLRACE|KUBE).*"));
    builder.environment().putAll(environment);
    builder
        .environment()
        .put("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
    return builder.start();
  }

  /** The options that this build starts its own JVMs with. */
  private static String jvmOptions() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens") || option.startsWith("-D"))
        .filter(option -> option.contains("java.base") || option.matches("-D(jdk|user).*"))
        .collect(Collectors.joining("\n"));
  }

  private String log(String name) throws IOException {
    Path log = dir.resolve(name + ".log");
    return Files.exists(log) ? Files.readString(log) : "no " + log;
  }

  private static List<JsonNode> documents(String file) throws IOException {
    try (var parser = new YAMLMapper().createParser(BASE.resolve(file).toFile())) {
      return JSON.readValues(parser, JsonNode.class).readAll();
    }
  }
}
