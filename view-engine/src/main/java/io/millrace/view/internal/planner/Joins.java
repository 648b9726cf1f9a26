package io.millrace.view.internal.planner;

import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.operate.join.JoinKeys;
import io.millrace.view.internal.operate.join.JoinKind;
import io.millrace.view.internal.operate.join.JoinStep;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Joins to steps: the left side is read through, the right one held; the other way round in RIGHT.
 */
final class Joins {
  private final BiFunction<LogicalPlan, List<Expression>, Step> rows;
  private final Uniqueness uniqueness;

  /**
   * @param rows the rows of an input that meet conditions
   */
  Joins(BiFunction<LogicalPlan, List<Expression>, Step> rows, Uniqueness uniqueness) {
    this.rows = rows;
    this.uniqueness = uniqueness;
  }

  Uniqueness uniqueness() {
    return uniqueness;
  }

  /**
   * @param conditions on what comes out
   */
  Step rows(Join join, List<Expression> conditions) {
    JoinParts parts = JoinParts.of(join, conditions);
    Step left = rows.apply(join.left(), parts.left());
    Step right = rows.apply(join.right(), parts.right());
    boolean leftRead = parts.type() != JoinParts.Type.RIGHT_OUTER;
    JoinStep step =
        step(
            parts,
            leftRead ? left : right,
            leftRead ? right : left,
            leftRead,
            UnaryOperator.identity(),
            Scala.list(join.output()),
            leftRead);
    return Scans.filter(step, parts.above());
  }

  /** The rows of the side that a side of a join is joined with. */
  Step other(Join join, JoinParts parts, boolean left) {
    return left ? rows.apply(join.right(), parts.right()) : rows.apply(join.left(), parts.left());
  }

  /**
   * @param leftRead whether the left input is the one that is read through
   * @param ofRead what expressions over the read input are over its step
   */
  static JoinStep step(
      JoinParts parts,
      Step read,
      Step held,
      boolean leftRead,
      UnaryOperator<Expression> ofRead,
      List<Attribute> output,
      boolean readFirst) {
    List<Expression> readKeys = new ArrayList<>();
    List<Expression> heldKeys = new ArrayList<>();
    List<Expression> asked = new ArrayList<>();
    BitSet nulls = new BitSet();
    for (JoinParts.Equality each : parts.equalities()) {
      nulls.set(readKeys.size(), each.nulls());
      readKeys.add(JoinParts.toBytes(ofRead.apply(leftRead ? each.left() : each.right())));
      heldKeys.add(JoinParts.toBytes(leftRead ? each.right() : each.left()));
      asked.add(each.asked());
    }
    JoinKeys keys = new JoinKeys(readKeys, heldKeys, nulls);
    JoinKind kind = kind(parts.type());
    return new JoinStep(
        read,
        held,
        keys,
        parts.residual().stream().map(ofRead).reduce(And::new),
        kind,
        output,
        readFirst,
        parts.whole(!leftRead),
        text(parts, asked)
            + (JoinStep.narrows(read, keys, kind)
                ? "; where it has few, only their groups of the first are read"
                : ""));
  }

  private static JoinKind kind(JoinParts.Type type) {
    return switch (type) {
      case INNER, CROSS -> JoinKind.INNER;
      case LEFT_OUTER, RIGHT_OUTER -> JoinKind.OUTER;
      case FULL_OUTER -> JoinKind.FULL;
      case LEFT_SEMI -> JoinKind.SEMI;
      case LEFT_ANTI -> JoinKind.ANTI;
    };
  }

  private static String text(JoinParts parts, List<Expression> asked) {
    String rows =
        switch (parts.type()) {
          case INNER, CROSS -> "inner join: each row of the first input with each";
          case LEFT_OUTER -> "left outer join: each row of the first input with each, or none,";
          case RIGHT_OUTER -> "right outer join: each row of the first input with each, or none,";
          case FULL_OUTER -> "full outer join: each row of the first input with each, or none,";
          case LEFT_SEMI -> "left semi join: each row of the first input that has one";
          case LEFT_ANTI -> "left anti join: each row of the first input that has none";
        };
    return rows
        + " of the second, which is held, by "
        + Scans.written(asked)
        + (parts.residual().isEmpty()
            ? ""
            : ", of those that meet " + Scans.written(parts.residual()));
  }
}
