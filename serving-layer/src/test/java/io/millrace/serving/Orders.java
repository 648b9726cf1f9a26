package io.millrace.serving;

import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.RecordDecoder;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;

/**
 * A source of orders as a log in memory, partition by partition, and what a view of it must say at
 * any position: one pass over the records below it. Thread-safe.
 */
public final class Orders {
  static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Order", "fields": [
                {"name": "category", "type": ["null", "string"]},
                {"name": "amount", "type": "long"},
                {"name": "price", "type": ["null", "double"]},
                {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
              ]}
              """);

  public static final SourceDefinition SOURCE =
      new SourceDefinition(
          "orders",
          "00000000000000aa",
          "shop.orders",
          ValueFormat.SINGLE_OBJECT,
          SCHEMA.toString(),
          List.of(SCHEMA.toString()),
          Optional.empty(),
          Map.of());

  public static final String BY_DAY =
      """
      SELECT category, date_trunc('DAY', ordered_at) AS day, count(*) AS orders,
             sum(amount) AS amount, avg(price) AS price, approx_count_distinct(amount) AS amounts
      FROM orders GROUP BY category, date_trunc('DAY', ordered_at)""";

  private static final String[] CATEGORIES = {"books", "toys", "garden", "music", null};
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

  private final BinaryMessageEncoder<GenericRecord> encoder =
      new BinaryMessageEncoder<>(GenericData.get(), SCHEMA);
  private final List<List<byte[]>> partitions = new ArrayList<>();
  private final Random random;

  public Orders(int partitionCount, long seed) {
    this.random = new Random(seed);
    for (int i = 0; i < partitionCount; i++) {
      partitions.add(new ArrayList<>());
    }
  }

  public static ViewDefinition view(String name, String sql) {
    return view(name, sql, Map.of());
  }

  public static ViewDefinition view(String name, String sql, Map<String, String> properties) {
    String version = ViewCompiler.version(name, sql, SOURCE);
    return new ViewDefinition(name, version, sql, SOURCE, "About " + name, properties);
  }

  synchronized int partitionCount() {
    return partitions.size();
  }

  public synchronized long end(int partition) {
    return partitions.get(partition).size();
  }

  public synchronized Position end() {
    Position end = Position.empty();
    for (int p = 0; p < partitions.size(); p++) {
      end = end.with(p, partitions.get(p).size());
    }
    return end;
  }

  /** Adds random orders to random partitions. */
  public synchronized void add(int count) {
    for (int i = 0; i < count; i++) {
      String category = CATEGORIES[random.nextInt(CATEGORIES.length)];
      Double price = random.nextInt(10) == 0 ? null : random.nextInt(10_000) / 100.0;
      add(
          random.nextInt(partitions.size()),
          category,
          random.nextInt(1_000),
          price,
          FIRST.plusSeconds(random.nextInt(40 * 86_400)));
    }
  }

  public synchronized void add(
      int partition, String category, long amount, Double price, Instant orderedAt) {
    GenericRecord record = new GenericData.Record(SCHEMA);
    record.put("category", category);
    record.put("amount", amount);
    record.put("price", price);
    record.put("ordered_at", orderedAt.toEpochMilli());
    try {
      java.nio.ByteBuffer encoded = encoder.encode(record);
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      partitions.get(partition).add(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized List<byte[]> slice(int partition, long from, long to) {
    return List.copyOf(partitions.get(partition).subList((int) from, (int) to));
  }

  /** Aggregates the records in {@code [from, to)}, from scratch. */
  Map<GroupKey, GroupState> states(
      CompiledView view, ViewProgram program, Position from, Position to) {
    Map<GroupKey, GroupState> groups = new HashMap<>();
    RecordDecoder decoder = ViewCompiler.decoder(view.definition().source());
    for (int p = 0; p < partitionCount(); p++) {
      long offset = from.offset(p);
      for (byte[] record : slice(p, offset, Math.max(offset, to.offset(p)))) {
        try {
          program.update(
              decoder.decode(record, p, offset, offset),
              key -> {
                GroupState known = groups.get(key);
                if (known == null) {
                  known = program.newState();
                  groups.put(key.copy(), known);
                }
                return known;
              });
        } catch (RejectedRecordException e) {
          throw new IllegalStateException(e);
        }
        offset++;
      }
    }
    return groups;
  }

  /** The keys of all groups. */
  public List<byte[]> keys(CompiledView view) {
    return states(view, view.newProgram(), Position.empty(), end()).keySet().stream()
        .map(GroupKey::toBytes)
        .toList();
  }

  /** The rows of exactly the records below {@code to}, in group key order. */
  public List<List<Object>> rows(CompiledView view, Position from, Position to) {
    ViewProgram program = view.newProgram();
    TreeMap<byte[], GroupState> sorted = new TreeMap<>(BYTES);
    states(view, program, from, to).forEach((key, state) -> sorted.put(key.toBytes(), state));
    if (view.global() && sorted.isEmpty()) {
      sorted.put(new byte[0], program.newState());
    }
    List<List<Object>> rows = new ArrayList<>();
    sorted.forEach((key, state) -> program.evaluate(key, state).ifPresent(rows::add));
    return rows;
  }

  static final Comparator<byte[]> BYTES = java.util.Arrays::compareUnsigned;
}
