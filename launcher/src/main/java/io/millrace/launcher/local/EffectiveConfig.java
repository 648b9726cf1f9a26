package io.millrace.launcher.local;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.EmbeddedBrokerProperties;
import io.millrace.launcher.local.process.FreePorts;
import java.util.Optional;

/** Fills in what a configuration leaves to the launcher. Stateless. */
public final class EffectiveConfig {
  private EffectiveConfig() {}

  /**
   * With the broker's address, and a free port wherever it says 0; but {@code monitor.port} 0
   * stays, each layer takes one of its own.
   *
   * @throws MillraceException {@code PORT_IN_USE}; {@code CONFIG_INVALID} if {@code monitor.port}
   *     is a port that all layers would have to share
   */
  static MillraceConfig of(MillraceConfig wanted) {
    wanted.monitor().port().filter(port -> port != 0).ifPresent(EffectiveConfig::refuseShared);
    MillraceConfig.Kafka kafka = wanted.kafka();
    if (kafka.bootstrapServers().isEmpty()) {
      int port = FreePorts.choose(EmbeddedBrokerProperties.HOST, kafka.port(), "kafka.port");
      kafka =
          new MillraceConfig.Kafka(
              Optional.of(EmbeddedBrokerProperties.HOST + ":" + port),
              port,
              kafka.topicPartitions(),
              kafka.replicationFactor(),
              kafka.connectTimeout(),
              kafka.properties());
    }
    MillraceConfig.Serving serving = wanted.serving();
    int port = FreePorts.choose(serving.host(), serving.port(), "serving.port");
    return new MillraceConfig(
        wanted.namespace(),
        wanted.dataDir().toAbsolutePath().normalize(),
        wanted.dataSlots(),
        kafka,
        wanted.lake(),
        wanted.speed(),
        wanted.batch(),
        new MillraceConfig.Serving(
            serving.host(),
            port,
            serving.cursorTimeout(),
            serving.waitLongest(),
            serving.sql(),
            serving.lookupBytes(),
            serving.pgwire()),
        wanted.monitor(),
        wanted.memory(),
        wanted.up());
  }

  private static void refuseShared(int monitorPort) {
    throw new MillraceException(
        ErrorCode.CONFIG_INVALID,
        "cannot start the layers on one machine: found monitor.port "
            + monitorPort
            + ", expected 0 or none, for they cannot share a port; set monitor.port to 0, and each"
            + " layer's log says which one it took");
  }

  /** Base URL of the serving layer, as a client on this machine reaches it. */
  public static String servingUrl(MillraceConfig config) {
    String host = config.serving().host();
    String reached = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
    return "http://"
        + (reached.contains(":") ? "[" + reached + "]" : reached)
        + ":"
        + config.serving().port();
  }
}
