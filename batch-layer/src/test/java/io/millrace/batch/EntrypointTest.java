package io.millrace.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image's command, run with a stand-in for {@code java}. */
class EntrypointTest {
  private static final Path SCRIPT =
      Path.of("src", "main", "container", "entrypoint").toAbsolutePath();

  /** What Spark's BasicExecutorFeatureStep sets. */
  private static final Map<String, String> EXECUTOR =
      Map.of(
          "SPARK_DRIVER_URL", "spark://CoarseGrainedScheduler@10.0.0.7:7078",
          "SPARK_EXECUTOR_ID", "3",
          "SPARK_EXECUTOR_CORES", "2",
          "SPARK_EXECUTOR_MEMORY", "2048m",
          "SPARK_APPLICATION_ID", "spark-application-1",
          "SPARK_EXECUTOR_POD_IP", "10.0.0.9",
          "SPARK_EXECUTOR_POD_NAME", "millrace-batch-exec-3",
          "SPARK_RESOURCE_PROFILE_ID", "0");

  @TempDir Path dir;

  private record Said(int status, String out, String err) {
    List<String> arguments() {
      return out.lines().toList();
    }
  }

  @BeforeEach
  void placeJava() throws IOException {
    Path java = dir.resolve("java");
    Files.writeString(java, "#!/bin/bash\nprintf '%s\\n' \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Said run(Map<String, String> environment, String... arguments) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Stream.concat(Stream.of(SCRIPT.toString()), Stream.of(arguments)).toList());
    builder.environment().keySet().removeIf(name -> name.matches("(SPARK|MILLRACE)_.*"));
    builder.environment().putAll(environment);
    builder.environment().put("PATH", dir + ":" + System.getenv("PATH"));
    Path out = dir.resolve("out");
    Path err = dir.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Test
  void shouldStartAnExecutorAsSparkDescribesIt() throws Exception {
    Map<String, String> environment = new HashMap<>(EXECUTOR);
    for (int i = 0; i < 11; i++) {
      environment.put("SPARK_JAVA_OPT_" + i, "-Doption=" + i);
    }
    environment.put("SPARK_JAVA_OPT_1", "-Dtext=two words * $HOME");

    Said said = run(environment, "executor");

    assertThat(said.status()).as(said.err()).isZero();
    assertThat(said.arguments())
        .containsExactly(
            "@/opt/millrace/jvm.options",
            "-Xms2048m",
            "-Xmx2048m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Doption=0",
            "-Dtext=two words * $HOME",
            "-Doption=2",
            "-Doption=3",
            "-Doption=4",
            "-Doption=5",
            "-Doption=6",
            "-Doption=7",
            "-Doption=8",
            "-Doption=9",
            "-Doption=10",
            "-cp",
            "/opt/millrace/lib/*:/opt/millrace/extra/*",
            "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
            "--driver-url",
            "spark://CoarseGrainedScheduler@10.0.0.7:7078",
            "--executor-id",
            "3",
            "--cores",
            "2",
            "--app-id",
            "spark-application-1",
            "--hostname",
            "10.0.0.9",
            "--resourceProfileId",
            "0",
            "--podName",
            "millrace-batch-exec-3");
  }

  @Test
  void shouldSayWhichVariableAnExecutorLacks() throws Exception {
    for (String missing : EXECUTOR.keySet()) {
      Map<String, String> environment = new HashMap<>(EXECUTOR);
      environment.remove(missing);

      Said said = run(environment, "executor");

      assertThat(said.status()).isEqualTo(2);
      assertThat(said.err())
          .isEqualTo(
              "cannot start as executor: found no variable "
                  + missing
                  + ", expected it set by Spark; run this image by spark-submit --master"
                  + " k8s://…\n");
    }
  }

  @Test
  void shouldPutSparksFilesAndTheUsersJarsOnTheClassPath() throws Exception {
    Map<String, String> environment = new HashMap<>(EXECUTOR);
    environment.put("MILLRACE_HOME", "/srv/millrace");
    environment.put("SPARK_CONF_DIR", "/opt/spark/conf");
    environment.put("SPARK_CLASSPATH", "/jars/first.jar");

    assertThat(run(environment, "executor").arguments())
        .contains("@/srv/millrace/jvm.options")
        .containsSequence(
            "-cp", "/jars/first.jar:/opt/spark/conf:/srv/millrace/lib/*:/srv/millrace/extra/*");
  }

  @Test
  void shouldStartADriverThatWasSentInClusterMode() throws Exception {
    Said said =
        run(
            Map.of("SPARK_DRIVER_BIND_ADDRESS", "10.0.0.7"),
            "driver",
            "--properties-file",
            "/opt/spark/conf/spark.properties",
            "--class",
            "io.millrace.batch.RecomputeMain",
            "spark-internal",
            "--view",
            "a view");

    assertThat(said.arguments())
        .containsSubsequence(
            "org.apache.spark.deploy.SparkSubmit",
            "--conf",
            "spark.driver.bindAddress=10.0.0.7",
            "--deploy-mode",
            "client",
            "--properties-file",
            "/opt/spark/conf/spark.properties",
            "--class",
            "io.millrace.batch.RecomputeMain",
            "spark-internal",
            "--view",
            "a view");
    assertThat(run(Map.of(), "driver").err())
        .contains("found no variable SPARK_DRIVER_BIND_ADDRESS");
  }

  @Test
  void shouldSubmit() throws Exception {
    assertThat(run(Map.of(), "submit", "--version").arguments())
        .endsWith("org.apache.spark.deploy.SparkSubmit", "--version");
  }

  @Test
  void shouldRunAClass() throws Exception {
    assertThat(run(Map.of(), "class", "-Da=b c", "some.Main", "an argument").arguments())
        .contains("@/opt/millrace/jvm.options", "-XX:+ExitOnOutOfMemoryError")
        .endsWith(
            "-cp",
            "/opt/millrace/lib/*:/opt/millrace/extra/*",
            "-Da=b c",
            "some.Main",
            "an argument");
  }

  @Test
  void shouldRunAnythingElseAsItIs() throws Exception {
    Said said = run(Map.of(), "printf", "%s|", "a b", "*");
    assertThat(said.out()).isEqualTo("a b|*|");
    Said nothing = run(Map.of());
    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err())
        .contains("found no argument, expected class, submit, executor, driver");
  }
}
