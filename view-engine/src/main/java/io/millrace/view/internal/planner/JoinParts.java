package io.millrace.view.internal.planner;

import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.internal.tree.Substitution;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.CollationKey;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What the conditions of a join and those above it are on: one input, which then has fewer rows to
 * read; both, as equalities by which rows are found or as other conditions; or what comes out.
 */
final class JoinParts {
  /** As SQL calls them. */
  enum Type {
    INNER,
    CROSS,
    LEFT_OUTER,
    RIGHT_OUTER,
    FULL_OUTER,
    LEFT_SEMI,
    LEFT_ANTI;

    boolean filters() {
      return this == LEFT_SEMI || this == LEFT_ANTI;
    }

    boolean inner() {
      return this == INNER || this == CROSS;
    }
  }

  /**
   * @param left over the left input
   * @param right over the right input
   * @param nulls whether NULL equals NULL
   */
  record Equality(Expression left, Expression right, boolean nulls, Expression asked) {}

  private enum Side {
    LEFT,
    RIGHT,
    BOTH
  }

  private final Join join;
  private final Type type;
  private final Set<ExprId> leftIds;
  private final Set<ExprId> rightIds;
  private final List<Expression> left = new ArrayList<>();
  private final List<Expression> right = new ArrayList<>();
  private final List<Equality> equalities = new ArrayList<>();
  private final List<Expression> residual = new ArrayList<>();
  private final List<Expression> above = new ArrayList<>();
  private boolean leftWhole;
  private boolean rightWhole;

  private JoinParts(Join join) {
    this.join = join;
    this.type = Type.valueOf(join.joinType().sql().toUpperCase(Locale.ROOT).replace(' ', '_'));
    this.leftIds = Conditions.ids(Scala.list(join.left().output()));
    this.rightIds = Conditions.ids(Scala.list(join.right().output()));
  }

  /**
   * @param conditions above the join, over its output
   * @throws io.millrace.control.error.MillraceException {@code NOT_SUPPORTED} where nothing of one
   *     input has to equal something of the other
   */
  static JoinParts of(Join join, List<Expression> conditions) {
    JoinParts parts = said(join, conditions);
    // Whether there is any row of the other side is known by its first.
    boolean any = parts.type.filters() && parts.residual.isEmpty();
    if (parts.equalities.isEmpty() && !any && !parts.never()) {
      throw parts.withoutEquality();
    }
    parts.leftWhole = parts.left.isEmpty() && Relation.of(join.left()).isPresent();
    parts.rightWhole = parts.right.isEmpty() && Relation.of(join.right()).isPresent();
    parts.infer();
    return parts;
  }

  /** As they are said, whether there is an equality among them or not. */
  static JoinParts said(Join join, List<Expression> conditions) {
    JoinParts parts = new JoinParts(join);
    if (join.condition().isDefined()) {
      Conditions.of(join.condition().get()).forEach(parts::on);
    }
    conditions.forEach(parts::where);
    return parts;
  }

  Type type() {
    return type;
  }

  List<Expression> left() {
    return left;
  }

  List<Expression> right() {
    return right;
  }

  /**
   * Whether an input is a relation of which no conditions are said, but at most some that follow
   * from those on the other one: what has no match then has none in the whole relation.
   */
  boolean whole(boolean ofLeft) {
    return ofLeft ? leftWhole : rightWhole;
  }

  List<Equality> equalities() {
    return equalities;
  }

  /** What a match has to meet beside. */
  List<Expression> residual() {
    return residual;
  }

  /** What the rows that come out have to meet. */
  List<Expression> above() {
    return above;
  }

  private void on(Expression condition) {
    Side side = side(condition);
    boolean leftFalls = type.inner() || type == Type.RIGHT_OUTER || type == Type.LEFT_SEMI;
    boolean rightFalls = type != Type.RIGHT_OUTER && type != Type.FULL_OUTER;
    if (side == Side.LEFT && leftFalls) {
      left.add(condition);
    } else if (side == Side.RIGHT && rightFalls) {
      right.add(condition);
    } else {
      match(condition);
    }
  }

  private void where(Expression condition) {
    Side side = side(condition);
    boolean leftStays = type != Type.RIGHT_OUTER && type != Type.FULL_OUTER;
    boolean rightStays = type.inner() || type == Type.RIGHT_OUTER;
    if (side == Side.LEFT && leftStays) {
      left.add(condition);
    } else if (side == Side.RIGHT && rightStays) {
      right.add(condition);
    } else if (type.inner()) {
      match(condition);
    } else {
      above.add(condition);
    }
  }

  private void match(Expression condition) {
    Expression a = null;
    Expression b = null;
    boolean nulls = condition instanceof EqualNullSafe;
    if (condition instanceof EqualTo equal) {
      a = equal.left();
      b = equal.right();
    } else if (condition instanceof EqualNullSafe equal) {
      a = equal.left();
      b = equal.right();
    } else if (condition instanceof In in && in.list().size() == 1) {
      a = in.value();
      b = in.list().head();
    }
    // As Spark compares: the names of fields, and which may be NULL, say nothing of values.
    if (a == null
        || !comparable(a.dataType())
        || !DataType.equalsStructurally(a.dataType(), b.dataType(), true)) {
      residual.add(condition);
    } else if (of(a, leftIds) && of(b, rightIds)) {
      equalities.add(new Equality(a, b, nulls, condition));
    } else if (of(a, rightIds) && of(b, leftIds)) {
      equalities.add(new Equality(b, a, nulls, condition));
    } else {
      residual.add(condition);
    }
  }

  /** Whether a condition is said that nothing meets. */
  private boolean never() {
    return Stream.of(left, right, residual)
        .flatMap(List::stream)
        .anyMatch(
            condition ->
                condition instanceof Literal literal && !Boolean.TRUE.equals(literal.value()));
  }

  private static boolean of(Expression expression, Set<ExprId> ids) {
    Set<ExprId> reads = Conditions.reads(expression);
    return !reads.isEmpty() && ids.containsAll(reads);
  }

  /** What reads no column counts to the left. */
  private Side side(Expression condition) {
    Set<ExprId> reads = Conditions.reads(condition);
    if (leftIds.containsAll(reads)) {
      return Side.LEFT;
    }
    return rightIds.containsAll(reads) ? Side.RIGHT : Side.BOTH;
  }

  /** A condition on one side of an equality holds for the other side of each match. */
  private void infer() {
    boolean toRight = type != Type.RIGHT_OUTER && type != Type.FULL_OUTER;
    boolean toLeft = type.inner() || type == Type.RIGHT_OUTER || type == Type.LEFT_SEMI;
    Substitution ofRight = new Substitution();
    Substitution ofLeft = new Substitution();
    for (Equality equality : equalities) {
      if (equality.left() instanceof AttributeReference a
          && equality.right() instanceof AttributeReference b
          && a.dataType().equals(b.dataType())
          && identical(a.dataType())) {
        ofRight.put(a.exprId(), b);
        ofLeft.put(b.exprId(), a);
      }
    }
    List<Expression> asked = List.copyOf(left);
    if (toLeft) {
      right.forEach(condition -> infer(condition, ofLeft, left));
    }
    if (toRight) {
      asked.forEach(condition -> infer(condition, ofRight, right));
    }
  }

  private static void infer(Expression condition, Substitution other, List<Expression> into) {
    if (!Conditions.reads(condition).isEmpty() && other.covers(condition)) {
      other
          .applied(condition)
          .filter(inferred -> into.stream().noneMatch(inferred::semanticEquals))
          .ifPresent(into::add);
    }
  }

  /** Whether values that are equal are the same in every function. */
  static boolean identical(DataType type) {
    return KeyCodec.supports(type) && !floating(type);
  }

  private static boolean floating(DataType type) {
    if (type instanceof StructType struct) {
      for (StructField field : struct.fields()) {
        if (floating(field.dataType())) {
          return true;
        }
      }
    }
    return type instanceof DoubleType
        || type instanceof FloatType
        || type instanceof ArrayType array && floating(array.elementType());
  }

  private static boolean comparable(DataType type) {
    return KeyCodec.supports(type) || type instanceof StringType;
  }

  /** An expression whose bytes are equal if and only if the values are. */
  static Expression toBytes(Expression value) {
    return NormalizeFloatingNumbers$.MODULE$.normalize(
        value.dataType() instanceof StringType text && !text.supportsBinaryEquality()
            ? new CollationKey(value)
            : value);
  }

  private io.millrace.control.error.MillraceException withoutEquality() {
    return QueryErrors.unsupported(
        join,
        residual.isEmpty()
            ? "a join of every row with every row"
            : "a join by " + Scans.written(residual) + " alone",
        "something of one side that equals something of the other",
        "write JOIN … ON a.x = b.x, or USING (x); other conditions may stand beside it with AND");
  }
}
