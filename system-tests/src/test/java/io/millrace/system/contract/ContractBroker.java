package io.millrace.system.contract;

/**
 * A broker under contract: a single node, where every setting is Kafka's default or of {@link
 * #PACE}.
 */
public interface ContractBroker extends AutoCloseable {
  /**
   * Settings that only make the broker look after its logs and transactions every moment, where
   * Kafka's defaults would do so after seconds or minutes.
   */
  java.util.Map<String, String> PACE =
      java.util.Map.of(
          "log.initial.task.delay.ms", "100",
          "log.retention.check.interval.ms", "300",
          "log.cleaner.backoff.ms", "200",
          "transaction.abort.timed.out.transaction.cleanup.interval.ms", "300",
          "transaction.max.timeout.ms", "60000");

  String bootstrapServers();

  /** Ends the broker in good order, as SIGTERM does, and starts it on the same data and address. */
  void restart();

  @Override
  void close();
}
