package io.millrace.view.internal.operate.join;

import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.operate.Evaluators;
import io.millrace.view.internal.operate.Rows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** The rows of the held side, by the bytes of their keys. Thread-confined. */
final class Held {
  private static final int ENTRY_BYTES = 112;

  /** A row, and the next one of the same key. */
  static final class Entry {
    private final UnsafeRow row;
    private Entry next;
    private boolean matched;

    private Entry(UnsafeRow row) {
      this.row = row;
    }

    UnsafeRow row() {
      return row;
    }

    Entry next() {
      return next;
    }

    void match() {
      matched = true;
    }

    boolean matched() {
      return matched;
    }
  }

  private record Chain(Entry first, Entry[] last) {}

  private final Map<UnsafeRow, Chain> byKey = new HashMap<>();
  private final List<Entry> all = new ArrayList<>();
  private final JoinKeys keys;

  /** Reads the rows to their end. */
  Held(JoinStep join, Rows rows, Budget budget) {
    this.keys = join.keys();
    UnsafeProjection toKey = Evaluators.projection(keys.held(), join.held().output());
    UnsafeProjection copy =
        Evaluators.projection(List.copyOf(join.held().output()), join.held().output());
    boolean all = join.kind() == JoinKind.FULL;
    for (InternalRow row = rows.next(); row != null; row = rows.next()) {
      budget.tick();
      UnsafeRow key = toKey.apply(row);
      boolean matches = !keys.missing(key);
      if (!matches && !all) {
        continue;
      }
      Entry entry = new Entry(copy.apply(row).copy());
      budget.hold(
          ENTRY_BYTES + entry.row.getSizeInBytes() + key.getSizeInBytes(), "rows to join with");
      this.all.add(entry);
      if (matches) {
        put(key, entry);
      }
    }
  }

  private void put(UnsafeRow key, Entry entry) {
    Chain chain = byKey.get(key);
    if (chain == null) {
      byKey.put(key.copy(), new Chain(entry, new Entry[] {entry}));
    } else {
      chain.last()[0].next = entry;
      chain.last()[0] = entry;
    }
  }

  /** The first row with a key, in the order they came; null if there is none. */
  Entry first(UnsafeRow key) {
    if (keys.missing(key)) {
      return null;
    }
    Chain chain = byKey.get(key);
    return chain == null ? null : chain.first();
  }

  /** All rows, in the order they came. */
  List<Entry> all() {
    return all;
  }

  /** The keys that there are. */
  Iterable<UnsafeRow> keys() {
    return byKey.keySet();
  }

  int size() {
    return byKey.size();
  }
}
