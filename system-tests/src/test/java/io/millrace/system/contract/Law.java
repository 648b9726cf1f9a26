package io.millrace.system.contract;

/** What the laws of a broker are stated on. */
interface Law {
  BrokerClients clients();

  ContractBroker broker();
}
