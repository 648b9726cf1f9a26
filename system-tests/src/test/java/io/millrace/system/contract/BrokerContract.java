package io.millrace.system.contract;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * What Millrace relies on in a Kafka broker, each assumption of its code as a law. A subclass says
 * which broker; it is started once for all laws, and each law has topics of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BrokerContract
    implements TransactionLaws, FencingLaws, CompactionLaws, RetentionLaws, TopicLaws, RestartLaws {
  private ContractBroker broker;
  private BrokerClients clients;

  /** Starts the broker, with {@link ContractBroker#PACE}; it is closed after the last law. */
  protected abstract ContractBroker start();

  @BeforeAll
  final void startBroker() {
    broker = start();
    clients = new BrokerClients(broker.bootstrapServers());
  }

  @AfterAll
  final void closeBroker() {
    if (clients != null) {
      clients.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  @Override
  public final BrokerClients clients() {
    return clients;
  }

  @Override
  public final ContractBroker broker() {
    return broker;
  }
}
