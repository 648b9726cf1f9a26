package io.millrace.testkit;

import io.millrace.control.process.ParentWatch;

/** Main class of a {@link TestBroker}'s process: Kafka's own, which ends when the test JVM does. */
final class BrokerProcess {
  private BrokerProcess() {}

  /**
   * @param args the test JVM's pid, then the properties file
   */
  public static void main(String[] args) {
    ParentWatch.watch(Long.parseLong(args[0]), () -> Runtime.getRuntime().halt(1));
    kafka.Kafka.main(new String[] {args[1]});
  }
}
