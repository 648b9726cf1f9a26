package io.millrace.launcher.produce;

import io.millrace.control.error.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * The rows that have been handed to Kafka, in the order of the file, and what has become of them:
 * partitions answer in an order of their own. Holds those without an answer, up to a number and a
 * size. Thread-safe.
 */
final class Deliveries {
  static final int ROWS = 1 << 16;
  private static final long CHARS = 16L << 20;

  private enum State {
    WAITING,
    IN_TOPIC,
    REFUSED,
    FAILED
  }

  /**
   * @param round how many times the file had been sent before
   * @param line where the row begins
   * @param text the row
   */
  record Sent(int round, long line, String text) {}

  /** A row that Kafka does not take, whatever happens; the others it does. */
  record Refused(Sent row, String reason) {}

  /** A row whose fate ends the file. */
  record Failure(Sent row, Exception why) {}

  private final Sent[] rows = new Sent[ROWS];
  private final State[] states = new State[ROWS];
  private final Deque<Refused> refused = new ArrayDeque<>();
  private long first;
  private long next;
  private long chars;
  private long waiting;
  private long inTopic;
  private Failure failure;

  /**
   * @param missing rows that are not in the topic, as far as Kafka has answered
   * @param laterInTopic how many rows behind the first of these are
   */
  record Outcome(List<Sent> missing, long laterInTopic) {}

  /** Adds a row, for which there must be room; returns what {@link #settle} is told. */
  synchronized long add(Sent row) {
    if (isFull()) {
      throw new IllegalStateException("cannot add a row: wait until there is room");
    }
    int at = (int) (next % ROWS);
    rows[at] = row;
    states[at] = State.WAITING;
    chars += row.text().length();
    waiting++;
    return next++;
  }

  synchronized boolean isFull() {
    return next - first == ROWS || chars > CHARS;
  }

  /**
   * Kafka's answer for a row.
   *
   * @param why null: it is in the topic
   */
  synchronized void settle(long index, Exception why) {
    int at = (int) (index % ROWS);
    waiting--;
    if (why == null) {
      states[at] = State.IN_TOPIC;
      inTopic++;
    } else if (why instanceof RecordTooLargeException) {
      states[at] = State.REFUSED;
      refused.add(new Refused(rows[at], Reason.of(why)));
    } else {
      states[at] = State.FAILED;
      if (failure == null) {
        failure = new Failure(rows[at], why);
      }
    }
    while (first < next && isSettled((int) (first % ROWS))) {
      chars -= rows[(int) (first % ROWS)].text().length();
      rows[(int) (first++ % ROWS)] = null;
    }
    notifyAll();
  }

  private boolean isSettled(int at) {
    return states[at] == State.IN_TOPIC || states[at] == State.REFUSED;
  }

  /** Waits for answers; returns whether every row has got one that is no failure. */
  synchronized boolean await(Duration time) throws InterruptedException {
    if (first < next && failure == null) {
      TimeUnit.NANOSECONDS.timedWait(this, time.toNanos());
    }
    return first == next;
  }

  /** Waits for answers of any kind; returns whether every row has got one. */
  synchronized boolean awaitAnswers(Duration time) throws InterruptedException {
    if (waiting > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, time.toNanos());
    }
    return waiting == 0;
  }

  /** Waits until there is room; returns whether there is. */
  synchronized boolean awaitRoom(Duration time) throws InterruptedException {
    if (isFull() && failure == null) {
      TimeUnit.NANOSECONDS.timedWait(this, time.toNanos());
    }
    return !isFull();
  }

  /** The next row that Kafka refused, if there is one that has not been asked for. */
  synchronized Optional<Refused> takeRefused() {
    return Optional.ofNullable(refused.poll());
  }

  synchronized Optional<Failure> failure() {
    return Optional.ofNullable(failure);
  }

  synchronized long inTopic() {
    return inTopic;
  }

  synchronized Outcome outcome() {
    List<Sent> missing = new ArrayList<>();
    long later = 0;
    for (long i = first; i < next; i++) {
      int at = (int) (i % ROWS);
      if (states[at] == State.IN_TOPIC) {
        later++;
      } else if (states[at] != State.REFUSED) {
        missing.add(rows[at]);
      }
    }
    return new Outcome(missing, later);
  }
}
