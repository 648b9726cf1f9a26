package io.millrace.batch;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;

/** Orders as a source: id, category, cents, price. */
public final class Orders {
  public static final String SCHEMA =
      """
      {"type":"record","name":"Order","fields":[
        {"name":"id","type":"long"},
        {"name":"category","type":["null","string"],"default":null},
        {"name":"cents","type":"long"},
        {"name":"price","type":"double"}]}
      """;

  /** As {@link #SCHEMA}, with a field more. */
  public static final String WIDER_SCHEMA =
      SCHEMA.replace(
          "{\"name\":\"price\"",
          "{\"name\":\"country\",\"type\":\"string\",\"default\":\"DE\"},{\"name\":\"price\"");

  private static final Map<String, Schema> PARSED = new ConcurrentHashMap<>();

  private Orders() {}

  public static SourceDefinition source(String topic) {
    return source(topic, SCHEMA, List.of(SCHEMA));
  }

  public static SourceDefinition source(String topic, String reader, List<String> writers) {
    return new SourceDefinition(
        "orders",
        "%016x".formatted(reader.hashCode() & 0xffffffffL),
        topic,
        ValueFormat.SINGLE_OBJECT,
        reader,
        writers,
        Optional.empty(),
        Map.of());
  }

  /** Orders, cents and largest price by category, of orders of 20 cents or more. */
  public static ViewDefinition view(SourceDefinition source) {
    return view(source, "none");
  }

  /**
   * @param salt no category: views of different salts differ in their version and in nothing else
   */
  public static ViewDefinition view(SourceDefinition source, String salt) {
    return view(
        "by_category",
        "SELECT category, count(*) AS orders, sum(cents) AS cents, avg(price) AS price"
            + " FROM orders WHERE cents >= 20 AND coalesce(category, '') <> '"
            + salt
            + "' GROUP BY category",
        source);
  }

  public static ViewDefinition view(String name, String sql, SourceDefinition source) {
    return new ViewDefinition(
        name, ViewCompiler.version(name, sql, source), sql, source, "", Map.of());
  }

  /** What {@link #view} answers for orders of these ids: {@code category/orders/cents/price}. */
  public static List<String> expected(LongStream ids) {
    Map<String, List<Long>> groups =
        ids.filter(id -> id >= 2)
            .boxed()
            .collect(Collectors.groupingBy(id -> id % 5 == 4 ? "null" : "c" + id % 5));
    return groups.entrySet().stream()
        .map(
            group ->
                group.getKey()
                    + "/"
                    + group.getValue().size()
                    + "/"
                    + group.getValue().stream().mapToLong(id -> id * 10).sum()
                    + "/"
                    + "%.10f"
                        .formatted(
                            group.getValue().stream().mapToDouble(id -> id / 10.0).sum()
                                / group.getValue().size()))
        .sorted()
        .toList();
  }

  public static byte[] bytes(long id) {
    GenericRecord order = order(SCHEMA, id);
    return bytes(order);
  }

  public static GenericRecord order(String schema, long id) {
    GenericRecord order =
        new GenericData.Record(
            PARSED.computeIfAbsent(schema, text -> new Schema.Parser().parse(text)));
    order.put("id", id);
    order.put("category", id % 5 == 4 ? null : "c" + id % 5);
    order.put("cents", id * 10);
    order.put("price", id / 10.0);
    return order;
  }

  public static byte[] bytes(GenericRecord order) {
    try {
      var encoder = new BinaryMessageEncoder<GenericRecord>(new GenericData(), order.getSchema());
      var buffer = encoder.encode(order);
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode an order", e);
    }
  }
}
