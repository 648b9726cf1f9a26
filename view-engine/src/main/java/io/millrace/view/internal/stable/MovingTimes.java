package io.millrace.view.internal.stable;

import io.millrace.view.internal.tree.Exprs;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CsvToStructs;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.JsonToStructs;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.XmlToStructs;
import org.apache.spark.sql.catalyst.expressions.variant.VariantGet;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.util.DateTimeUtils$;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VariantType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Where the day of computing gets into a value: Spark reads a text that holds a time of day only as
 * that time today, and {@code 'now'}, {@code 'today UTC'} and the like as what they say.
 *
 * <p>The rule of views: a literal of this kind is refused; such a text in a column gives NULL
 * ({@link StableRules} sees to that); and where neither can be seen to, because the cast is hidden
 * in another function, that is refused with the way to write it.
 */
public final class MovingTimes {
  /** What stands instead of a literal that moves. */
  public static final String EXPECTED = "an expression of the record alone";

  /** What to write instead of a literal that moves. */
  public static final String INSTEAD =
      "write a date with its time, or use a column such as kafka_timestamp";

  private static final ZoneId UTC = ZoneOffset.UTC;

  private MovingTimes() {}

  /** What is wrong with a literal that moves. */
  public static String found(String text) {
    return text + ", which depends on when it is computed";
  }

  /** Whether this text, read as this type, means another time every day. */
  public static boolean moves(String text, DataType type) {
    if (type instanceof TimestampType) {
      return special(text, DateTimeUtils$.MODULE$.convertSpecialTimestamp(text, UTC).isDefined())
          || timeOnly(UTF8String.fromString(text));
    }
    if (type instanceof TimestampNTZType) {
      return special(
          text, DateTimeUtils$.MODULE$.convertSpecialTimestampNTZ(text, UTC).isDefined());
    }
    return type instanceof DateType
        && special(text, DateTimeUtils$.MODULE$.convertSpecialDate(text, UTC).isDefined());
  }

  private static boolean special(String text, boolean converted) {
    return converted && !text.strip().toLowerCase(Locale.ROOT).startsWith("epoch");
  }

  /** A text that is a TIMESTAMP, but says no date: then it is no TIMESTAMP_NTZ. */
  private static boolean timeOnly(UTF8String text) {
    return DateTimeUtils$.MODULE$.stringToTimestamp(text, UTC).isDefined()
        && DateTimeUtils$.MODULE$.stringToTimestampWithoutTimeZone(text).isEmpty();
  }

  /**
   * Whether a literal as written, such as {@code TIMESTAMP '10:15'}, means another time every day.
   */
  public static boolean movesLiteral(String written, DataType type) {
    String text = written.strip();
    int end = 0;
    while (end < text.length()
        && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
      end++;
    }
    if (end == 0 || end == text.length()) {
      return false;
    }
    try {
      Expression value = CatalystSqlParser$.MODULE$.parseExpression(text.substring(end));
      return value instanceof Literal literal
          && literal.dataType() instanceof StringType
          && moves(String.valueOf(literal.value()), type);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception notText) {
      // Scala's checked exceptions are not declared: what does not parse alone is no such literal.
      return false;
    }
  }

  /** Whether this cast of a constant text means another time every day. */
  public static boolean moves(Cast cast) {
    if (!readsText(cast.child().dataType(), cast.dataType()) || !cast.child().foldable()) {
      return false;
    }
    Object value = Exprs.replaced(cast.child()).eval(null);
    return value != null && moves(value.toString(), cast.dataType());
  }

  private static boolean readsText(DataType from, DataType to) {
    return from instanceof StringType
        && (to instanceof DateType
            || to instanceof TimestampType
            || to instanceof TimestampNTZType);
  }

  /** What to write instead, where texts are read as TIMESTAMP out of the sight of any rule. */
  public static Optional<String> hidden(Expression e) {
    if (e instanceof Cast cast) {
      return hidden(cast.child().dataType(), cast.dataType());
    }
    if (e instanceof VariantGet get && holdsTimestamp(get.targetType())) {
      return Optional.of(ofVariant());
    }
    if (e instanceof JsonToStructs json && reads(json.schema(), json.options())
        || e instanceof CsvToStructs csv && reads(csv.schema(), csv.options())
        || e instanceof XmlToStructs xml && reads(xml.schema(), xml.options())) {
      return Optional.of(
          "give it the option timestampFormat, such as map('timestampFormat', 'yyyy-MM-dd HH:mm:ss'),"
              + " or read the field as STRING and cast that");
    }
    return Optional.empty();
  }

  private static Optional<String> hidden(DataType from, DataType to) {
    if (from instanceof VariantType) {
      return holdsTimestamp(to) ? Optional.of(ofVariant()) : Optional.empty();
    }
    if (from instanceof ArrayType a && to instanceof ArrayType b) {
      return inside(a.elementType(), b.elementType())
          ? Optional.of("cast each element, as in transform(a, e -> CAST(e AS TIMESTAMP))")
          : Optional.empty();
    }
    if (from instanceof MapType && to instanceof MapType || from instanceof StructType) {
      return inside(from, to)
          ? Optional.of("cast each of its values, as in CAST(m['key'] AS TIMESTAMP)")
          : Optional.empty();
    }
    return Optional.empty();
  }

  private static String ofVariant() {
    return "get it as STRING and cast that, as in"
        + " CAST(variant_get(v, '$.a', 'string') AS TIMESTAMP)";
  }

  /** Whether casting one type to the other reads texts as TIMESTAMP. */
  private static boolean inside(DataType from, DataType to) {
    if (from instanceof ArrayType a && to instanceof ArrayType b) {
      return inside(a.elementType(), b.elementType());
    }
    if (from instanceof MapType a && to instanceof MapType b) {
      return inside(a.keyType(), b.keyType()) || inside(a.valueType(), b.valueType());
    }
    if (from instanceof StructType a && to instanceof StructType b) {
      for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
        if (inside(a.apply(i).dataType(), b.apply(i).dataType())) {
          return true;
        }
      }
      return false;
    }
    return from instanceof VariantType && holdsTimestamp(to)
        || from instanceof StringType && to instanceof TimestampType;
  }

  private static boolean holdsTimestamp(DataType type) {
    if (type instanceof StructType struct) {
      for (StructField field : struct.fields()) {
        if (holdsTimestamp(field.dataType())) {
          return true;
        }
      }
      return false;
    }
    return type instanceof TimestampType
        || type instanceof ArrayType array && holdsTimestamp(array.elementType())
        || type instanceof MapType map
            && (holdsTimestamp(map.keyType()) || holdsTimestamp(map.valueType()));
  }

  /** Whether a parser of texts reads TIMESTAMPs in Spark's own way, instead of by a pattern. */
  private static boolean reads(
      DataType schema, scala.collection.immutable.Map<String, String> options) {
    if (!holdsTimestamp(schema)) {
      return false;
    }
    boolean pattern = false;
    for (Map.Entry<String, String> option : CollectionConverters.asJava(options).entrySet()) {
      if (option.getKey().equalsIgnoreCase("enableDateTimeParsingFallback")) {
        return true;
      }
      pattern |= option.getKey().equalsIgnoreCase("timestampFormat");
    }
    return !pattern;
  }
}
