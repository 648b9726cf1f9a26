package io.millrace.testkit.laws;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Rows made to be hard on aggregates: NULLs, duplicates, extreme values, values of very different
 * size, and skew. The same seed gives the same rows. Values are those of Spark's external {@link
 * Row} with Java 8 times.
 *
 * <p>Not thread-safe.
 */
public final class RandomRows {
  private static final double NULLS = 0.12;

  private final StructType schema;
  private final Random random;
  private final Map<String, Function<Random, Object>> columns = new HashMap<>();

  private RandomRows(StructType schema, long seed) {
    this.schema = schema;
    this.random = new Random(seed);
  }

  public static RandomRows of(StructType schema, long seed) {
    return new RandomRows(schema, seed);
  }

  /** Takes the non-NULL values of a column from {@code values} instead of from its whole type. */
  public RandomRows column(String name, Function<Random, Object> values) {
    schema.fieldIndex(name);
    columns.put(name, values);
    return this;
  }

  /** The next rows. */
  public List<Row> take(int count) {
    List<Row> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      boolean again = !rows.isEmpty() && random.nextInt(10) == 0;
      rows.add(again ? rows.get(random.nextInt(rows.size())) : row());
    }
    return rows;
  }

  private Row row() {
    Object[] values = new Object[schema.length()];
    for (int i = 0; i < values.length; i++) {
      StructField field = schema.apply(i);
      if (field.nullable() && random.nextDouble() < NULLS) {
        continue;
      }
      Function<Random, Object> given = columns.get(field.name());
      values[i] = given == null ? value(field.dataType(), 0) : given.apply(random);
    }
    return RowFactory.create(values);
  }

  private Object orNull(DataType type, boolean nullable, int depth) {
    return nullable && random.nextDouble() < NULLS ? null : value(type, depth);
  }

  private Object value(DataType type, int depth) {
    if (type instanceof DecimalType decimal) {
      return decimal(decimal);
    }
    if (type instanceof ArrayType array) {
      List<Object> elements = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        elements.add(orNull(array.elementType(), array.containsNull(), depth + 1));
      }
      return elements.toArray();
    }
    if (type instanceof MapType map) {
      Map<Object, Object> entries = new LinkedHashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        entries.put(
            value(map.keyType(), depth + 1),
            orNull(map.valueType(), map.valueContainsNull(), depth + 1));
      }
      return entries;
    }
    if (type instanceof StructType struct) {
      Object[] fields = new Object[struct.length()];
      for (int i = 0; i < fields.length; i++) {
        fields[i] = orNull(struct.apply(i).dataType(), struct.apply(i).nullable(), depth + 1);
      }
      return RowFactory.create(fields);
    }
    return atom(type);
  }

  private Object atom(DataType type) {
    if (type.equals(DataTypes.BooleanType)) {
      return random.nextBoolean();
    }
    if (type.equals(DataTypes.IntegerType)) {
      return random.nextInt(8) == 0
          ? pick(Integer.MIN_VALUE, Integer.MAX_VALUE, 0, -1)
          : (Object) (random.nextInt(2001) - 1000);
    }
    if (type.equals(DataTypes.LongType)) {
      return random.nextInt(8) == 0
          ? pick(Long.MIN_VALUE, Long.MAX_VALUE, 0L, -1L)
          : (Object) (random.nextLong() >> random.nextInt(64));
    }
    if (type.equals(DataTypes.FloatType)) {
      return random.nextInt(8) == 0
          ? pick(0f, -0f, Float.NaN, Float.MIN_VALUE)
          : (Object) (random.nextFloat() * 1000);
    }
    if (type.equals(DataTypes.DoubleType)) {
      return random.nextInt(8) == 0
          ? pick(0d, -0d, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE)
          : (Object) (random.nextDouble() * 1000);
    }
    if (type.equals(DataTypes.StringType)) {
      return string();
    }
    if (type.equals(DataTypes.BinaryType)) {
      return string().getBytes(StandardCharsets.UTF_8);
    }
    if (type.equals(DataTypes.DateType)) {
      return LocalDate.of(1960, 1, 1).plusDays(random.nextInt(40_000));
    }
    if (type.equals(DataTypes.TimestampType)) {
      return instant();
    }
    if (type.equals(DataTypes.TimestampNTZType)) {
      return LocalDateTime.ofInstant(instant(), ZoneOffset.UTC);
    }
    throw new IllegalArgumentException("cannot make random values: found type " + type.sql());
  }

  /** Around midnight and month ends, before 1970 too, with microseconds. */
  private Instant instant() {
    Instant base = Instant.parse("1969-12-31T23:00:00Z");
    return base.plus(Duration.ofDays(random.nextInt(3) * 10_227L))
        .plusSeconds(random.nextInt(4 * 3600))
        .plusNanos(random.nextInt(1_000_000) * 1000L);
  }

  private String string() {
    return switch (random.nextInt(9)) {
      case 0 -> "";
      case 1 -> "\u0000";
      case 2 -> "äöü€ \uD83D\uDE80";
      case 3 -> "a".repeat(random.nextInt(70));
      default -> "v" + (int) Math.abs(random.nextGaussian() * 8);
    };
  }

  /** Sums of up to some thousands of these stay in the type that Spark sums them in. */
  private BigDecimal decimal(DecimalType type) {
    int digits = Math.min(type.precision(), 33);
    BigInteger limit = BigInteger.TEN.pow(1 + random.nextInt(digits));
    BigInteger unscaled =
        new BigDecimal(limit)
            .multiply(BigDecimal.valueOf(random.nextDouble() * 2 - 1))
            .setScale(0, RoundingMode.DOWN)
            .toBigInteger();
    return new BigDecimal(unscaled, type.scale());
  }

  private Object pick(Object... values) {
    return values[random.nextInt(values.length)];
  }
}
