package io.millrace.view.internal.analyze;

import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimeType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VariantType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * The types that all of a state's bytes, a batch view's table, plain Java values and JSON can hold.
 * A closed list: a type that nobody has looked at is refused.
 */
public final class StoredTypes {
  /**
   * @param expected what types there are
   * @param instead what to write
   */
  public record Problem(String expected, String instead) {}

  private StoredTypes() {}

  /** What is wrong with a column or a state of this type; empty if nothing is. */
  public static Optional<Problem> problem(DataType type) {
    if (type instanceof StructType struct) {
      if (struct.length() == 0) {
        return Optional.of(
            new Problem("a STRUCT with fields", "give it one, as in named_struct('name', …)"));
      }
      for (StructField field : struct.fields()) {
        Optional<Problem> problem = problem(field.dataType());
        if (problem.isPresent()) {
          return problem;
        }
      }
      return Optional.empty();
    }
    if (type instanceof ArrayType array) {
      return problem(array.elementType());
    }
    if (type instanceof MapType map) {
      return problem(map.keyType()).or(() -> problem(map.valueType()));
    }
    if (type instanceof TimeType) {
      return Optional.of(
          new Problem(
              "a type that every layer can keep",
              "write it as text, as in CAST(t AS STRING), or keep the TIMESTAMP"));
    }
    return plain(type)
        ? Optional.empty()
        : Optional.of(
            new Problem(
                "a type that every layer can keep", "cast it to STRING or BINARY in the SELECT"));
  }

  private static boolean plain(DataType type) {
    return type instanceof NumericType
        || type instanceof StringType
        || type instanceof BinaryType
        || type instanceof BooleanType
        || type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof YearMonthIntervalType
        || type instanceof DayTimeIntervalType
        || type instanceof CalendarIntervalType
        || type instanceof VariantType
        || type instanceof NullType;
  }
}
