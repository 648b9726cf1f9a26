package io.millrace.system;

import io.millrace.control.kafka.EmbeddedBrokerProperties;
import io.millrace.testkit.Ports;
import io.millrace.testkit.TestBroker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** {@link TestBroker} with TLS, SCRAM and ACLs. */
final class EmbeddedSecuredBroker implements SecuredBroker {
  private final TestBroker broker;
  private final String scram;
  private final String mutualTls;

  private EmbeddedSecuredBroker(TestBroker broker, String scram, String mutualTls) {
    this.broker = broker;
    this.scram = scram;
    this.mutualTls = mutualTls;
  }

  /**
   * @param certificates which have signed {@code broker} for this host
   * @param password of the stores
   */
  static EmbeddedSecuredBroker start(Path dir, Certificates certificates, String password) {
    int[] ports = Ports.free(2);
    String scram = EmbeddedBrokerProperties.HOST + ":" + ports[0];
    String mutualTls = EmbeddedBrokerProperties.HOST + ":" + ports[1];
    TestBroker broker =
        TestBroker.start(
            dir,
            usual -> {
              String more = ",SCRAM://" + scram + ",MTLS://" + mutualTls;
              Map<String, String> settings = new HashMap<>(SecuredBroker.security());
              settings.put("listeners", usual.settings().get("listeners") + more);
              settings.put(
                  "advertised.listeners", usual.settings().get("advertised.listeners") + more);
              settings.put(
                  "listener.security.protocol.map",
                  usual.settings().get("listener.security.protocol.map")
                      + ",SCRAM:SASL_SSL,MTLS:SSL");
              settings.put("inter.broker.listener.name", "PLAINTEXT");
              settings.put("ssl.keystore.type", "PKCS12");
              settings.put("ssl.keystore.location", certificates.store("broker").toString());
              settings.put("ssl.keystore.password", password);
              settings.put("ssl.key.password", password);
              settings.put("ssl.truststore.type", "PKCS12");
              settings.put("ssl.truststore.location", certificates.trust().toString());
              settings.put("ssl.truststore.password", password);
              return settings;
            });
    return new EmbeddedSecuredBroker(broker, scram, mutualTls);
  }

  @Override
  public String scramAddress() {
    return scram;
  }

  @Override
  public String mutualTlsAddress() {
    return mutualTls;
  }

  @Override
  public String superUserAddress() {
    return broker.bootstrapServers();
  }

  @Override
  public void close() {
    broker.close();
  }
}
