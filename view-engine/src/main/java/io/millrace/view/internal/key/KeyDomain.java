package io.millrace.view.internal.key;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.InSet;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.StartsWith;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Which encodings of one value of a key a condition leaves. The law: a key that meets the condition
 * is among them; others may be.
 */
final class KeyDomain {
  private static final byte[] NULL = {0};
  private static final byte[] VALUES = {KeyCodec.VALUE};
  private static final byte[] END = {KeyCodec.VALUE + 1};
  private static final ByteRanges NOT_NULL = ByteRanges.between(VALUES, END);

  private final KeyLeaf leaf;

  KeyDomain(KeyLeaf leaf) {
    this.leaf = leaf;
  }

  /** Empty where the condition leaves all. */
  Optional<ByteRanges> of(Expression condition) {
    if (condition instanceof And and) {
      Optional<ByteRanges> left = of(and.left());
      Optional<ByteRanges> right = of(and.right());
      return left.isPresent() && right.isPresent()
          ? Optional.of(left.get().and(right.get()))
          : left.or(() -> right);
    }
    if (condition instanceof Or or) {
      Optional<ByteRanges> left = of(or.left());
      Optional<ByteRanges> right = of(or.right());
      return left.isPresent() && right.isPresent()
          ? Optional.of(left.get().or(right.get()))
          : Optional.empty();
    }
    if (condition instanceof Literal literal && literal.dataType() instanceof BooleanType) {
      return Boolean.TRUE.equals(literal.value()) ? Optional.empty() : Optional.of(ByteRanges.NONE);
    }
    if (condition instanceof IsNull isNull && leaf.is(isNull.child()) && !leaf.nested()) {
      return Optional.of(ByteRanges.point(NULL));
    }
    if (condition instanceof IsNotNull isNotNull && leaf.is(isNotNull.child())) {
      return Optional.of(NOT_NULL);
    }
    if (condition instanceof BinaryComparison comparison) {
      return comparison(comparison);
    }
    return listed(condition).or(() -> prefixed(condition));
  }

  private Optional<ByteRanges> comparison(BinaryComparison comparison) {
    if (leaf.is(comparison.left()) && comparison.right() instanceof Literal literal) {
      return compared(comparison, literal, false);
    }
    if (leaf.is(comparison.right()) && comparison.left() instanceof Literal literal) {
      return compared(comparison, literal, true);
    }
    return Optional.empty();
  }

  private Optional<ByteRanges> compared(
      BinaryComparison comparison, Literal literal, boolean turned) {
    if (literal.value() == null) {
      return comparison instanceof EqualNullSafe
          ? leaf.nested() ? Optional.empty() : Optional.of(ByteRanges.point(NULL))
          : Optional.of(ByteRanges.NONE);
    }
    if (!fits(literal)) {
      return Optional.empty();
    }
    byte[] value = KeyCodec.encodeColumn(leaf.type(), literal.value());
    byte[] above = ByteRanges.successor(value);
    if (comparison instanceof EqualTo || comparison instanceof EqualNullSafe) {
      return Optional.of(ByteRanges.point(value));
    }
    boolean less = comparison instanceof LessThan || comparison instanceof LessThanOrEqual;
    boolean greater = comparison instanceof GreaterThan || comparison instanceof GreaterThanOrEqual;
    boolean strict = comparison instanceof LessThan || comparison instanceof GreaterThan;
    if (turned ? greater : less) {
      return Optional.of(ByteRanges.between(VALUES, strict ? value : above));
    }
    return (turned ? less : greater)
        ? Optional.of(ByteRanges.between(strict ? above : value, END))
        : Optional.empty();
  }

  private Optional<ByteRanges> listed(Expression condition) {
    List<Object> values = new ArrayList<>();
    if (condition instanceof In in && leaf.is(in.value())) {
      for (Expression item : Scala.<Expression>list(in.list())) {
        if (!(item instanceof Literal literal) || literal.value() != null && !fits(literal)) {
          return Optional.empty();
        }
        values.add(literal.value());
      }
    } else if (condition instanceof InSet set && leaf.is(set.child())) {
      values.addAll(CollectionConverters.asJava(set.hset()));
    } else {
      return Optional.empty();
    }
    List<ByteRanges.Range> points = new ArrayList<>();
    for (Object value : values) {
      if (value != null) {
        points.addAll(ByteRanges.point(KeyCodec.encodeColumn(leaf.type(), value)).ranges());
      }
    }
    return Optional.of(ByteRanges.of(points));
  }

  private Optional<ByteRanges> prefixed(Expression condition) {
    if (condition instanceof StartsWith starts
        && leaf.is(starts.left())
        && leaf.type() instanceof StringType
        && starts.right() instanceof Literal literal
        && literal.value() instanceof UTF8String text) {
      // Its bytes as they are, whether these are UTF-8 or not.
      byte[] from = KeyCodec.encodePrefixOfText(text);
      return Optional.of(ByteRanges.between(from, ByteRanges.successor(from)).and(NOT_NULL));
    }
    return Optional.empty();
  }

  private boolean fits(Literal literal) {
    return literal.dataType().equals(leaf.type());
  }
}
