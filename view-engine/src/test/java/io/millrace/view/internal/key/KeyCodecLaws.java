package io.millrace.view.internal.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.catalyst.util.TypeUtils;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoded keys compare as Spark compares values, and say what they were made of. */
class KeyCodecLaws {
  private static final int PAIRS = 2_000;
  private static final double[] DOUBLES = {
    0d,
    1d,
    -1d,
    1.5,
    -1.5,
    Double.MIN_VALUE,
    -Double.MIN_VALUE,
    Double.MAX_VALUE,
    -Double.MAX_VALUE,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN
  };

  static Stream<DataType> types() {
    return Stream.of(
        DataTypes.BooleanType,
        DataTypes.ByteType,
        DataTypes.ShortType,
        DataTypes.IntegerType,
        DataTypes.LongType,
        DataTypes.FloatType,
        DataTypes.DoubleType,
        DataTypes.DateType,
        DataTypes.TimestampType,
        DataTypes.TimestampNTZType,
        DataTypes.createDayTimeIntervalType(),
        DataTypes.createYearMonthIntervalType(),
        new DecimalType(9, 3),
        new DecimalType(18, 0),
        new DecimalType(38, 10),
        DataTypes.StringType,
        DataTypes.BinaryType,
        DataTypes.createArrayType(DataTypes.StringType),
        DataTypes.createArrayType(new DecimalType(20, 2)),
        new StructType().add("a", DataTypes.StringType).add("b", DataTypes.LongType),
        new StructType()
            .add("a", DataTypes.createArrayType(DataTypes.BinaryType))
            .add("b", new StructType().add("c", DataTypes.DoubleType)));
  }

  @ParameterizedTest
  @MethodSource("types")
  void shouldOrderAsSparkAndReadBack(DataType type) {
    long seed = ThreadLocalRandom.current().nextLong();
    Random random = new Random(seed);
    List<DataType> columns = List.of(type, DataTypes.IntegerType);
    KeyCodec codec = new KeyCodec(columns);
    UnsafeProjection toUnsafe = UnsafeProjection.create(columns.toArray(DataType[]::new));
    for (int i = 0; i < PAIRS; i++) {
      InternalRow a = row(random, columns);
      InternalRow b = row(random, columns);
      byte[] left = codec.encode(a);
      byte[] right = codec.encode(b);

      assertThat(Integer.signum(Arrays.compareUnsigned(left, right)))
          .as("%s and %s, seed %d", a, b, seed)
          .isEqualTo(compare(a, b, columns));
      assertThat(codec.encode(codec.decode(left))).as("%s, seed %d", a, seed).isEqualTo(left);
      assertThat(compare(codec.decode(left), a, columns)).as("%s, seed %d", a, seed).isZero();
      assertThat(codec.encode(toUnsafe.apply(a))).as("%s, seed %d", a, seed).isEqualTo(left);
    }
  }

  @Test
  void shouldMakeLeadingColumnsAPrefix() {
    KeyCodec codec = new KeyCodec(List.of(DataTypes.StringType, DataTypes.LongType));
    InternalRow row = new GenericInternalRow(new Object[] {UTF8String.fromString("a\0b"), -5L});
    byte[] prefix = codec.encodePrefix(row, 1);

    assertThat(codec.encode(row)).startsWith(prefix);
    assertThat(prefix).containsExactly(1, 'a', 0, -1, 'b', 0, 1);
  }

  @Test
  void shouldWriteNothingForNoColumns() {
    KeyCodec codec = new KeyCodec(List.of());

    assertThat(codec.encode(new GenericInternalRow(0))).isEmpty();
    assertThat(codec.decode(new byte[0]).numFields()).isZero();
  }

  @Test
  void shouldRefuseBytesOfAnotherKey() {
    KeyCodec codec = new KeyCodec(List.of(DataTypes.IntegerType));

    assertThatThrownBy(() -> codec.decode(new byte[] {1, 2, 3}))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot read a group key: found its end at byte 3 of 3, expected a key of this view;"
                + " it belongs to another view version");
    assertThatThrownBy(() -> codec.decode(new byte[] {0, 0}))
        .hasMessageContaining("found 1 bytes more at byte 1 of 2");
    assertThatThrownBy(() -> codec.decode(new byte[] {9}))
        .hasMessageContaining("found marker 9 at byte 1 of 1");
  }

  private static int compare(InternalRow a, InternalRow b, List<DataType> types) {
    for (int i = 0; i < types.size(); i++) {
      boolean leftNull = a.isNullAt(i);
      if (leftNull || b.isNullAt(i)) {
        if (leftNull != b.isNullAt(i)) {
          return leftNull ? -1 : 1;
        }
        continue;
      }
      DataType type = types.get(i);
      int order = TypeUtils.getInterpretedOrdering(type).compare(a.get(i, type), b.get(i, type));
      if (order != 0) {
        return Integer.signum(order);
      }
    }
    return 0;
  }

  private static InternalRow row(Random random, List<DataType> types) {
    return new GenericInternalRow(types.stream().map(type -> orNull(random, type)).toArray());
  }

  private static Object orNull(Random random, DataType type) {
    return random.nextInt(8) == 0 ? null : value(random, type);
  }

  private static Object value(Random random, DataType type) {
    if (type instanceof BooleanType) {
      return random.nextBoolean();
    } else if (type instanceof ByteType) {
      return (byte) integer(random);
    } else if (type instanceof ShortType) {
      return (short) integer(random);
    } else if (type instanceof IntegerType || type instanceof DateType) {
      return (int) integer(random);
    } else if (type instanceof FloatType) {
      return (float) floating(random);
    } else if (type instanceof DoubleType) {
      return floating(random);
    } else if (type instanceof DecimalType decimal) {
      return decimal(random, decimal);
    } else if (type instanceof StringType) {
      return UTF8String.fromBytes(bytes(random, 128));
    } else if (type instanceof BinaryType) {
      return bytes(random, 256);
    } else if (type instanceof ArrayType array) {
      return new GenericArrayData(
          IntStream.range(0, random.nextInt(4))
              .mapToObj(i -> orNull(random, array.elementType()))
              .toArray());
    } else if (type instanceof StructType struct) {
      return row(random, Arrays.stream(struct.fields()).map(field -> field.dataType()).toList());
    }
    return type.defaultSize() == Integer.BYTES ? (Object) (int) integer(random) : integer(random);
  }

  /** Often small, so that equal and neighbouring values meet. */
  private static long integer(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
      default -> random.nextInt(7) - 3;
    };
  }

  private static double floating(Random random) {
    return random.nextBoolean()
        ? DOUBLES[random.nextInt(DOUBLES.length)]
        : random.nextGaussian() * Math.pow(10, random.nextInt(20) - 10);
  }

  private static Decimal decimal(Random random, DecimalType type) {
    BigInteger limit = BigInteger.TEN.pow(type.precision());
    BigInteger unscaled =
        random.nextBoolean()
            ? BigInteger.valueOf(random.nextInt(9) - 4)
            : new BigInteger(130, random).mod(limit);
    BigDecimal value =
        new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), type.scale());
    return Decimal.apply(value, type.precision(), type.scale());
  }

  /** Few different bytes, zeros among them. */
  private static byte[] bytes(Random random, int values) {
    byte[] bytes = new byte[random.nextInt(5)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(3) > 0 ? random.nextInt(3) : random.nextInt(values));
    }
    return bytes;
  }
}
