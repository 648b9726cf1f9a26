package io.millrace.view.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.query.ScanPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.InterpretedPredicate;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Not;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.StartsWith;
import org.apache.spark.sql.catalyst.expressions.package$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import scala.Option;

/**
 * The laws of key ranges: a key that meets the conditions is in one of them, they are ascending and
 * apart, and one value of each column leaves one key. {@code -Dmillrace.laws.seed=N} replays.
 */
class KeyRangesLaws {
  private static final long SEED = Long.getLong("millrace.laws.seed", 42);

  private static final StructType WINDOW =
      new StructType().add("start", DataTypes.LongType).add("end", DataTypes.DoubleType);
  private static final List<DataType> TYPES =
      List.of(DataTypes.StringType, WINDOW, DataTypes.IntegerType, DataTypes.BinaryType);
  private static final String[] TEXTS = {
    "", "a", "a\0", "a\0b", "ab", "b", "\u00ff", "\uffff", "z"
  };
  private static final double[] DOUBLES = {
    Double.NaN, Double.NEGATIVE_INFINITY, -1.5, -0.0, 0.0, 2, Double.MAX_VALUE
  };

  private final Random random = new Random(SEED);
  private final List<Attribute> columns = new ArrayList<>();
  private final KeyCodec codec = new KeyCodec(TYPES);

  KeyRangesLaws() {
    for (int i = 0; i < TYPES.size(); i++) {
      columns.add(
          new AttributeReference(
              "c" + i,
              TYPES.get(i),
              true,
              Metadata.empty(),
              NamedExpression.newExprId(),
              Scala.seq(List.of())));
    }
  }

  @Test
  void shouldHoldEveryKeyThatMeetsTheConditions() {
    System.out.println("key ranges of seed " + SEED);
    int met = 0;
    int left = 0;
    for (int i = 0; i < 3_000; i++) {
      List<Expression> conditions = new ArrayList<>();
      for (int j = random.nextInt(4); j >= 0; j--) {
        conditions.add(condition(2));
      }
      KeyRanges ranges = SqlSettings.with(() -> KeyRanges.of(columns, conditions));
      checkApart(ranges.ranges());
      Expression all = conditions.stream().reduce(And::new).orElseThrow();
      InterpretedPredicate predicate =
          InterpretedPredicate.apply(
              BindReferences.<Expression>bindReference(
                  all, package$.MODULE$.AttributeSeq(Scala.seq(columns)), false));
      for (int k = 0; k < 40; k++) {
        InternalRow key = key();
        boolean wanted = predicate.eval(key);
        boolean within = within(ranges.ranges(), codec.encode(key));
        met += wanted ? 1 : 0;
        left += within ? 0 : 1;
        assertThat(within || !wanted).as("seed %d: %s of %s", SEED, key, conditions).isTrue();
      }
    }
    assertThat(met).isGreaterThan(1_000);
    assertThat(left).isGreaterThan(1_000);
  }

  @Test
  void shouldLeaveOneKeyOfOneValueOfEachColumn() {
    Attribute window = columns.get(1);
    List<Expression> point =
        List.of(
            new EqualTo((Expression) columns.get(2), literal(DataTypes.IntegerType, 7)),
            new EqualTo(field(window, 1), literal(DataTypes.DoubleType, 2.0)),
            new IsNull((Expression) columns.get(3)),
            new EqualTo(field(window, 0), literal(DataTypes.LongType, 5L)),
            new EqualTo(
                (Expression) columns.get(0),
                literal(DataTypes.StringType, UTF8String.fromString("a"))));
    KeyRanges ranges = SqlSettings.with(() -> KeyRanges.of(columns, point));
    byte[] key =
        codec.encode(
            new GenericInternalRow(
                new Object[] {
                  UTF8String.fromString("a"),
                  new GenericInternalRow(new Object[] {5L, 2.0}),
                  7,
                  null
                }));
    assertThat(ranges.ranges()).hasSize(1);
    assertThat(ranges.ranges().get(0).from()).isEqualTo(key);
    assertThat(ranges.used()).hasSize(5);
  }

  @Test
  void shouldReadWhatLiesBetweenTooManyValues() {
    List<Expression> values = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      values.add(literal(DataTypes.StringType, UTF8String.fromString("m" + i)));
    }
    Expression in = new In((Expression) columns.get(0), Scala.seq(values));
    KeyRanges ranges = SqlSettings.with(() -> KeyRanges.of(columns, List.of(in)));
    assertThat(ranges.ranges()).hasSize(1);
    assertThat(within(ranges.ranges(), text("m77"))).isTrue();
    assertThat(within(ranges.ranges(), text("l"))).isFalse();
    assertThat(within(ranges.ranges(), text("n"))).isFalse();
  }

  @Test
  void shouldHoldTextsThatAreNoUnicode() {
    UTF8String text = UTF8String.fromBytes(new byte[] {(byte) 0xFF, 'a'});
    Expression starts =
        new StartsWith(
            (Expression) columns.get(0),
            literal(DataTypes.StringType, UTF8String.fromBytes(new byte[] {(byte) 0xFF})));
    KeyRanges ranges = SqlSettings.with(() -> KeyRanges.of(columns, List.of(starts)));
    byte[] key = codec.encode(new GenericInternalRow(new Object[] {text, null, null, null}));
    assertThat(within(ranges.ranges(), key)).isTrue();
    assertThat(within(ranges.ranges(), text("\ufffda"))).isFalse();
  }

  private byte[] text(String text) {
    return codec.encode(
        new GenericInternalRow(new Object[] {UTF8String.fromString(text), null, null, null}));
  }

  private static void checkApart(List<ScanPlan.Range> ranges) {
    for (int i = 1; i < ranges.size(); i++) {
      assertThat(Arrays.compareUnsigned(ranges.get(i - 1).to(), ranges.get(i).from()))
          .isNotPositive();
    }
  }

  private static boolean within(List<ScanPlan.Range> ranges, byte[] key) {
    return ranges.stream()
        .anyMatch(
            range ->
                Arrays.compareUnsigned(range.from(), key) <= 0
                    && (range.to() == null || Arrays.compareUnsigned(key, range.to()) < 0));
  }

  private Expression condition(int depth) {
    if (depth > 0 && random.nextInt(3) == 0) {
      Expression left = condition(depth - 1);
      Expression right = condition(depth - 1);
      return random.nextBoolean() ? new And(left, right) : new Or(left, right);
    }
    int column = random.nextInt(TYPES.size());
    Expression value = (Expression) columns.get(column);
    DataType type = TYPES.get(column);
    if (type == WINDOW) {
      int field = random.nextInt(2);
      value = field(columns.get(column), field);
      type = WINDOW.fields()[field].dataType();
    }
    Literal literal = literal(type, random.nextInt(12) == 0 ? null : value(type));
    return switch (random.nextInt(11)) {
      case 0 -> new EqualTo(value, literal);
      case 1 -> new EqualTo(literal, value);
      case 2 -> new EqualNullSafe(value, literal);
      case 3 -> new LessThan(value, literal);
      case 4 -> new LessThanOrEqual(literal, value);
      case 5 -> new GreaterThan(literal, value);
      case 6 -> new GreaterThanOrEqual(value, literal);
      case 7 -> new In(value, Scala.seq(List.of(literal, literal(type, value(type)))));
      case 8 -> random.nextBoolean() ? new IsNull(value) : new IsNotNull(value);
      case 9 -> new Not(new EqualTo(value, literal));
      default ->
          type.equals(DataTypes.StringType) ? new StartsWith(value, literal) : new IsNotNull(value);
    };
  }

  private static GetStructField field(Attribute column, int ordinal) {
    return new GetStructField((Expression) column, ordinal, Option.empty());
  }

  private static Literal literal(DataType type, Object value) {
    return new Literal(value, type);
  }

  private InternalRow key() {
    Object[] values = new Object[TYPES.size()];
    for (int i = 0; i < values.length; i++) {
      DataType type = TYPES.get(i);
      values[i] =
          random.nextInt(6) == 0
              ? null
              : type == WINDOW
                  ? new GenericInternalRow(
                      new Object[] {
                        random.nextInt(6) == 0 ? null : value(DataTypes.LongType),
                        random.nextInt(6) == 0 ? null : value(DataTypes.DoubleType)
                      })
                  : value(type);
    }
    return new GenericInternalRow(values);
  }

  private Object value(DataType type) {
    if (type.equals(DataTypes.StringType)) {
      return UTF8String.fromString(TEXTS[random.nextInt(TEXTS.length)]);
    } else if (type.equals(DataTypes.IntegerType)) {
      return random.nextInt(5) - 2;
    } else if (type.equals(DataTypes.LongType)) {
      return (long) random.nextInt(5) - 2;
    } else if (type.equals(DataTypes.DoubleType)) {
      return DOUBLES[random.nextInt(DOUBLES.length)];
    }
    byte[] bytes = new byte[random.nextInt(3)];
    random.nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(3) - 1);
    }
    return bytes;
  }
}
