package io.millrace.speed.task;

import io.millrace.speed.store.StoreKeys;
import io.millrace.speed.store.TaskStore;
import io.millrace.speed.view.Budget;
import io.millrace.speed.view.ViewRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/** Deletes what retired views left in the store, a slice per flush. For one thread. */
final class Retirement {
  private final TaskStore store;
  private final Map<Integer, ViewRecord> retired = new TreeMap<>();

  Retirement(TaskStore store) {
    this.store = store;
  }

  /** From the next {@link #purge} on the store says that the view is gone. */
  void add(ViewRecord record) {
    retired.put(record.slot(), record.gone());
  }

  boolean isEmpty() {
    return retired.isEmpty();
  }

  void purge(Budget budget) {
    List<KeyValue<Bytes, byte[]>> deletes = new ArrayList<>();
    for (ViewRecord record : List.copyOf(retired.values())) {
      deletes.add(KeyValue.pair(StoreKeys.view(record.slot()), record.toBytes()));
      try (KeyValueIterator<Bytes, byte[]> groups =
          store.scan(StoreKeys.slotPrefix(record.slot()))) {
        while (groups.hasNext() && budget.isLeft()) {
          Bytes key = groups.next().key;
          deletes.add(KeyValue.pair(key, null));
          budget.spend(key.get().length);
        }
        if (!groups.hasNext()) {
          deletes.add(KeyValue.pair(StoreKeys.view(record.slot()), null));
          retired.remove(record.slot());
        }
      }
    }
    store.putAll(deletes);
  }
}
