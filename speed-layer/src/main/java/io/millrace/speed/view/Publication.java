package io.millrace.speed.view;

import io.millrace.speed.store.StoreKeys;
import io.millrace.speed.store.TaskStore;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * Which speed topic has all of a view, and how far another one has been given it.
 *
 * <p>Publishing again goes through the groups of the store in the order of their keys, a slice per
 * flush. All that changes meanwhile is written to store and topic alike, so the law holds at each
 * flush: the topic has every group below {@link #next} as the store has it, and is whole when the
 * end is reached.
 *
 * <p>A task that ends in between begins anew, as the store names the old topic until then. Mutable,
 * for one thread.
 */
final class Publication {
  /** Takes what is published. */
  interface Sink {
    void state(long segment, byte[] groupKey, byte[] state);
  }

  private final byte[] prefix;
  private Optional<String> publishedTo;
  private Optional<String> target;
  private Bytes next;

  Publication(int slot, Optional<String> publishedTo) {
    this.prefix = StoreKeys.slotPrefix(slot);
    this.publishedTo = publishedTo;
    this.target = publishedTo;
  }

  /** Id of the topic that has all of the view; empty if it is not known. */
  Optional<String> publishedTo() {
    return publishedTo;
  }

  /** Whether another topic is there that lacks some of the view. */
  boolean unfinished() {
    return !target.equals(publishedTo);
  }

  /**
   * @param topicId of the topic there is now; empty: not known
   * @return whether {@link #publishedTo} changed: where no topic was known, this is taken for it
   */
  boolean to(Optional<String> topicId) {
    if (topicId.isEmpty() || topicId.equals(target)) {
      return false;
    }
    boolean first = publishedTo.isEmpty();
    target = topicId;
    next = Bytes.wrap(prefix);
    if (first) {
      publishedTo = topicId;
    }
    return first;
  }

  /**
   * Publishes the next slice, as far as the budget goes.
   *
   * @return whether {@link #publishedTo} changed, as that was the last one
   */
  boolean slice(TaskStore store, Budget budget, Sink sink) {
    try (KeyValueIterator<Bytes, byte[]> all =
        store.scan(next, Bytes.increment(Bytes.wrap(prefix)))) {
      while (all.hasNext()) {
        if (!budget.isLeft()) {
          return false;
        }
        KeyValue<Bytes, byte[]> entry = all.next();
        sink.state(StoreKeys.segment(entry.key), StoreKeys.groupKey(entry.key), entry.value);
        budget.spend(entry.key.get().length + (long) entry.value.length);
        next = StoreKeys.after(entry.key);
      }
    }
    publishedTo = target;
    return true;
  }
}
