package io.millrace.system.container;

import io.millrace.system.contract.BrokerContract;
import io.millrace.system.contract.ContractBroker;
import org.junit.jupiter.api.Tag;

/** The public image of Kafka, as users run it; every build asks the same version as a library. */
@Tag("long")
@NeedsContainers
class KafkaContainerContractIT extends BrokerContract {
  @Override
  protected ContractBroker start() {
    return KafkaNode.start(ContractBroker.PACE);
  }
}
