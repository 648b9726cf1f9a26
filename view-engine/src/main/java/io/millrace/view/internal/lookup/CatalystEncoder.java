package io.millrace.view.internal.lookup;

import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.stable.MovingTimes;
import io.millrace.view.lookup.BadValueException;
import io.millrace.view.lookup.LookupEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;

/** A file's values as Catalyst's, and these as bytes. Thread-confined. */
final class CatalystEncoder implements LookupEncoder {
  private static final int LONGEST_TEXT = 80;

  private final CatalystLookup lookup;
  private final StructField[] fields;
  private final KeyCodec keys;
  private final UnsafeProjection rows;
  private final List<Function<Object, Object>> readers = new ArrayList<>();

  CatalystEncoder(CatalystLookup lookup) {
    this.lookup = lookup;
    this.fields = lookup.type().fields();
    this.keys = lookup.keyCodec();
    this.rows = UnsafeProjection.create(lookup.type());
    for (StructField field : fields) {
      readers.add(reader(field.dataType()));
    }
  }

  /** A text is cast as ANSI SQL casts it, where what is none of the type is an error, not NULL. */
  private static Function<Object, Object> reader(DataType type) {
    Expression text = new BoundReference(0, DataTypes.StringType, true);
    Cast cast = new Cast(text, type, Option.apply("UTC"), EvalMode.ANSI());
    scala.Function1<Object, Object> converter =
        CatalystTypeConverters.createToCatalystConverter(type);
    return value -> {
      if (value instanceof String string) {
        UTF8String utf8 = UTF8String.fromString(string);
        if (type instanceof StringType) {
          return utf8;
        }
        if (type instanceof BinaryType) {
          return utf8.getBytes();
        }
        if (MovingTimes.moves(string, type)) {
          throw new IllegalArgumentException(string);
        }
        return cast.eval(new GenericInternalRow(new Object[] {utf8}));
      }
      return converter.apply(value);
    };
  }

  @Override
  public Row encode(List<Object> values) throws BadValueException {
    Object[] row = new Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      Object value = values.get(i);
      if (value != null) {
        row[i] = read(i, value);
      } else if (!fields[i].nullable()) {
        throw new BadValueException(
            "column " + fields[i].name() + ": found NULL in a key column, expected a value");
      }
    }
    Object[] key = new Object[lookup.keyColumns().size()];
    for (int i = 0; i < key.length; i++) {
      key[i] = row[lookup.keyColumns().get(i)];
    }
    return new Row(
        keys.encode(new GenericInternalRow(key)),
        rows.apply(new GenericInternalRow(row)).copy().getBytes());
  }

  private Object read(int i, Object value) throws BadValueException {
    Object read;
    try {
      read = SqlSettings.with(() -> readers.get(i).apply(value));
    } catch (RuntimeException e) {
      // Spark's own errors of a cast, which say at length what this says in one line.
      throw bad(i, value);
    }
    if (read == null) {
      // A decimal that does not fit becomes NULL.
      throw bad(i, value);
    }
    return read;
  }

  private BadValueException bad(int i, Object value) {
    String text = value.toString();
    return new BadValueException(
        "column "
            + fields[i].name()
            + ": found '"
            + (text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…")
            + "', expected "
            + fields[i].dataType().sql());
  }

  @Override
  public String describe(byte[] key) {
    InternalRow values = keys.decode(key);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < lookup.keyColumns().size(); i++) {
      StructField field = fields[lookup.keyColumns().get(i)];
      Object value = values.get(i, field.dataType());
      texts.add(field.name() + " = " + Literal.create(value, field.dataType()).sql());
    }
    return String.join(", ", texts);
  }
}
