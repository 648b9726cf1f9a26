package io.millrace.launcher.produce;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.kafka.common.utils.Utils;

/**
 * Sends a file's rows to a topic. Bad rows are counted, the first few kept, all of them written to
 * a file if one is named; none is silently lost. Used once, by one thread.
 */
public final class ProduceJob {
  private static final int EXAMPLES = 5;
  private static final int TELL_EVERY = 512;

  /** How much too early a record may be sent: a wait for each would be half of the work. */
  private static final long EARLY_NANOS = 5_000_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Options options;
  private final Schema schema;
  private final Mapping mapping;
  private final TopicWriter topic;
  private final List<String> examples = new ArrayList<>();
  private long sent;
  private long bad;

  /**
   * @param file what to send
   * @param mapping a mapping file; empty: columns by their names
   * @param rate records per second; 0: as fast as it goes
   * @param repeat how many times the whole file is sent
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
      Optional<String> key,
      Optional<String> partitionBy,
      Optional<Path> rejects) {}

  /** Hears how far a job is. */
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
   * @param complete false if the listener stopped it
   */
  public record Result(long sent, long bad, List<String> examples, boolean complete) {}

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

  /** Sends everything and returns when it is in the topic. */
  public Result run(Listener listener) {
    boolean complete = true;
    try (BufferedWriter rejects = rejects()) {
      long size = Math.max(1, Files.size(options.file()));
      long began = System.nanoTime();
      for (int round = 0; round < options.repeat() && complete; round++) {
        complete = once(round, size, began, rejects, listener);
      }
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot produce " + options.file() + ": " + e + "; name a readable file",
          e);
    }
    topic.flush();
    return new Result(sent, bad, List.copyOf(examples), complete);
  }

  private boolean once(int round, long size, long began, BufferedWriter rejects, Listener listener)
      throws IOException {
    RecordMaker maker = null;
    try (RowReader rows = RowReader.open(options.file(), mapping.separator())) {
      while (true) {
        if ((sent + bad) % TELL_EVERY == 0) {
          double fraction = (round + (double) rows.bytesRead() / size) / options.repeat();
          if (!listener.progress(sent, fraction)) {
            return false;
          }
        }
        Row row = null;
        try {
          Optional<Row> next = rows.next();
          if (next.isEmpty()) {
            return true;
          }
          row = next.get();
          if (maker == null) {
            maker = RecordMaker.of(schema, mapping, row);
          }
          GenericData.Record made = maker.make(row);
          pace(began);
          send(made);
        } catch (BadRowException e) {
          reject(row, e.getMessage(), rejects);
        }
      }
    }
  }

  private void send(GenericData.Record made) {
    Optional<String> key = key().map(field -> String.valueOf(made.get(field)));
    int partition = -1;
    if (key.isEmpty()) {
      partition =
          options
              .partitionBy()
              .map(field -> hash(String.valueOf(made.get(field))))
              .orElse((int) (sent % topic.partitions()));
    }
    topic.send(partition, key.map(k -> k.getBytes(StandardCharsets.UTF_8)).orElse(null), made);
    sent++;
  }

  private int hash(String text) {
    return Utils.toPositive(Utils.murmur2(text.getBytes(StandardCharsets.UTF_8)))
        % topic.partitions();
  }

  /** Waits until the next record is due, or will be soon. */
  private void pace(long began) {
    if (options.rate() <= 0) {
      return;
    }
    long due = began + (long) (sent / options.rate() * 1e9);
    if (due - System.nanoTime() > EARLY_NANOS) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
  }

  private BufferedWriter rejects() throws IOException {
    return options.rejects().isPresent() ? Files.newBufferedWriter(options.rejects().get()) : null;
  }

  private void reject(Row row, String reason, BufferedWriter rejects) throws IOException {
    bad++;
    if (examples.size() < EXAMPLES) {
      examples.add(reason);
    }
    if (rejects != null) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("reason", reason);
      line.put("row", row == null ? null : row.raw());
      rejects.write(JSON.writeValueAsString(line) + "\n");
    }
  }
}
