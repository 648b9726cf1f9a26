package io.millrace.system.container;

import io.millrace.system.contract.BrokerContract;
import io.millrace.system.contract.ContractBroker;

/** The public image of Kafka, as users run it. */
@NeedsContainers
class KafkaContainerContractIT extends BrokerContract {
  @Override
  protected ContractBroker start() {
    return KafkaNode.start(ContractBroker.PACE);
  }
}
