package io.millrace.view.internal.operate.join;

import io.millrace.view.internal.key.KeyRanges;
import io.millrace.view.internal.operate.Run;
import io.millrace.view.internal.operate.ScanStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Where the keys of a join are group columns of the view that is read through: once the other side
 * is held, and has few keys, only groups that these can match need be read. The law: it leaves out
 * no group that has a match.
 *
 * @param scan of the view
 * @param columns group columns, by the place in the key
 */
record Narrowing(ScanStep scan, Map<Integer, Attribute> columns) {
  /** With more keys than that, what lies between them is read as well. */
  private static final int MOST_KEYS = 1_024;

  /**
   * @param read a step whose rows without a match are not wanted
   * @param keys over it
   */
  static Optional<Narrowing> of(Step read, List<Expression> keys) {
    Map<Integer, Attribute> columns = new LinkedHashMap<>();
    ScanStep scan = null;
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i) instanceof AttributeReference column) {
        Optional<Lineage> found = Lineage.of(read, column);
        if (found.isPresent()) {
          scan = found.get().scan();
          columns.put(i, found.get().column());
        }
      }
    }
    return scan == null ? Optional.empty() : Optional.of(new Narrowing(scan, columns));
  }

  /** To be said before the scan has been read. */
  void apply(JoinKeys keys, Held held, Run run) {
    if (held.size() > MOST_KEYS) {
      return;
    }
    List<Expression> conditions = new ArrayList<>();
    columns.forEach(
        (place, column) -> {
          if (!keys.nulls().get(place)) {
            conditions.add(new In((Expression) column, Scala.seq(values(place, column, held))));
          }
        });
    if (!conditions.isEmpty()) {
      List<Expression> all = run.narrowed(scan.index(), conditions);
      scan.wanted().ifPresent(all::add);
      run.view(scan.index()).groups().narrow(KeyRanges.of(scan.groupColumns(), all).ranges());
    }
  }

  private static List<Expression> values(int place, Attribute column, Held held) {
    Set<Expression> values = new LinkedHashSet<>();
    for (UnsafeRow key : held.keys()) {
      values.add(new Literal(key.get(place, column.dataType()), column.dataType()));
    }
    return List.copyOf(values);
  }
}
