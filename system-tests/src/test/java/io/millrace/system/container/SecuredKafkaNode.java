package io.millrace.system.container;

import com.github.dockerjava.api.model.PortBinding;
import io.millrace.system.Certificates;
import io.millrace.system.Installation;
import io.millrace.system.SecuredBroker;
import io.millrace.testkit.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.MountableFile;

/** {@code apache/kafka} in a container with TLS, SCRAM and ACLs. */
final class SecuredKafkaNode implements SecuredBroker {
  private static final Duration START = Duration.ofSeconds(120);
  private static final int SUPER_USER = 9092;
  private static final int SCRAM = 9094;
  private static final int MUTUAL_TLS = 9095;
  private static final String STORES = "/etc/kafka/secrets/";

  private final GenericContainer<?> container;
  private final int[] ports;

  private SecuredKafkaNode(GenericContainer<?> container, int[] ports) {
    this.container = container;
    this.ports = ports;
  }

  /**
   * @param certificates which have signed {@code broker} for this host
   * @param password of the stores
   */
  static SecuredKafkaNode start(Certificates certificates, String password) {
    int[] ports = Ports.free(3);
    GenericContainer<?> container =
        Leftovers.own(new GenericContainer<>(Images.kafka()))
            .withExposedPorts(SUPER_USER, SCRAM, MUTUAL_TLS)
            .withEnv("JAVA_TOOL_OPTIONS", Installation.NOT_OPTIMISED)
            .withCopyFileToContainer(readable(certificates.store("broker")), STORES + "broker.p12")
            .withCopyFileToContainer(readable(certificates.trust()), STORES + "trust.p12")
            .waitingFor(Wait.forLogMessage(".*Kafka Server started.*", 1))
            .withStartupTimeout(START)
            .withCreateContainerCmdModifier(
                command ->
                    command
                        .getHostConfig()
                        .withPortBindings(
                            PortBinding.parse(ports[0] + ":" + SUPER_USER),
                            PortBinding.parse(ports[1] + ":" + SCRAM),
                            PortBinding.parse(ports[2] + ":" + MUTUAL_TLS)));
    settings(ports, password).forEach((name, value) -> container.withEnv(variable(name), value));
    container.start();
    return new SecuredKafkaNode(container, ports);
  }

  private static Map<String, String> settings(int[] ports, String password) {
    Map<String, String> settings = new HashMap<>(SecuredBroker.security());
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@localhost:9093");
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put(
        "listeners",
        "PLAINTEXT://0.0.0.0:9092,CONTROLLER://localhost:9093,SCRAM://0.0.0.0:9094,"
            + "MTLS://0.0.0.0:9095,BROKER://localhost:9096");
    settings.put(
        "advertised.listeners",
        "PLAINTEXT://127.0.0.1:"
            + ports[0]
            + ",SCRAM://127.0.0.1:"
            + ports[1]
            + ",MTLS://127.0.0.1:"
            + ports[2]
            + ",BROKER://localhost:9096");
    settings.put(
        "listener.security.protocol.map",
        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT,SCRAM:SASL_SSL,MTLS:SSL");
    settings.put("inter.broker.listener.name", "BROKER");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", "4");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.num.partitions", "4");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("auto.create.topics.enable", "false");
    settings.put("group.initial.rebalance.delay.ms", "0");
    settings.put("ssl.keystore.type", "PKCS12");
    settings.put("ssl.keystore.location", STORES + "broker.p12");
    settings.put("ssl.keystore.password", password);
    settings.put("ssl.key.password", password);
    settings.put("ssl.truststore.type", "PKCS12");
    settings.put("ssl.truststore.location", STORES + "trust.p12");
    settings.put("ssl.truststore.password", password);
    return settings;
  }

  private static String variable(String setting) {
    return "KAFKA_" + setting.toUpperCase(Locale.ROOT).replace("-", "___").replace('.', '_');
  }

  private static MountableFile readable(Path file) {
    return MountableFile.forHostPath(file, 0644);
  }

  @Override
  public String scramAddress() {
    return "127.0.0.1:" + ports[1];
  }

  @Override
  public String mutualTlsAddress() {
    return "127.0.0.1:" + ports[2];
  }

  @Override
  public String superUserAddress() {
    return "127.0.0.1:" + ports[0];
  }

  @Override
  public void close() {
    container.stop();
  }
}
