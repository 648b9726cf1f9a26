package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.log.ControlLog;
import io.millrace.control.model.Refusal;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestProcess;
import io.millrace.testkit.oracle.Accumulator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The whole path over TLS, SCRAM and client certificates, with the documented rights and no others;
 * then, that each of these is needed, and that no secret shows anywhere. For any make of broker.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class SecuredWiresSuite {
  private static final Duration SOON = Duration.ofSeconds(120);
  private static final String VIEW = "payments_by_card";
  private static final String SCHEMA =
      """
      {"type": "record", "name": "Payment", "fields": [
        {"name": "card", "type": "string"}, {"name": "cents", "type": "long"}]}
      """;

  private record Payment(String card, long cents) {}

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final Path dir =
      Path.of("target/secured-wires-" + Instant.now().toEpochMilli()).toAbsolutePath();
  private SecuredBroker broker;
  private SecuredSystem system;
  private TopicTail<Payment> tail;

  /**
   * @param certificates with stores of {@code storePassword}; they are asked to sign the broker
   */
  protected abstract SecuredBroker broker(Path dir, Certificates certificates, String storePassword)
      throws Exception;

  @BeforeAll
  void start() throws Exception {
    String storePassword = SecuredSystem.secret("store");
    Certificates certificates = new Certificates(dir.resolve("certificates"), storePassword);
    broker = broker(dir.resolve("broker"), certificates, storePassword);
    system = new SecuredSystem(dir, certificates, storePassword, broker);
    apply("");
    system.start();
    tail = tail();
  }

  /**
   * @param more columns of the view, from a comma on
   */
  private void apply(String more) throws IOException {
    Path application = Files.createDirectories(dir.resolve("application"));
    Files.writeString(application.resolve("payment.avsc"), SCHEMA);
    Files.writeString(
        application.resolve("payments.sql"),
        """
        CREATE TABLE payments USING kafka
          OPTIONS (topic 'wires.payments', schema 'payment.avsc', partitions '2');
        CREATE VIEW payments_by_card TBLPROPERTIES ('schedule' = '0 0 0 1 1 ?')
        AS SELECT card, count(*) AS payments, sum(cents) AS cents, max(cents) AS largest %s
           FROM payments GROUP BY card;
        """
            .formatted(more));
    succeeds("apply", application.toString());
  }

  private TopicTail<Payment> tail() {
    return new TopicTail<>(
        broker.superUserAddress(),
        SecuredSystem.TOPIC,
        new Schema.Parser().parse(SCHEMA),
        record -> new Payment(record.get("card").toString(), (Long) record.get("cents")));
  }

  @AfterAll
  void stop() throws Exception {
    if (tail != null) {
      tail.close();
    }
    if (system != null) {
      system.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  @Order(1)
  void shouldArchiveRunCountAndAnswerExactly() throws Exception {
    succeeds("produce", "payments", payments(3_000).toString());
    answerAtEnd();
    succeeds("recompute", VIEW);
    Eventually.await(
        "the answer to be of the new run",
        SOON,
        () -> system.http().answer(VIEW).boundary().total() >= 3_000);
    produce(2_000);

    Answer answer = answerAtEnd();

    tail.readTo(answer.live());
    assertThat(view().differences(answer)).as("seed %d", seed).isEmpty();
    assertThat(answer.rows()).hasSizeGreaterThan(50);
    assertThat(answer.boundary().total()).as("archived and run").isGreaterThanOrEqualTo(3_000);
    assertThat(answer.live().total()).as("live past the run").isGreaterThan(5_000 - 1);
    assertThat(answer.live()).isNotEqualTo(answer.boundary());
    assertThat(succeeds("verify", VIEW)).contains("rows equal, 0 differ");
    assertThat(succeeds("status")).contains(VIEW).doesNotContain("!");
    assertThat(succeeds("runs")).contains(answer.runId());
    assertThat(succeeds("query", VIEW, "--limit", "3")).contains("card-");
    assertThat(succeeds("rebuild", VIEW)).contains("rebuilt").contains("✓ " + VIEW);
    assertThat(view().differences(answerAtEnd())).as("seed %d", seed).isEmpty();
  }

  @Test
  @Order(2)
  void shouldSayThatThePasswordIsWrong() {
    Map<String, String> wrong =
        Map.of(
            "MILLRACE_KAFKA_PROPERTIES_SASL_JAAS_CONFIG",
            "org.apache.kafka.common.security.scram.ScramLoginModule required"
                + " username=\"millrace-operator\" password=\"not-this-one\";");

    SecuredSystem.Ran ran = system.millrace(wrong, "runs");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.output())
        .contains("NOT_AUTHENTICATED: cannot log in to Kafka: found that one side does not accept")
        .contains("invalid credentials with SASL mechanism SCRAM-SHA-512")
        .contains("correct kafka.properties.sasl.* and kafka.properties.ssl.*")
        .doesNotContain("not-this-one", "\tat ");
    TestProcess serving = system.layer("serving", "serving-wrong-password", wrong);
    assertThat(serving.awaitExit(SOON)).isEqualTo(1);
    assertThat(serving.output())
        .contains("cannot log in to Kafka: found that one side does not accept the other")
        .doesNotContain("not-this-one");
  }

  @Test
  @Order(2)
  void shouldSayThatTheBrokerIsNotToBeTrusted() {
    SecuredSystem.Ran ran =
        system.millrace(
            Map.of(
                "MILLRACE_KAFKA_PROPERTIES_SSL_TRUSTSTORE_TYPE", "PKCS12",
                "MILLRACE_KAFKA_PROPERTIES_SSL_TRUSTSTORE_LOCATION",
                    Path.of(System.getProperty("java.home"), "lib/security/cacerts").toString(),
                "MILLRACE_KAFKA_PROPERTIES_SSL_TRUSTSTORE_PASSWORD", "changeit"),
            "runs");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.output())
        .contains("NOT_AUTHENTICATED: cannot log in to Kafka")
        .contains("(SSL handshake failed: unable to find valid certification path");
  }

  @Test
  @Order(2)
  void shouldSayThatThePortIsNotForPlainText() {
    SecuredSystem.Ran ran =
        system.millrace(Map.of("MILLRACE_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "PLAINTEXT"), "runs");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.output())
        .contains("BROKER_UNREACHABLE: cannot reach Kafka: found that " + broker.scramAddress())
        .contains("speaks TLS, expected PLAINTEXT; set kafka.properties.security.protocol to SSL")
        .doesNotContain("OutOfMemory");
  }

  @Test
  @Order(3)
  void shouldSayWhichRightAnOperatorLacks() throws Exception {
    try (Revoked right = new Revoked("operator", SecuredSystem.TOPIC, AclOperation.WRITE)) {
      Path file = payments(10);
      SecuredSystem.Ran ran = system.millrace("produce", "payments", file.toString());
      assertThat(ran.exit()).as(right.toString()).isEqualTo(1);
      assertThat(ran.output()).contains(refused("topic " + SecuredSystem.TOPIC));
    }
    try (Revoked right = new Revoked("operator", "wires-control", AclOperation.READ)) {
      SecuredSystem.Ran ran = system.millrace("runs");
      assertThat(ran.exit()).as(right.toString()).isEqualTo(1);
      assertThat(ran.output()).contains(refused("topic wires-control"));
    }
  }

  @Test
  @Order(3)
  void shouldSayWhichRightTheSpeedLayerLacks() throws Exception {
    speedLacks("wires-speed-layer-", ResourceType.GROUP, AclOperation.READ, "consumer group");
    speedLacks(
        "wires-speed-layer-",
        ResourceType.TRANSACTIONAL_ID,
        AclOperation.WRITE,
        "a transactional id");
    speedLacks("wires-speed-", ResourceType.TOPIC, AclOperation.WRITE, "topic wires-speed-");
  }

  private void speedLacks(String name, ResourceType resource, AclOperation operation, String what)
      throws Exception {
    try (Revoked right = new Revoked("speed", name, resource, operation)) {
      produce(10);
      Eventually.await(
          "the speed layer to say that it lacks " + right,
          SOON,
          () -> system.status("speed").getOrDefault("error.source.payments", "").contains(what));
    }
    produce(10);
    answerAtEnd();
  }

  @Test
  @Order(3)
  void shouldSayWhichRightTheBatchLayerLacks() throws Exception {
    try (Revoked right = new Revoked("batch", SecuredSystem.TOPIC, AclOperation.READ)) {
      produce(10);
      Eventually.await(
          "the batch layer to say that it lacks " + right,
          SOON,
          () ->
              system
                  .status("batch")
                  .getOrDefault("error.source.payments", "")
                  .contains(refused("topic " + SecuredSystem.TOPIC)));
      assertThat(system.millrace("status").output())
          .contains("cannot use topic " + SecuredSystem.TOPIC);
    }
    Eventually.await(
        "the batch layer to archive again",
        SOON,
        () -> !system.status("batch").containsKey("error.source.payments"));
  }

  @Test
  @Order(3)
  void shouldSayWhichRightTheServingLayerLacks() throws Exception {
    try (Revoked right = new Revoked("serving", "wires-speed-", AclOperation.READ)) {
      produce(10);
      Eventually.await(
          "the serving layer to say that it lacks " + right,
          SOON,
          () ->
              system
                  .status("serving")
                  .getOrDefault("error.speed", "")
                  .contains("cannot use topic"));
      String answer = system.http().text("/v1/health/ready");
      assertThat(answer).contains("cannot use topic wires-speed-");
    }
    answerAtEnd();
  }

  @Test
  @Order(3)
  void shouldLetTheServingLayerRefuseARun() {
    try (ControlLog control = system.controlOfServing()) {
      Refusal refusal =
          new Refusal(
              "no-such-run", "sales", "1", "before", "as told", Instant.now(), Optional.empty());
      control.publish(refusal);
      assertThat(control.state().refused("no-such-run")).isTrue();
      control.publish(refusal.accepted(Instant.now()));
      assertThat(control.state().refused("no-such-run")).isFalse();
    }
  }

  @Test
  @Order(4)
  void shouldHaveTheRightsToGrowAndToForget() throws Exception {
    try (Admin admin = broker.superUser()) {
      admin.createPartitions(Map.of(SecuredSystem.TOPIC, NewPartitions.increaseTo(3))).all().get();
      tail.close();
      tail = tail();
      produce(900);
      Eventually.await(
          "the speed topic of before the rebuild to be deleted",
          SOON.multipliedBy(2),
          () -> speedTopics(admin).size() == 1);
      Set<String> before = speedTopics(admin);
      apply(", min(cents) AS smallest");
      Eventually.await(
          "the speed topic of the retired version to be deleted",
          SOON.multipliedBy(2),
          () -> {
            Set<String> now = speedTopics(admin);
            return now.size() == 1 && !now.equals(before);
          });
    }
    Answer answer = answerAtEnd();
    assertThat(answer.live().offset(2)).isEqualTo(300);
    assertThat(answer.rows()).allMatch(row -> row.containsKey("smallest"));
    tail.readTo(answer.live());
    assertThat(view().differences(answer)).as("seed %d", seed).isEmpty();
  }

  private static Set<String> speedTopics(Admin admin) throws Exception {
    return admin.listTopics().names().get().stream()
        .filter(name -> name.startsWith("wires-speed-" + VIEW))
        .collect(Collectors.toSet());
  }

  @Test
  @Order(5)
  void shouldShowNoSecretAnywhere() throws Exception {
    List<String> secrets = system.secrets();
    Map<String, String> seen = new LinkedHashMap<>();
    for (Path log : system.logs()) {
      seen.put(log.toString(), Files.readString(log, StandardCharsets.ISO_8859_1));
    }
    for (String path :
        List.of(
            "/",
            "/metrics",
            "/v1/views",
            "/v1/views/" + VIEW,
            "/v1/views/" + VIEW + "/rows",
            "/v1/views/no_such_view/rows",
            "/v1/health/live",
            "/v1/health/ready",
            "/v1/openapi.json")) {
      seen.put(path, system.http().text(path));
    }
    for (String layer : SecuredSystem.LAYERS) {
      seen.put("status of " + layer, system.status(layer).toString());
    }
    seen.put("the process table", commandLines());
    // It would be found: what stands beside secrets is there.
    assertThat(seen.get("the process table")).contains("io.millrace.speed.SpeedMain");
    assertThat(seen.get(system.dir().resolve("logs/batch.log").toString()))
        .contains("sasl.jaas.config = [hidden]")
        .contains("security.protocol = SASL_SSL");
    assertThat(seen.get(system.dir().resolve("logs/speed.log").toString()))
        .contains("ssl.keystore.key = [hidden]");
    assertThat(seen.entrySet())
        .as("Spark's event log")
        .anyMatch(
            entry ->
                entry.getKey().contains("/events/")
                    && entry.getValue().contains("s3.secret-access-key"));
    assertThat(seen.get("/metrics")).contains("millrace_view_ready");

    seen.forEach(
        (where, text) -> {
          for (String secret : secrets) {
            assertThat(text.contains(secret)).as("%s shows %s", where, secret).isFalse();
          }
        });
    try (var files = Files.walk(system.dir())) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("client-")))
          .as("configurations that commands left behind")
          .isEmpty();
    }
  }

  /** A right that is taken away and given back. */
  private final class Revoked implements AutoCloseable {
    private final AclBinding right;

    Revoked(String role, String name, AclOperation operation) {
      this(role, name, ResourceType.TOPIC, operation);
    }

    Revoked(String role, String name, ResourceType resource, AclOperation operation) {
      this.right =
          SecuredSystem.rights().stream()
              .filter(it -> it.entry().principal().equals("User:millrace-" + role))
              .filter(it -> it.entry().operation() == operation)
              .filter(it -> it.pattern().name().equals(name))
              .filter(it -> it.pattern().resourceType() == resource)
              .findFirst()
              .orElseThrow();
      system.revoke(right);
    }

    @Override
    public void close() {
      system.grant(List.of(right));
    }

    @Override
    public String toString() {
      return right.toString();
    }
  }

  private static String refused(String what) {
    return "NOT_AUTHORIZED: cannot use " + what + ": found that Kafka refuses it";
  }

  private String succeeds(String... command) {
    SecuredSystem.Ran ran = system.millrace(command);
    assertThat(ran.exit()).as("%s: %s", List.of(command), ran.output()).isZero();
    return ran.output();
  }

  private void produce(int count) throws IOException {
    system.produce("payments", payments(count));
  }

  private Path payments(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines
          .append("{\"card\": \"card-")
          .append(random.nextInt(100))
          .append("\", \"cents\": ")
          .append(random.nextInt(1_000_000))
          .append("}\n");
    }
    return system.write("payments.jsonl", lines.toString());
  }

  private Answer answerAtEnd() throws Exception {
    Eventually.await(
        VIEW + " to answer at the end of its topic",
        SOON,
        () -> system.http().live(VIEW).covers(tail.end()));
    return system.http().answer(VIEW);
  }

  private CheckedView<Payment> view() {
    LinkedHashMap<String, Supplier<Accumulator<Payment>>> aggregates = new LinkedHashMap<>();
    aggregates.put("payments", Accumulator.count());
    aggregates.put("cents", Accumulator.sumLong(Payment::cents));
    aggregates.put("largest", Accumulator.max(Payment::cents));
    return new CheckedView<>(
        VIEW,
        tail.log(),
        List.of("card"),
        payment -> List.of(List.of(payment.card())),
        aggregates,
        row -> true);
  }

  /** As {@code ps} shows them to everybody. */
  private static String commandLines() {
    return ProcessHandle.allProcesses()
        .map(process -> Path.of("/proc", Long.toString(process.pid()), "cmdline"))
        .map(SecuredWiresSuite::commandLine)
        .collect(Collectors.joining("\n"));
  }

  private static String commandLine(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException e) {
      return "it has ended: " + e;
    }
  }
}
