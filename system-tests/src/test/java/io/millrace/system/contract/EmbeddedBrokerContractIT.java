package io.millrace.system.contract;

import io.millrace.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Instant;

/** The broker that {@code millrace up} starts. */
class EmbeddedBrokerContractIT extends BrokerContract {
  @Override
  protected ContractBroker start() {
    TestBroker broker =
        TestBroker.start(
            Path.of("target/embedded-broker-" + Instant.now().toEpochMilli()), ContractBroker.PACE);
    return new ContractBroker() {
      @Override
      public String bootstrapServers() {
        return broker.bootstrapServers();
      }

      @Override
      public void restart() {
        broker.restart();
      }

      @Override
      public void close() {
        broker.close();
      }
    };
  }
}
