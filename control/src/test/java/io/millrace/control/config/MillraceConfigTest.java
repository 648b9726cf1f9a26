package io.millrace.control.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MillraceConfigTest {
  @TempDir Path dir;

  @Test
  void shouldHaveDefaults() {
    MillraceConfig config = MillraceConfig.load(Optional.empty(), Map.of(), Map.of());
    assertThat(config.namespace()).isEqualTo("millrace");
    assertThat(config.dataDir()).isEqualTo(Path.of("./data"));
    assertThat(config.kafka().bootstrapServers()).isEmpty();
    assertThat(config.kafka().topicPartitions()).isEqualTo(4);
    assertThat(config.speed().commitInterval()).isEqualTo(Duration.ofMillis(50));
    assertThat(config.batch().schedule()).isEqualTo("0 0/5 * * * ?");
    assertThat(config.batch().scheduleOverride()).isEmpty();
    assertThat(config.lake().properties())
        .containsEntry("type", "hadoop")
        .containsEntry("warehouse", Path.of("data", "lake").toAbsolutePath().toString());
    assertThat(config.topics().control()).isEqualTo("millrace-control");
  }

  @Test
  void shouldReadNestedAndDottedKeysThenEnvironmentThenOverrides() throws IOException {
    Path file =
        file(
            """
            namespace: shop
            kafka:
              bootstrap.servers: "a:9092, b:9092"
              properties:
                security.protocol: SSL
                ssl:
                  truststore.location: /t
            batch.schedule: 0 0 6 * * ?
            batch.schedule.override: 0/20 * * * * ?
            serving: {host: 0.0.0.0, port: 9000}
            memory:
            speed.properties.max.poll.records: 500
            """);
    MillraceConfig config =
        MillraceConfig.load(
            Optional.of(file),
            Map.of(
                "MILLRACE_SERVING_PORT", "9001",
                "MILLRACE_SERVING_HOST", "localhost",
                "MILLRACE_KAFKA_PROPERTIES_CLIENT_ID", "me",
                "MILLRACE_HOME", "/opt/millrace",
                "MILLRACE_JAVA_OPTS", "-Xmx1g",
                "PATH", "/bin"),
            Map.of("serving.port", "9002"));
    assertThat(config.namespace()).isEqualTo("shop");
    assertThat(config.kafka().bootstrapServers()).contains("a:9092, b:9092");
    assertThat(config.kafka().properties())
        .containsOnly(
            Map.entry("security.protocol", "SSL"),
            Map.entry("ssl.truststore.location", "/t"),
            Map.entry("client.id", "me"));
    assertThat(config.clientProperties())
        .containsEntry("bootstrap.servers", "a:9092, b:9092")
        .containsEntry("security.protocol", "SSL");
    assertThat(config.adminProperties())
        .containsEntry("security.protocol", "SSL")
        .containsEntry("metadata.recovery.strategy", "none");
    assertThat(config.batch().schedule()).isEqualTo("0 0 6 * * ?");
    assertThat(config.batch().scheduleOverride()).contains("0/20 * * * * ?");
    assertThat(config.serving().host()).isEqualTo("localhost");
    assertThat(config.serving().port()).isEqualTo(9002);
    assertThat(config.speed().properties()).containsEntry("max.poll.records", "500");
  }

  @Test
  void shouldReadBackWhatItWrites() throws IOException {
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of(
                "kafka.bootstrap.servers", "h:1",
                "kafka.properties.sasl.jaas.config", "a b=\"c: #d\";",
                "lake.properties.catalog-impl", "x.Y",
                "batch.schedule.override", "0/20 * * * * ?",
                "serving.cursor.timeout", "90s",
                "batch.properties.spark.sql.shuffle.partitions", "4"));
    Path file = dir.resolve("below/out.yaml");
    config.write(file);
    assertThat(MillraceConfig.load(Optional.of(file), Map.of(), Map.of())).isEqualTo(config);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void shouldSayEveryProblemAtOnce() throws IOException {
    Path file =
        file(
            """
            servng.port: 8081
            serving.port: 80 80
            speed.commit.interval: soon
            speed.cut.interval: 10ms
            batch.keep.runs: 1
            batch.schedule: daily
            kafka.replication.factor: 3
            memory.speed: much
            lake: [1, 2]
            namespace: ${env:NOT_THERE}
            """);
    assertThatThrownBy(
            () ->
                MillraceConfig.load(
                    Optional.of(file), Map.of("MILLRACE_SERVING_PROT", "1"), Map.of()))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
        .hasMessageStartingWith("cannot use the configuration: found a list at 'lake' in " + file)
        .hasMessageContaining(
            "found no variable NOT_THERE, which 'namespace' in " + file + " names")
        .hasMessageContaining(
            "found unknown key 'servng.port' in "
                + file
                + ", expected a key of docs/guide/configuration.md; did you mean 'serving.port'?")
        .hasMessageContaining("found unknown key 'serving.prot' in the environment")
        .hasMessageContaining(
            "at 'serving.port' in "
                + file
                + " found '80 80', expected a whole number from 0 to 65535")
        .hasMessageContaining("found 'soon', expected a duration such as 50ms, 20s, 5m, 2h or 1d")
        .hasMessageContaining(
            "found speed.cut.interval 10ms, expected no less than speed.commit.interval, 50ms")
        .hasMessageContaining("found '1', expected a whole number from 2 to 10000")
        .hasMessageContaining("found 'daily', expected a Quartz cron expression of 6 or 7 fields")
        .hasMessageContaining("found kafka.replication.factor 3 without kafka.bootstrap.servers")
        .hasMessageContaining("found 'much', expected a memory size such as 768m or 2g");
  }

  @Test
  void shouldRefuseAPortThatTwoWouldListenOn() {
    assertThatThrownBy(() -> load(Map.of("kafka.port", "7", "serving.port", "7")))
        .hasMessageContaining("found kafka.port and serving.port both 7, expected two different");
    assertThatThrownBy(() -> load(Map.of("kafka.port", "7", "monitor.port", "7")))
        .hasMessageContaining("found kafka.port and monitor.port both 7, expected two different");
    assertThatThrownBy(() -> load(Map.of("monitor.port", "8080")))
        .hasMessageContaining("found serving.port and monitor.port both 8080, expected two");
    assertThat(
            load(Map.of("kafka.bootstrap.servers", "a:7", "kafka.port", "7", "monitor.port", "7"))
                .monitor())
        .isEqualTo(new MillraceConfig.Monitor("127.0.0.1", Optional.of(7)));
    assertThat(load(Map.of("serving.port", "0", "monitor.port", "0")).monitor().port()).contains(0);
    assertThat(load(Map.of()).monitor().port()).isEmpty();
  }

  private static MillraceConfig load(Map<String, String> settings) {
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }

  @Test
  void shouldSayWhereTheYamlIsWrong() throws IOException {
    Path file = file("namespace: a\nnamespace: b\n");
    assertThatThrownBy(() -> MillraceConfig.load(Optional.of(file), Map.of(), Map.of()))
        .hasMessageContaining("found a YAML error in " + file + ", line 2")
        .hasMessageContaining("namespace");
    assertThatThrownBy(
            () -> MillraceConfig.load(Optional.of(dir.resolve("none")), Map.of(), Map.of()))
        .hasMessageContaining("found no readable file " + dir.resolve("none"));
  }

  @Test
  void shouldReadSecretsFromFilesAndNotShowThem() throws IOException {
    Path password = Files.writeString(dir.resolve("password"), "hunter2\n");
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of("S3", "hunter3"),
            Map.of(
                "kafka.properties.ssl.keystore.password", "${file:" + password + "}",
                "lake.properties.s3.secret-access-key", "${env:S3}",
                "lake.properties.uri", "http://x"));
    assertThat(config.kafka().properties()).containsEntry("ssl.keystore.password", "hunter2");
    assertThat(config.lake().properties()).containsEntry("s3.secret-access-key", "hunter3");
    assertThat(config.toString())
        .doesNotContain("hunter")
        .contains("ssl.keystore.password=*****")
        .contains("uri=http://x");
  }

  @Test
  void shouldPutFilesAndVariablesIntoValues() throws IOException {
    Path password = Files.writeString(dir.resolve("password"), " hun ter2 \r\n\n");
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of("WHO", "me"),
            Map.of(
                "kafka.properties.sasl.jaas.config",
                "Login required username=\"${env:WHO}\" password=\"${file:" + password + "}\";",
                "kafka.properties.client.id",
                "$${env:WHO}",
                "namespace",
                "${env:WHO}"));
    assertThat(config.kafka().properties())
        .containsEntry(
            "sasl.jaas.config", "Login required username=\"me\" password=\" hun ter2 \";")
        .containsEntry("client.id", "${env:WHO}");
    assertThat(config.namespace()).isEqualTo("me");
    assertThat(MillraceConfig.refers("a ${env:WHO}")).isTrue();
    assertThat(MillraceConfig.refers("a $${env:WHO} ${other}")).isFalse();
  }

  @Test
  void shouldReadBackValuesThatLookLikeReferencesOrHaveSeveralLines() throws IOException {
    Path key = Files.writeString(dir.resolve("key"), "-----BEGIN\nab=\n$${file:x} ${env:Y}\n");
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("kafka.properties.ssl.keystore.key", "${file:" + key + "}"));
    assertThat(config.kafka().properties())
        .containsEntry("ssl.keystore.key", "-----BEGIN\nab=\n$${file:x} ${env:Y}");
    Path file = dir.resolve("out.yaml");
    config.write(file);
    assertThat(MillraceConfig.load(Optional.of(file), Map.of(), Map.of())).isEqualTo(config);
  }

  @Test
  void shouldSayWhichFileOfASecretIsMissingOrEmpty() throws IOException {
    Path empty = Files.writeString(dir.resolve("empty"), "\n");
    Path missing = dir.resolve("missing");
    assertThatThrownBy(
            () ->
                MillraceConfig.load(
                    Optional.empty(),
                    Map.of(),
                    Map.of(
                        "kafka.properties.ssl.key.password", "${file:" + empty + "}",
                        "kafka.properties.sasl.jaas.config", "a \"${file:" + missing + "}\";")))
        .hasMessageContaining(
            "found no readable file "
                + missing
                + ", which 'kafka.properties.sasl.jaas.config' in --set names"
                + " (NoSuchFileException), expected the value in it")
        .hasMessageContaining(
            "found nothing in file "
                + empty
                + ", which 'kafka.properties.ssl.key.password' in --set names, expected the value");
  }

  @Test
  void shouldTakeDashesAndCaseFromVariables() {
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(
                "MILLRACE_LAKE_PROPERTIES_CATALOG___IMPL", "x.Y",
                "MILLRACE_LAKE_PROPERTIES_CLIENT_REGION", "eu",
                "MILLRACE_LAKE_PROPERTIES_S3_SECRET___ACCESS___KEY", "s",
                "MILLRACE_KAFKA_PROPERTIES_SSL_TRUSTSTORE_LOCATION", "/t",
                "MILLRACE_LAKE_PROPERTIES_JDBC_A__B", "c",
                "MILLRACE_BATCH_PROPERTIES_spark_executor_memoryOverhead", "1g"),
            Map.of());
    assertThat(config.lake().properties())
        .containsOnly(
            Map.entry("catalog-impl", "x.Y"),
            Map.entry("client.region", "eu"),
            Map.entry("jdbc.a_b", "c"),
            Map.entry("s3.secret-access-key", "s"));
    assertThat(config.kafka().properties()).containsOnlyKeys("ssl.truststore.location");
    assertThat(config.batch().properties()).containsOnlyKeys("spark.executor.memoryOverhead");
  }

  @Test
  void shouldRefuseToReachKafkaWithoutAnAddress() {
    MillraceConfig config = MillraceConfig.load(Optional.empty(), Map.of(), Map.of());
    assertThatThrownBy(config::clientProperties)
        .hasMessage(
            "cannot reach Kafka: found no kafka.bootstrap.servers, expected the address of a"
                + " broker; set it, or start with 'millrace up'");
    assertThat(config.withBootstrapServers("x:1").clientProperties())
        .containsEntry("bootstrap.servers", "x:1");
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(dir.resolve("millrace.yaml"), yaml);
  }
}
