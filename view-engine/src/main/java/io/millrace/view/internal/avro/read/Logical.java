package io.millrace.view.internal.avro.read;

import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * What an Avro logical type means here. Those that are not named are {@link Kind#NONE}: the values
 * are what their Avro type says.
 *
 * @param kind which one
 * @param precision of a decimal, else 0
 * @param scale of a decimal, else 0
 */
public record Logical(Kind kind, int precision, int scale) {
  public enum Kind {
    NONE,
    DECIMAL,
    DATE,
    TIME_MILLIS,
    TIME_MICROS,
    TIMESTAMP_MILLIS,
    TIMESTAMP_MICROS,
    TIMESTAMP_NANOS,
    LOCAL_TIMESTAMP_MILLIS,
    LOCAL_TIMESTAMP_MICROS,
    LOCAL_TIMESTAMP_NANOS,
    UUID,
    DURATION
  }

  private static final Logical NONE = new Logical(Kind.NONE, 0, 0);
  private static final Set<String> NAMES =
      Set.of(
          "decimal",
          "date",
          "time-millis",
          "time-micros",
          "timestamp-millis",
          "timestamp-micros",
          "timestamp-nanos",
          "local-timestamp-millis",
          "local-timestamp-micros",
          "local-timestamp-nanos",
          "uuid",
          "duration");

  public static Logical of(Schema schema) {
    LogicalType type = schema.getLogicalType();
    if (type == null || !NAMES.contains(type.getName())) {
      return NONE;
    }
    if (type instanceof LogicalTypes.Decimal decimal) {
      return new Logical(Kind.DECIMAL, decimal.getPrecision(), decimal.getScale());
    }
    return new Logical(
        Kind.valueOf(type.getName().replace('-', '_').toUpperCase(java.util.Locale.ROOT)), 0, 0);
  }

  /**
   * Whether the schema names a known logical type that Avro ignores, as its attributes are wrong.
   */
  public static boolean ignored(Schema schema) {
    String name = schema.getProp("logicalType");
    return name != null && NAMES.contains(name) && schema.getLogicalType() == null;
  }

  /** Microseconds per unit of a timestamp's value; 0 for what is no timestamp with such a type. */
  long microsPerUnit() {
    return switch (kind) {
      case TIMESTAMP_MICROS, LOCAL_TIMESTAMP_MICROS -> 1;
      case TIMESTAMP_MILLIS, LOCAL_TIMESTAMP_MILLIS -> 1000;
      default -> 0;
    };
  }

  /**
   * Whether values written as {@code writer} can be read as this, on Avro types that can. A writer
   * without a logical type is taken to have meant the reader's; a reader without one takes the
   * plain value.
   */
  boolean reads(Logical writer) {
    if (kind == Kind.DECIMAL && writer.kind == Kind.DECIMAL) {
      return scale >= writer.scale && precision - scale >= writer.precision - writer.scale;
    }
    if (kind == writer.kind || kind == Kind.NONE || writer.kind == Kind.NONE) {
      return true;
    }
    return switch (kind) {
      case TIMESTAMP_MICROS -> writer.kind == Kind.TIMESTAMP_MILLIS;
      case TIMESTAMP_MILLIS -> writer.kind == Kind.TIMESTAMP_MICROS;
      case LOCAL_TIMESTAMP_MICROS -> writer.kind == Kind.LOCAL_TIMESTAMP_MILLIS;
      case LOCAL_TIMESTAMP_MILLIS -> writer.kind == Kind.LOCAL_TIMESTAMP_MICROS;
      case TIME_MICROS -> writer.kind == Kind.TIME_MILLIS;
      default -> false;
    };
  }

  @Override
  public String toString() {
    String name = kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    return kind == Kind.DECIMAL ? name + "(" + precision + "," + scale + ")" : name;
  }
}
