package io.millrace.control.log;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Correction;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The control topic, followed and written: what {@code millrace apply} publishes and what runs
 * announce. A background thread follows the topic; {@link #state} is what it says so far.
 *
 * <p>Thread-safe.
 */
public interface ControlLog extends AutoCloseable {
  /**
   * Opens the log, creating the topics of {@link Topics} that are missing, and reads it to its
   * present end.
   *
   * @throws MillraceException {@code BROKER_UNREACHABLE} naming the address, if no broker answers
   *     within the configured time
   */
  static ControlLog open(MillraceConfig config) {
    return KafkaControlLog.open(config);
  }

  /** The state read so far; never behind what this log's own writes returned. */
  ControlState state();

  /**
   * Calls {@code listener} with the present state, now, on the calling thread, and then with each
   * new state, on the following thread. A listener must return soon.
   */
  void follow(Consumer<ControlState> listener);

  /** Returns when everything written to the topic before this call is in {@link #state}. */
  ControlState catchUp(Duration timeout);

  /** Publishes a source; returns once it is durable and in {@link #state}. As do all writes. */
  void publish(SourceDefinition source);

  void publish(LookupDefinition lookup);

  void publish(ViewDefinition view);

  /**
   * @throws IllegalStateException if the run is known with a status that may not become this one
   */
  void publish(RunRecord run);

  /** Says to every replica, now and after a restart, whether a run may be answered from. */
  void publish(Refusal refusal);

  /** Says which groups a run may have other than the run before and live state say. */
  void publish(Correction correction);

  /** Says that a run was taken over, and why. */
  void publish(RunAudit audit);

  /** Forgets a correction: no run that is kept is compared across it. */
  void forgetCorrection(String runId);

  /** Retires a lookup: replicas forget it. */
  void retireLookup(String name);

  /** Retires one view version: every layer forgets it. */
  void retireView(String viewId);

  /** Forgets a run, and what was said of it: its refusal and its audit, if there are any. */
  void forgetRun(String runId);

  /** Says what this process is doing; does not wait for the broker. */
  void report(LayerStatus status);

  /** Takes back what a process that ends has said of itself; does not wait for the broker. */
  void withdraw(String layer, String instance);

  /** What every process said last, read from the status topic at the time of the call. */
  java.util.List<LayerStatus> statuses(Duration timeout);

  /**
   * What every process said last and how long ago that was heard, followed from the first call on;
   * empty until what was there then has been read. Does not wait for the broker.
   *
   * @throws MillraceException if Kafka does not let this process read the status topic
   */
  java.util.Optional<java.util.List<HeardStatus>> heard();

  /** Asks the batch layer for a run of a view, now; returns the request's id. */
  String requestRun(String viewName);

  /** Says that a request needs no more run: whoever follows requests later is not given it. */
  void answered(String requestId);

  /**
   * Calls {@code listener}, on a thread of its own, with (request id, view name) for each request
   * that the topic still has and nobody {@link #answered}, then for each that is made.
   */
  void followRequests(java.util.function.BiConsumer<String, String> listener);

  /**
   * What is wrong with the topic, in words: it is another one than it was, loses what is old, or
   * has records that this release cannot read. For as long as that is so. Asks nobody.
   */
  default java.util.List<String> problems() {
    return java.util.List.of();
  }

  /**
   * Which of its threads has ended, in words, so that what this log says stays as it is for ever:
   * only a new process helps. Empty while all run, also while the broker is away.
   */
  default java.util.Optional<String> dead() {
    return java.util.Optional.empty();
  }

  @Override
  void close();
}
