package io.millrace.serving.format;

import io.millrace.view.ValueType;
import io.millrace.view.ValueType.Plain;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/** Tells Parquet's writer each row. Thread-confined. */
final class ParquetRows extends WriteSupport<List<Object>> {
  private final MessageType message;
  private final List<ValueType> types;
  private final Supplier<Map<String, String>> metadata;
  private RecordConsumer to;

  /**
   * @param metadata of the file, asked for after the last row
   */
  ParquetRows(MessageType message, List<ValueType> types, Supplier<Map<String, String>> metadata) {
    this.message = message;
    this.types = types;
    this.metadata = metadata;
  }

  @Override
  public WriteContext init(Configuration configuration) {
    return new WriteContext(message, Map.of());
  }

  @Override
  public WriteContext init(ParquetConfiguration configuration) {
    return new WriteContext(message, Map.of());
  }

  @Override
  public void prepareForWrite(RecordConsumer consumer) {
    this.to = consumer;
  }

  @Override
  public FinalizedWriteContext finalizeWrite() {
    return new FinalizedWriteContext(metadata.get());
  }

  @Override
  public void write(List<Object> row) {
    to.startMessage();
    for (int i = 0; i < row.size(); i++) {
      field(message.getFieldName(i), i, types.get(i), row.get(i));
    }
    to.endMessage();
  }

  /** NULL is a field that is not there. */
  private void field(String name, int index, ValueType type, Object value) {
    if (value != null) {
      to.startField(name, index);
      value(type, value);
      to.endField(name, index);
    }
  }

  private void value(ValueType type, Object value) {
    if (type instanceof Plain plain) {
      plain(plain, value);
    } else if (type instanceof ValueType.Decimal decimal) {
      decimal(decimal, (BigDecimal) value);
    } else if (type instanceof ValueType.Array array) {
      items(array, (List<?>) value);
    } else if (type instanceof ValueType.Entries map) {
      entries(map, (Map<?, ?>) value);
    } else if (type instanceof ValueType.Struct struct) {
      to.startGroup();
      for (int i = 0; i < struct.fields().size(); i++) {
        ValueType.Field field = struct.fields().get(i);
        field(field.name(), i, field.type(), ((Map<?, ?>) value).get(field.name()));
      }
      to.endGroup();
    } else {
      throw new IllegalArgumentException("no way to write a value of " + type);
    }
  }

  private void plain(Plain type, Object value) {
    switch (type) {
      case BOOLEAN -> to.addBoolean((Boolean) value);
      case TINYINT, SMALLINT, INT -> to.addInteger(((Number) value).intValue());
      case BIGINT -> to.addLong((Long) value);
      case FLOAT -> to.addFloat((Float) value);
      case DOUBLE -> to.addDouble((Double) value);
      case STRING -> to.addBinary(Binary.fromString((String) value));
      case BINARY -> to.addBinary(Binary.fromConstantByteArray((byte[]) value));
      case DATE -> to.addInteger(Math.toIntExact(((LocalDate) value).toEpochDay()));
      case TIMESTAMP -> to.addLong(Micros.of((Instant) value));
      case TIMESTAMP_NTZ ->
          to.addLong(Micros.of(((LocalDateTime) value).toInstant(ZoneOffset.UTC)));
      case MONTHS, DURATION ->
          throw new IllegalArgumentException("no way to write a value of " + type);
    }
  }

  private void decimal(ValueType.Decimal type, BigDecimal value) {
    if (type.precision() <= 9) {
      to.addInteger(value.unscaledValue().intValueExact());
    } else if (type.precision() <= 18) {
      to.addLong(value.unscaledValue().longValueExact());
    } else {
      byte[] unscaled = value.unscaledValue().toByteArray();
      byte[] fixed = new byte[ParquetColumns.bytes(type.precision())];
      int free = fixed.length - unscaled.length;
      Arrays.fill(fixed, 0, free, (byte) (value.signum() < 0 ? -1 : 0));
      System.arraycopy(unscaled, 0, fixed, free, unscaled.length);
      to.addBinary(Binary.fromConstantByteArray(fixed));
    }
  }

  private void items(ValueType.Array type, List<?> items) {
    to.startGroup();
    if (!items.isEmpty()) {
      to.startField("list", 0);
      for (Object item : items) {
        to.startGroup();
        field("element", 0, type.element(), item);
        to.endGroup();
      }
      to.endField("list", 0);
    }
    to.endGroup();
  }

  private void entries(ValueType.Entries type, Map<?, ?> entries) {
    to.startGroup();
    if (!entries.isEmpty()) {
      to.startField("key_value", 0);
      entries.forEach(
          (key, value) -> {
            to.startGroup();
            field("key", 0, type.key(), key);
            field("value", 1, type.value(), value);
            to.endGroup();
          });
      to.endField("key_value", 0);
    }
    to.endGroup();
  }
}
