package io.millrace.serving.live;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Progress;
import io.millrace.serving.store.LocalStore;
import io.millrace.serving.store.SpeedStoreKey;
import io.millrace.serving.store.StoreTable;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;

/**
 * The live state of one view version as this replica has it: the states of all segments, and the
 * flush each partition stands at. A flush becomes visible whole.
 *
 * <p>Where the topic is another one, it is read from its start beside what is shown, which stays as
 * it is until the other one reaches as far on every partition; then that takes its place in one
 * step.
 *
 * <p>{@link #change} and {@link #flushed} belong to the following thread; the rest is thread-safe.
 */
public final class SpeedView implements AutoCloseable {
  /** Unflushed changes are handed to the store at this size while nothing is answered yet. */
  private static final long CHUNK_BYTES = 8L << 20;

  /** Nobody holds a view back for longer than it takes to read so much. */
  private static final long MOST_HELD_BYTES = 64L << 20;

  private final LocalStore store;
  private final String label;
  private final Runnable changed;
  private final Map<Integer, WriteBatch> unflushed = new HashMap<>();
  private final Map<Integer, Progress> unpublished = new HashMap<>();

  /** Partitions with a part of an unfinished flush in {@link #table}. */
  private final Set<Integer> begun = new HashSet<>();

  private final Object visible = new Object();

  /** What is read goes here; the shown table too, unless {@link #refilling}. */
  private StoreTable table;

  private StoreTable shown;
  private Map<Integer, Progress> progress = Map.of();

  /** Set: flushes go here first, see {@link #hold}. */
  private HeldFlushes held;

  private volatile boolean refilling;
  private Map<Integer, Progress> refilled = Map.of();
  private int refilledPartitions;
  private volatile int partitions;
  private volatile boolean caughtUp;
  private boolean closed;
  private volatile String waitsFor = "its speed topic to be looked up";

  /**
   * @param changed told, by whichever thread, whenever more is shown than before
   */
  public SpeedView(LocalStore store, String label, Runnable changed) {
    this.store = store;
    this.label = label;
    this.changed = changed;
    this.table = store.createTable(label);
    this.shown = table;
  }

  /**
   * Takes one state record; nothing of it is visible before {@link #flushed}.
   *
   * @param state null forgets it
   * @param partitionCaughtUp whether the partition has been read to the end it had at first;
   *     before, and before its first flush, no answer can see it, and large prefixes need not be
   *     held in memory. Where the next flush of another partition may show the table, they are
   */
  public void change(
      int partition, long segment, byte[] groupKey, byte[] state, boolean partitionCaughtUp) {
    WriteBatch batch = unflushed.computeIfAbsent(partition, p -> new WriteBatch());
    byte[] key = SpeedStoreKey.of(groupKey, partition, segment);
    if (state == null) {
      table.delete(batch, key);
    } else {
      table.put(batch, key, state);
    }
    if (!(partitionCaughtUp && seen(partition)) && batch.getDataSize() > CHUNK_BYTES) {
      table.write(batch);
      batch.clear();
      begun.add(partition);
    }
  }

  /** Whether an answer can see its states, or could before this flush ends. */
  private boolean seen(int partition) {
    synchronized (visible) {
      return (refilling ? refilled : progress).containsKey(partition)
          || held != null && held.waits(partition);
    }
  }

  /**
   * Whether a part of a flush that has not ended is in the store, over the states of a flush that
   * would be shown: that one must not be, for it is there no more.
   */
  boolean isWithinFlush(int partition) {
    return begun.contains(partition) && unpublished.containsKey(partition);
  }

  /** Ends a flush: its states and its progress become visible in one step. */
  public void flushed(int partition, Progress reached, boolean partitionCaughtUp) {
    WriteBatch batch = unflushed.computeIfAbsent(partition, p -> new WriteBatch());
    synchronized (visible) {
      if (held != null && partitionCaughtUp && held.holds(partition, reached)) {
        held.add(partition, unflushed.remove(partition), reached);
        begun.remove(partition);
        if (held.bytes() > MOST_HELD_BYTES) {
          release();
        }
        return;
      }
      if (batch.count() > 0) {
        table.write(batch);
      }
      if (partitionCaughtUp) {
        publish(Map.of(partition, reached));
      } else {
        unpublished.put(partition, reached);
      }
    }
    batch.clear();
    begun.remove(partition);
  }

  /**
   * The partition has been read to the end it had at first: what it says may be believed. Not to be
   * said of one that {@link #isWithinFlush}.
   */
  void partitionCaughtUp(int partition) {
    Progress reached = unpublished.remove(partition);
    if (reached != null) {
      synchronized (visible) {
        publish(Map.of(partition, reached));
      }
    }
  }

  /**
   * All partitions the topic has, so many, have been read to the end they had; 0: it is not there.
   */
  public void caughtUp(int count) {
    if (refilling) {
      synchronized (visible) {
        refilledPartitions = count;
        showRefilled();
      }
      return;
    }
    partitions = count;
    caughtUp = true;
    changed.run();
  }

  /** The flushes of the other topic while {@link #refilling}. */
  Map<Integer, Progress> refilled() {
    synchronized (visible) {
      return refilled;
    }
  }

  /** Whether another topic than the one shown is being read. */
  public boolean refilling() {
    return refilling;
  }

  public boolean isCaughtUp() {
    return caughtUp;
  }

  public void waitsFor(String what) {
    waitsFor = what;
  }

  /** What is missing until {@link #isCaughtUp}, for people. */
  public String waitsFor() {
    return waitsFor;
  }

  /** The newest visible flush of each partition that has one. */
  public Map<Integer, Progress> progress() {
    synchronized (visible) {
      return progress;
    }
  }

  /** A consistent view of all partitions: the flushes, and the store exactly as they left it. */
  public Pin pin() {
    synchronized (visible) {
      if (!shown.retain()) {
        throw new MillraceException(
            ErrorCode.VIEW_NOT_READY,
            "cannot answer from view version " + label + ": it is retired; ask again");
      }
      return new Pin(shown, shown.snapshot(), progress, partitions);
    }
  }

  /**
   * From now on no flush is shown, until it is allowed by {@link #showUpTo} or all are by {@link
   * #release}. For a moment, by one at a time: answers stay where they are meanwhile. Ends by
   * itself where too much is held, or the topic is read anew.
   *
   * @return where each partition stands
   */
  public Map<Integer, Long> hold() {
    synchronized (visible) {
      if (held == null && !refilling && !closed) {
        held = new HeldFlushes();
      }
      return offsets();
    }
  }

  /** Shows the flushes at or below these offsets, also those that come yet. */
  public void showUpTo(Map<Integer, Long> offsets) {
    synchronized (visible) {
      if (held != null) {
        held.upTo(offsets, this::show);
      }
    }
  }

  /**
   * Waits until each partition stands at its offset or past it.
   *
   * @param deadlineNanos of {@link System#nanoTime}
   * @return whether they do
   */
  public boolean await(Map<Integer, Long> offsets, long deadlineNanos) throws InterruptedException {
    synchronized (visible) {
      while (!offsets.entrySet().stream()
          .allMatch(each -> offsets().getOrDefault(each.getKey(), -1L) >= each.getValue())) {
        long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return false;
        }
        visible.wait(millis);
      }
      return true;
    }
  }

  /** Shows what was held, and holds nothing more. */
  public void release() {
    synchronized (visible) {
      if (held == null) {
        return;
      }
      HeldFlushes waiting = held;
      held = null;
      try (waiting) {
        waiting.all(this::show);
      }
    }
  }

  private void show(int partition, WriteBatch batch, Progress reached) {
    if (batch.count() > 0) {
      table.write(batch);
    }
    publish(Map.of(partition, reached));
  }

  /** Where each partition stands that has a flush. */
  public Map<Integer, Long> offsets() {
    Map<Integer, Long> offsets = new TreeMap<>();
    progress().forEach((partition, reached) -> offsets.put(partition, reached.position()));
    return offsets;
  }

  /** What is read from now on begins again, and is shown when it reaches what is shown so far. */
  void restart() {
    StoreTable empty = store.createTable(label);
    closeUnflushed();
    unpublished.clear();
    begun.clear();
    synchronized (visible) {
      release();
      boolean answers = caughtUp && !progress.isEmpty();
      if (refilling || !answers) {
        table.release();
      }
      table = empty;
      refilled = Map.of();
      refilledPartitions = 0;
      refilling = answers;
      if (!answers) {
        caughtUp = false;
        shown = empty;
        progress = Map.of();
      }
    }
  }

  /** Shows the other topic, if it was read to its end and reaches as far as what is shown. */
  private void showRefilled() {
    boolean reaches =
        progress.entrySet().stream()
            .allMatch(
                entry ->
                    refilled.containsKey(entry.getKey())
                        && refilled.get(entry.getKey()).position() >= entry.getValue().position());
    if (refilledPartitions == 0 || !reaches) {
      return;
    }
    shown.release();
    shown = table;
    progress = refilled;
    partitions = refilledPartitions;
    refilling = false;
    changed.run();
  }

  /** Lets go of what it holds; its follower has been told to {@link SpeedReader#forget} it. */
  @Override
  public void close() {
    synchronized (visible) {
      if (closed) {
        return;
      }
      closed = true;
      closeUnflushed();
      if (held != null) {
        held.close();
        held = null;
      }
      if (refilling) {
        table.release();
      }
      shown.release();
    }
  }

  private void closeUnflushed() {
    unflushed.values().forEach(WriteBatch::close);
    unflushed.clear();
  }

  private void publish(Map<Integer, Progress> reached) {
    Map<Integer, Progress> next = new TreeMap<>(refilling ? refilled : progress);
    next.putAll(reached);
    if (refilling) {
      refilled = Collections.unmodifiableMap(next);
      showRefilled();
    } else {
      progress = Collections.unmodifiableMap(next);
      changed.run();
    }
    visible.notifyAll();
  }

  /**
   * See {@link SpeedView#pin}.
   *
   * @param partitions how many the topic had when all of it had been read; 0 if it was not there
   */
  public record Pin(
      StoreTable table, Snapshot snapshot, Map<Integer, Progress> progress, int partitions)
      implements AutoCloseable {
    /** Whether live state is of all records there ever were, each partition's first one on. */
    public boolean isWhole() {
      return partitions > 0
          && progress.size() >= partitions
          && progress.values().stream().allMatch(flushed -> flushed.cuts().get(0) == 0);
    }

    @Override
    public void close() {
      table.release(snapshot);
      table.release();
    }
  }
}
