package io.millrace.view.internal.operate.join;

import java.util.BitSet;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * What has to be equal, pair by pair, of types whose values are equal if and only if their bytes
 * are.
 *
 * @param read over the side that is read through
 * @param held over the side that is held
 * @param nulls the pairs in which NULL equals NULL; in the others it equals nothing
 */
public record JoinKeys(List<Expression> read, List<Expression> held, BitSet nulls) {
  /** Whether a key has a NULL that equals nothing. */
  boolean missing(UnsafeRow key) {
    for (int i = nulls.nextClearBit(0); i < held.size(); i = nulls.nextClearBit(i + 1)) {
      if (key.isNullAt(i)) {
        return true;
      }
    }
    return false;
  }
}
