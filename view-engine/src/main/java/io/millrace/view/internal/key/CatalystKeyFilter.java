package io.millrace.view.internal.key;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.CompiledView.Column;
import io.millrace.view.KeyCondition;
import io.millrace.view.KeyFilter;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.InterpretedPredicate;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.package$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;

/**
 * Conditions on group columns, as a predicate over decoded keys and a range of encoded ones. Not
 * thread-safe.
 */
public final class CatalystKeyFilter implements KeyFilter {
  private final KeyCodec codec;
  private final BasePredicate predicate;
  private final KeyRange range;

  private CatalystKeyFilter(KeyCodec codec, BasePredicate predicate, KeyRange range) {
    this.codec = codec;
    this.predicate = predicate;
    this.range = range;
  }

  /** One condition, resolved: {@code expression} over group attributes, literal of its type. */
  record Resolved(Expression expression, KeyCondition.Operator operator, Literal literal) {}

  public static KeyFilter of(
      ViewPlan plan, KeyCodec codec, List<Column> columns, List<KeyCondition> conditions) {
    KeyColumns keys = new KeyColumns(plan);
    List<Resolved> resolved = new ArrayList<>();
    for (KeyCondition condition : conditions) {
      resolved.add(resolve(plan, keys, columns, condition));
    }
    Expression all = Literal.TrueLiteral();
    for (Resolved condition : resolved) {
      all = new And(all, toExpression(condition));
    }
    List<Attribute> attributes = plan.groupAttributes();
    return new CatalystKeyFilter(
        codec,
        // Interpreted: literals stand in generated code, so that each query would compile a class.
        InterpretedPredicate.apply(
            BindReferences.<Expression>bindReference(
                all, package$.MODULE$.AttributeSeq(Scala.seq(attributes)), false)),
        KeyRange.of(attributes, codec, resolved));
  }

  @Override
  public byte[] from() {
    return range.from();
  }

  @Override
  public byte[] to() {
    return range.to();
  }

  @Override
  public boolean test(byte[] groupKey) {
    return predicate.eval(codec.decode(groupKey));
  }

  private static Resolved resolve(
      ViewPlan plan, KeyColumns keys, List<Column> columns, KeyCondition condition) {
    String name = condition.path();
    Expression expression = find(plan, keys, columns, condition);
    DataType type = expression.dataType();
    if (condition.literal() == null && condition.operator() != KeyCondition.Operator.EQ) {
      throw bad(
          name, "NULL with " + condition.operator(), "a literal", "compare NULL with EQ only");
    }
    return new Resolved(expression, condition.operator(), literal(name, type, condition.literal()));
  }

  private static Expression find(
      ViewPlan plan, KeyColumns keys, List<Column> columns, KeyCondition condition) {
    String name = condition.path();
    for (NamedExpression result : plan.results()) {
      if (condition.column().equalsIgnoreCase(result.name())) {
        Optional<Expression> key = keys.of(result);
        if (key.isEmpty()) {
          throw bad(
              name,
              "a column that is no group column",
              "one of " + keyNames(columns),
              "filter the rows you get");
        }
        return field(key.get(), name, condition.fields());
      }
    }
    throw bad(name, "an unknown column", "one of " + keyNames(columns), "correct its name");
  }

  private static Expression field(Expression struct, String name, List<String> path) {
    Expression expression = struct;
    for (String part : path) {
      if (!(expression.dataType() instanceof StructType type)) {
        throw bad(name, "no struct before ." + part, "a struct column", "drop ." + part);
      }
      int ordinal = -1;
      StructField[] fields = type.fields();
      for (int i = 0; i < fields.length; i++) {
        if (fields[i].name().equalsIgnoreCase(part)) {
          ordinal = i;
        }
      }
      if (ordinal < 0) {
        throw bad(
            name,
            "unknown field " + part,
            "one of " + String.join(", ", type.fieldNames()),
            "correct its name");
      }
      expression = new GetStructField(expression, ordinal, Option.apply(fields[ordinal].name()));
    }
    return expression;
  }

  private static Literal literal(String column, DataType type, String text) {
    if (text == null) {
      return Literal.create(null, type);
    }
    Literal string = Literal.create(UTF8String.fromString(text), DataTypes.StringType);
    if (type instanceof StringType) {
      return string;
    }
    Object value = null;
    if (Cast.canCast(DataTypes.StringType, type)) {
      value = new Cast(string, type, Option.apply("UTC"), EvalMode.LEGACY()).eval(null);
    }
    if (value == null) {
      throw bad(column, "'" + text + "'", "a literal of type " + type.sql(), "correct it");
    }
    return new Literal(value, type);
  }

  private static Expression toExpression(Resolved condition) {
    Expression left = condition.expression();
    Literal right = condition.literal();
    return switch (condition.operator()) {
      case EQ -> right.value() == null ? new IsNull(left) : new EqualTo(left, right);
      case LT -> new LessThan(left, right);
      case LTE -> new LessThanOrEqual(left, right);
      case GT -> new GreaterThan(left, right);
      case GTE -> new GreaterThanOrEqual(left, right);
    };
  }

  private static String keyNames(List<Column> columns) {
    return columns.stream().filter(Column::key).map(Column::name).collect(Collectors.joining(", "));
  }

  private static MillraceException bad(
      String column, String found, String expected, String instead) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot filter by %s: found %s, expected %s; %s"
            .formatted(column, found, expected, instead));
  }
}
