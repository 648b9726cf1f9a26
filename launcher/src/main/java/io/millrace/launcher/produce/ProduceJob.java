package io.millrace.launcher.produce;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.produce.row.BadRowException;
import io.millrace.launcher.produce.row.Row;
import io.millrace.launcher.produce.row.RowReader;
import io.millrace.producer.TopicWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/**
 * Sends a file's rows to a topic. Bad rows are counted, the first few kept, all of them written to
 * a file if one is named; none is silently lost. Whatever ends the file before its end, the result
 * says what is in the topic and how to go on. Used once, by one thread.
 */
public final class ProduceJob {
  private static final int TELL_EVERY = 512;

  /** How much too early a record may be sent: a wait for each would be half of the work. */
  private static final long EARLY_NANOS = 5_000_000;

  /** How long Kafka may take to answer once the file has ended early. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final Duration TURN = Duration.ofMillis(100);

  private final Options options;
  private final Schema schema;
  private final Mapping mapping;
  private final TopicWriter topic;
  private final Deliveries deliveries = new Deliveries();
  private Rejects rejects;
  private Listener listener;
  private Ended.Place at;
  private long began;
  private long told;
  private long size;
  private long handedOver;
  private double fraction;

  /**
   * @param file what to send
   * @param mapping a mapping file; empty: columns by their names
   * @param rate records per second; 0: as fast as it goes
   * @param repeat how many times the whole file is sent
   * @param fromLine rows that begin before it are not sent, the first time
   * @param key field whose text is the record's key; empty: that of the mapping, if it has one
   * @param partitionBy field whose text chooses the partition of records without key; empty: all
   *     partitions in turn
   * @param rejects file for bad rows, as JSON lines
   */
  public record Options(
      Path file,
      Optional<Path> mapping,
      double rate,
      int repeat,
      long fromLine,
      Optional<String> key,
      Optional<String> partitionBy,
      Optional<Path> rejects) {}

  /** Hears how far a job is, several times a second. */
  @FunctionalInterface
  public interface Listener {
    /**
     * @param fraction of the bytes that are read, 0 to 1
     * @return false to stop early
     */
    boolean progress(long sent, double fraction);
  }

  /**
   * @param sent records in the topic
   * @param bad rows that are not
   * @param examples of what is wrong with them
   * @param ended present if the file was not sent to its end
   */
  public record Result(long sent, long bad, List<String> examples, Optional<Ended> ended) {}

  /** The listener wants no more. */
  private static final class Stopped extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @throws MillraceException {@code CONFIG_INVALID} if the mapping is wrong
   */
  public ProduceJob(Options options, Schema schema, TopicWriter topic) {
    this.options = options;
    this.schema = schema;
    this.topic = topic;
    this.mapping = options.mapping().map(Mapping::load).orElseGet(Mapping::byName);
    for (Optional<String> field : List.of(key(), options.partitionBy())) {
      if (field.isPresent() && schema.getField(field.get()) == null) {
        throw new MillraceException(
            ErrorCode.CONFIG_INVALID,
            "cannot produce: found no field '"
                + field.get()
                + "' in the schema, expected one of "
                + schema.getFields().stream().map(Schema.Field::name).toList());
      }
    }
  }

  private Optional<String> key() {
    return options.key().or(mapping::key);
  }

  /**
   * Sends everything and returns when it is in the topic, or what could be.
   *
   * @throws MillraceException if nothing has been sent, and the same command can be given again
   */
  public Result run(Listener hears) {
    listener = hears;
    began = System.nanoTime();
    try (Rejects opened = Rejects.open(options.rejects(), options.file(), options.fromLine() > 1)) {
      rejects = opened;
      Optional<Ended> ended = end(send());
      return new Result(deliveries.inTopic(), rejects.count(), rejects.examples(), ended);
    }
  }

  /** Why the file ended early. */
  private record End(Optional<MillraceException> why) {}

  /** Hands rows over to the end of the file; empty if it got there. */
  private Optional<End> send() {
    try {
      size = Math.max(1, Files.size(options.file()));
      for (int round = 0; round < options.repeat(); round++) {
        once(round);
      }
      while (!deliveries.await(TURN)) {
        checkDelivered();
        tell();
      }
      rejectRefused();
      return Optional.empty();
    } catch (Stopped e) {
      return Optional.of(new End(Optional.empty()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(new End(Optional.empty()));
    } catch (MillraceException e) {
      if (handedOver + rejects.count() == 0) {
        throw e;
      }
      return Optional.of(new End(Optional.of(e)));
    } catch (RuntimeException e) {
      return Optional.of(
          new End(
              Optional.of(
                  new MillraceException(
                      ErrorCode.INTERNAL, "cannot send line " + at.line() + ": " + e, e))));
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot produce " + options.file() + ": " + e + "; name a readable file",
          e);
    }
  }

  private void once(int round) throws Stopped, InterruptedException {
    RecordMaker maker = null;
    long from = round == 0 ? options.fromLine() : 1;
    at = new Ended.Place(round, from);
    try (RowReader rows = RowReader.open(options.file(), mapping.separator())) {
      for (long read = 0; ; read++) {
        at = new Ended.Place(round, Math.max(from, rows.nextLine()));
        if (read % TELL_EVERY == 0) {
          fraction = (round + (double) rows.bytesRead() / size) / options.repeat();
          tell();
        }
        try {
          Optional<Row> next = rows.next();
          if (next.isEmpty()) {
            return;
          }
          Row row = next.get();
          if (row.line() < from) {
            continue;
          }
          if (maker == null) {
            maker = RecordMaker.of(schema, mapping, row);
          }
          GenericData.Record made = maker.make(row);
          pace();
          send(made, new Deliveries.Sent(round, row.line(), row.text()));
        } catch (BadRowException e) {
          if (e.line() >= from) {
            rejects.add(e.line(), e.getMessage(), e.text());
          }
        }
      }
    }
  }

  private void send(GenericData.Record made, Deliveries.Sent row)
      throws Stopped, InterruptedException {
    checkDelivered();
    rejectRefused();
    while (!deliveries.awaitRoom(TURN)) {
      checkDelivered();
      tell();
    }
    Optional<String> key = key().map(field -> String.valueOf(made.get(field)));
    int partition =
        key.isPresent()
            ? TopicWriter.BY_KEY
            : options
                .partitionBy()
                .map(field -> topic.of(String.valueOf(made.get(field))))
                .orElseGet(topic::inTurn);
    long index = deliveries.add(row);
    handedOver++;
    topic.send(
        partition,
        key.map(k -> k.getBytes(StandardCharsets.UTF_8)).orElse(null),
        made,
        (where, why) -> deliveries.settle(index, why));
  }

  private void checkDelivered() {
    Optional<Deliveries.Failure> failure = deliveries.failure();
    if (failure.isPresent()) {
      throw topic.refusal("line " + failure.get().row().line(), failure.get().why());
    }
  }

  private void rejectRefused() {
    for (Optional<Deliveries.Refused> refused = deliveries.takeRefused();
        refused.isPresent();
        refused = deliveries.takeRefused()) {
      Deliveries.Sent row = refused.get().row();
      BadRowException bad =
          BadRowException.of(
              row.line(),
              "found a record too large for Kafka ("
                  + refused.get().reason()
                  + "), expected a smaller one; or raise kafka.properties.max.request.size and the"
                  + " topic's max.message.bytes",
              row.text());
      rejects.add(bad.line(), bad.getMessage(), bad.text());
    }
  }

  private void tell() throws Stopped {
    told = System.nanoTime();
    if (!listener.progress(deliveries.inTopic(), fraction)) {
      throw new Stopped();
    }
  }

  /** Waits until the next record is due, or will be soon. */
  private void pace() throws Stopped {
    if (options.rate() <= 0) {
      return;
    }
    long due = began + (long) (handedOver / options.rate() * 1e9);
    if (due - System.nanoTime() > EARLY_NANOS) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(Math.min(left, TURN.toNanos()));
        if (System.nanoTime() - told >= TURN.toNanos()) {
          tell();
        }
      }
    }
  }

  /** Waits a little for what is on its way, and says where everything stands. */
  private Optional<Ended> end(Optional<End> early) {
    if (early.isEmpty()) {
      return Optional.empty();
    }
    long deadline = System.nanoTime() + GRACE.toNanos();
    try {
      while (!deliveries.awaitAnswers(TURN) && System.nanoTime() < deadline) {
        // Answers come in.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    topic.abort();
    Optional<MillraceException> why = early.get().why();
    try {
      rejectRefused();
    } catch (MillraceException e) {
      why = why.or(() -> Optional.of(e));
    }
    Deliveries.Outcome outcome = deliveries.outcome();
    boolean keep = outcome.laterInTopic() > 0 && options.rejects().isPresent();
    try {
      if (keep) {
        for (Deliveries.Sent row : outcome.missing()) {
          rejects.add(
              row.line(), "line " + row.line() + ": Kafka did not answer for it", row.text());
        }
      }
    } catch (MillraceException e) {
      keep = false;
      why = why.or(() -> Optional.of(e));
    }
    return Optional.of(Ended.of(why, options.repeat(), at, outcome, keep));
  }
}
