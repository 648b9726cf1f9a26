package io.millrace.system;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.testkit.Ports;
import io.millrace.testkit.Processes;
import io.millrace.testkit.TestProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclBinding;

/**
 * The layers as processes over a {@link SecuredBroker}, each with a user of its own and exactly the
 * rights that {@code deploy/kafka/acls.sh} gives it. The speed layer logs in by its certificate,
 * the others by password; every way to hand over a secret is used by one of them.
 */
final class SecuredSystem implements AutoCloseable {
  static final String NAMESPACE = "wires";
  static final String TOPIC = "wires.payments";
  static final List<String> LAYERS = List.of("speed", "batch", "serving");

  private static final Duration READY = Duration.ofSeconds(180);
  private static final Duration COMMAND = Duration.ofSeconds(240);
  private static final String JAAS =
      "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\""
          + " password=\"%s\";";

  /** How a command ended, and both its outputs. */
  record Ran(int exit, String output) {}

  private final Path dir;
  private final Certificates certificates;
  private final SecuredBroker broker;
  private final Processes processes;
  private final Map<String, String> passwords = new LinkedHashMap<>();
  private final String storePassword;
  private final String lakeSecret = secret("lake");

  /** A transaction that its owner may not end holds the source's offsets up until then. */
  private static final String SOON_ABORTED =
      "speed.properties.producer.transaction.timeout.ms: 10000\n"
          // And soon aware of a new partition.
          + "speed.properties.main.consumer.metadata.max.age.ms: 5000\n";

  private static final String SOON_ARCHIVED = "batch.archive.interval: 5s\n";

  private final int servingPort = Ports.free(1)[0];
  private int commands;

  SecuredSystem(Path dir, Certificates certificates, String storePassword, SecuredBroker broker) {
    this.dir = dir;
    this.certificates = certificates;
    this.storePassword = storePassword;
    this.broker = broker;
    this.processes = Processes.in(dir.resolve("logs"));
    for (String role : List.of("batch", "serving", "operator")) {
      passwords.put(role, secret(role));
      write(role + ".password", passwords.get(role) + "\n");
    }
    broker.addScramUsers(
        passwords.entrySet().stream()
            .collect(Collectors.toMap(e -> "millrace-" + e.getKey(), Map.Entry::getValue)));
    certificates.sign("millrace-speed", "");
    grant(rights());
    write("speed.yaml", yaml("speed", broker.mutualTlsAddress(), mutualTls()) + SOON_ABORTED);
    write(
        "batch.yaml",
        yaml("batch", broker.scramAddress(), scram("batch")) + eventLog() + SOON_ARCHIVED);
    write("operator.yaml", yaml("operator", broker.scramAddress(), scram("operator")));
  }

  /** A text that occurs nowhere by chance. */
  static String secret(String of) {
    byte[] random = new byte[12];
    new SecureRandom().nextBytes(random);
    return of + "-" + Base64.getUrlEncoder().encodeToString(random);
  }

  /** Everything that nobody may read anywhere. */
  List<String> secrets() throws IOException {
    List<String> secrets = new ArrayList<>(passwords.values());
    secrets.add(storePassword);
    secrets.add(lakeSecret);
    secrets.add(Files.readAllLines(certificates.key("millrace-speed")).get(1));
    return secrets;
  }

  /** All rights that the script gives. */
  static List<AclBinding> rights() {
    return AclScript.bindings(
        Installation.home().resolve("deploy/kafka/acls.sh"),
        "--namespace",
        NAMESPACE,
        "--source",
        TOPIC);
  }

  void grant(List<AclBinding> rights) {
    try (Admin admin = broker.superUser()) {
      admin.createAcls(rights).all().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("cannot grant " + rights, e);
    }
  }

  void revoke(AclBinding right) {
    try (Admin admin = broker.superUser()) {
      admin.deleteAcls(List.of(right.toFilter())).all().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("cannot revoke " + right, e);
    }
  }

  SecuredBroker broker() {
    return broker;
  }

  Path dir() {
    return dir;
  }

  Http http() {
    return new Http("http://127.0.0.1:" + servingPort);
  }

  /** Starts all layers and returns when each says that it is ready. */
  void start() {
    Map<String, TestProcess> started = new LinkedHashMap<>();
    LAYERS.forEach(layer -> started.put(layer, layer(layer, layer, Map.of())));
    started.forEach((layer, process) -> process.awaitOutput(layer + " ready", READY));
  }

  /**
   * Starts a layer.
   *
   * @param name of the process
   * @param environment over what it has otherwise
   */
  TestProcess layer(String layer, String name, Map<String, String> environment) {
    String main =
        switch (layer) {
          case "speed" -> "io.millrace.speed.SpeedMain";
          case "batch" -> "io.millrace.batch.BatchMain";
          default -> "io.millrace.serving.ServingMain";
        };
    Map<String, String> variables = new HashMap<>();
    variables.put("LAKE_SECRET", lakeSecret);
    String[] arguments = {"--config", dir.resolve(layer + ".yaml").toString()};
    if (layer.equals("serving")) {
      arguments = new String[0];
      variables.putAll(servingVariables());
    }
    variables.putAll(environment);
    List<String> options = List.of("-Xmx512m", loggingAll());
    return processes.java(name, options, variables, main, arguments);
  }

  /** Runs {@code millrace …} as the operator. */
  Ran millrace(String... arguments) {
    return millrace(Map.of(), arguments);
  }

  Ran millrace(Map<String, String> environment, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", dir.resolve("operator.yaml").toString()));
    String name = "millrace-" + ++commands + "-" + arguments[0];
    Map<String, String> variables = new HashMap<>(Map.of("LAKE_SECRET", lakeSecret));
    variables.putAll(environment);
    TestProcess process =
        processes.java(
            name,
            List.of(
                "-Xmx384m", "-Dlog4j2.configurationFile=io/millrace/launcher/log4j2-console.xml"),
            variables,
            "io.millrace.launcher.Millrace",
            all.toArray(String[]::new));
    return new Ran(process.awaitExit(COMMAND), process.output());
  }

  /** As {@link Sent#file}, with the rights of the operator. */
  void produce(String source, Path file) throws IOException {
    Sent.file(operator(), source, file);
  }

  /** The control topic with the rights of the serving layer. */
  ControlLog controlOfServing() {
    Map<String, String> variables = new HashMap<>(servingVariables());
    variables.put("LAKE_SECRET", lakeSecret);
    return ControlLog.open(MillraceConfig.load(Optional.empty(), variables, Map.of()));
  }

  /** What a layer says of itself, as the operator reads it. */
  Map<String, String> status(String layer) {
    try (ControlLog control = ControlLog.open(operator())) {
      return control.statuses(Duration.ofSeconds(10)).stream()
          .filter(status -> status.layer().equals(layer))
          .reduce((a, b) -> a.at().isAfter(b.at()) ? a : b)
          .map(LayerStatus::details)
          .orElse(Map.of());
    }
  }

  private MillraceConfig operator() {
    return MillraceConfig.load(
        Optional.of(dir.resolve("operator.yaml")), Map.of("LAKE_SECRET", lakeSecret), Map.of());
  }

  /** Every file that a process wrote as a log or an output, Spark's event log among them. */
  List<Path> logs() throws IOException {
    List<Path> logs = new ArrayList<>();
    for (String below : List.of("logs", "events", "operator/log")) {
      if (Files.exists(dir.resolve(below))) {
        try (Stream<Path> files = Files.walk(dir.resolve(below))) {
          files.filter(Files::isRegularFile).forEach(logs::add);
        }
      }
    }
    return logs;
  }

  Path write(String name, String text) {
    try {
      Files.createDirectories(dir);
      return Files.writeString(dir.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String yaml(String role, String address, Map<String, String> kafka) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("namespace", NAMESPACE);
    settings.put("data.dir", dir.resolve(role).toString());
    settings.put("kafka.bootstrap.servers", address);
    settings.put("kafka.connect.timeout", "60s");
    settings.put("serving.port", Integer.toString(servingPort));
    settings.put("lake.properties.warehouse", dir.resolve("lake").toString());
    settings.put("lake.properties.s3.secret-access-key", "${env:LAKE_SECRET}");
    kafka.forEach((key, value) -> settings.put("kafka.properties." + key, value));
    StringBuilder yaml = new StringBuilder();
    settings.forEach((key, value) -> yaml.append(key).append(": '").append(value).append("'\n"));
    return yaml.toString();
  }

  private String eventLog() {
    try {
      Files.createDirectories(dir.resolve("events"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "batch.properties.spark.eventLog.enabled: true\n"
        + "batch.properties.spark.eventLog.compress: false\n"
        + "batch.properties.spark.eventLog.dir: 'file://"
        + dir.resolve("events")
        + "'\n";
  }

  private Map<String, String> mutualTls() {
    return Map.of(
        "security.protocol",
        "SSL",
        "ssl.keystore.type",
        "PEM",
        "ssl.keystore.key",
        "${file:" + certificates.key("millrace-speed") + "}",
        "ssl.keystore.certificate.chain",
        "${file:" + certificates.certificate("millrace-speed") + "}",
        "ssl.truststore.type",
        "PEM",
        "ssl.truststore.certificates",
        "${file:" + certificates.authority() + "}");
  }

  private Map<String, String> scram(String role) {
    return Map.of(
        "security.protocol",
        "SASL_SSL",
        "sasl.mechanism",
        "SCRAM-SHA-512",
        "sasl.jaas.config",
        JAAS.formatted("millrace-" + role, "${file:" + dir.resolve(role + ".password") + "}"),
        "ssl.truststore.type",
        "PKCS12",
        "ssl.truststore.location",
        certificates.trust().toString(),
        "ssl.truststore.password",
        "${file:" + certificates.passwordFile() + "}");
  }

  /** The serving layer has no file: all it knows is in variables. */
  private Map<String, String> servingVariables() {
    String kafka = "MILLRACE_KAFKA_PROPERTIES_";
    return Map.ofEntries(
        Map.entry("MILLRACE_NAMESPACE", NAMESPACE),
        Map.entry("MILLRACE_DATA_DIR", dir.resolve("serving").toString()),
        Map.entry("MILLRACE_SERVING_PORT", Integer.toString(servingPort)),
        Map.entry("MILLRACE_LAKE_PROPERTIES_WAREHOUSE", dir.resolve("lake").toString()),
        Map.entry("MILLRACE_LAKE_PROPERTIES_S3_SECRET___ACCESS___KEY", lakeSecret),
        Map.entry("MILLRACE_KAFKA_CONNECT_TIMEOUT", "60s"),
        Map.entry("MILLRACE_KAFKA_BOOTSTRAP_SERVERS", broker.scramAddress()),
        Map.entry(kafka + "SECURITY_PROTOCOL", "SASL_SSL"),
        Map.entry(kafka + "SASL_MECHANISM", "SCRAM-SHA-512"),
        Map.entry(
            kafka + "SASL_JAAS_CONFIG",
            JAAS.formatted("millrace-serving", passwords.get("serving"))),
        Map.entry(kafka + "SSL_TRUSTSTORE_TYPE", "PEM"),
        Map.entry(
            kafka + "SSL_TRUSTSTORE_CERTIFICATES", "${file:" + certificates.authority() + "}"));
  }

  /** Logs far more than an installation does, so that a secret would show. */
  private static String loggingAll() {
    return "-Dlog4j2.configurationFile=classpath:secured-log4j2.properties";
  }

  @Override
  public void close() {
    processes.close();
  }
}
