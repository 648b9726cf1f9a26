package io.millrace.view;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.internal.avro.SourceSchemas;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** A view over a source of orders, run on rows given as Java values. */
final class TestView {
  static final String SCHEMA =
      """
      {"type": "record", "name": "Order", "fields": [
        {"name": "order_id", "type": "long"},
        {"name": "customer_id", "type": ["null", "string"], "default": null},
        {"name": "category", "type": ["null", "string"], "default": null},
        {"name": "amount", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}]},
        {"name": "price", "type": ["null", "double"]},
        {"name": "quantity", "type": ["null", "int"]},
        {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["PAID", "OPEN"]}},
        {"name": "ordered_at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "attributes", "type": {"type": "map", "values": "string"}},
        {"name": "flag", "type": ["null", "boolean"]},
        {"name": "payload", "type": ["null", "bytes"]}
      ]}
      """;

  static final SourceDefinition SOURCE =
      new SourceDefinition(
          "orders",
          "0000000000000001",
          "shop.orders",
          ValueFormat.SINGLE_OBJECT,
          SCHEMA,
          List.of(SCHEMA),
          Optional.empty(),
          Map.of());

  private static final StructType TYPE = SourceSchemas.rowType(SOURCE);

  final CompiledView view;
  final ViewProgram program;
  final Map<GroupKey, GroupState> groups = new HashMap<>();

  TestView(String sql) {
    this(compile(sql));
  }

  TestView(CompiledView view) {
    this.view = view;
    program = view.newProgram();
  }

  static CompiledView compile(String sql) {
    return ViewCompiler.compile(
        new ViewDefinition("v", "0000000000000001", sql, SOURCE, "", Map.of()));
  }

  /** A row whose named columns have the given values and whose others are NULL. */
  static SourceRow row(Map<String, ?> values) {
    Object[] row = new Object[TYPE.length()];
    StructField[] fields = TYPE.fields();
    for (int i = 0; i < row.length; i++) {
      Object value = values.get(fields[i].name());
      row[i] =
          value instanceof BigDecimal decimal
              ? Decimal.apply(decimal, 12, 2)
              : value instanceof Map<?, ?> map
                  ? catalystMap(map)
                  : CatalystTypeConverters.createToCatalystConverter(fields[i].dataType())
                      .apply(value);
    }
    InternalRow internal = new GenericInternalRow(row);
    return new SourceRow(internal);
  }

  private static ArrayBasedMapData catalystMap(Map<?, ?> map) {
    UnaryOperator<Object> string = text -> UTF8String.fromString((String) text);
    return new ArrayBasedMapData(
        new GenericArrayData(map.keySet().stream().map(string::apply).toArray()),
        new GenericArrayData(map.values().stream().map(string::apply).toArray()));
  }

  TestView update(Map<String, ?> values) {
    program.update(row(values), this::state);
    return this;
  }

  private GroupState state(GroupKey key) {
    GroupState state = groups.get(key);
    if (state == null) {
      state = program.newState();
      groups.put(key.copy(), state);
    }
    return state;
  }

  /** Merges the states of another view of the same SQL into this one's, through their bytes. */
  void mergeAll(TestView other) {
    other.groups.forEach(
        (key, state) -> {
          GroupState decoded = program.decodeState(other.program.encodeState(state));
          program.merge(groups.computeIfAbsent(key, any -> program.newState()), decoded);
        });
  }

  /** The finished rows of all groups in key order, without those HAVING drops. */
  List<List<Object>> rows() {
    TreeMap<byte[], GroupState> sorted = new TreeMap<>(Arrays::compareUnsigned);
    groups.forEach((key, state) -> sorted.put(key.toBytes(), state));
    return sorted.entrySet().stream()
        .map(e -> program.evaluate(e.getKey(), e.getValue()))
        .flatMap(Optional::stream)
        .toList();
  }
}
