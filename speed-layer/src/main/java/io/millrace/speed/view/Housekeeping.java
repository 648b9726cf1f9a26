package io.millrace.speed.view;

import io.millrace.speed.store.StoreKeys;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import java.util.OptionalInt;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * Keeps a view's segments few: forgets those that runs cover, and merges those whose cut between
 * them thins out. For one thread.
 */
final class Housekeeping {
  /** Larger segments stay apart: merging one has to fit in one transaction. */
  private static final long MERGE_LIMIT = 250_000;

  private final ViewProgram program;
  private final Segments segments;
  private final StateWriter states;
  private final long keepAllMs;

  /**
   * @param keepAllMs age below which no cut is thinned
   */
  Housekeeping(ViewProgram program, Segments segments, StateWriter states, long keepAllMs) {
    this.program = program;
    this.segments = segments;
    this.states = states;
    this.keepAllMs = keepAllMs;
  }

  /**
   * Forgets or merges at most one segment.
   *
   * @return whether it did
   */
  boolean tidy(RunBoundaries runs, long nowMs) {
    if (segments.forgettable(runs.forgetBelow())) {
      deleteGroups(segments.get(0).start());
      segments.forgetOldest();
      return true;
    }
    OptionalInt surplus = segments.surplus(runs.kept(), nowMs, keepAllMs, MERGE_LIMIT);
    surplus.ifPresent(this::mergeIntoPrevious);
    return surplus.isPresent();
  }

  /** Deletes every group of the view. */
  void deleteAll() {
    for (Segments.Segment segment : segments.list()) {
      deleteGroups(segment.start());
    }
    states.drain();
  }

  private void deleteGroups(long segment) {
    try (KeyValueIterator<Bytes, byte[]> all = states.scan(segment)) {
      while (all.hasNext()) {
        states.delete(segment, StoreKeys.groupKey(all.next().key));
      }
    }
  }

  private void mergeIntoPrevious(int index) {
    long into = segments.get(index - 1).start();
    long from = segments.get(index).start();
    long newGroups = 0;
    long newBytes = 0;
    try (KeyValueIterator<Bytes, byte[]> all = states.scan(from)) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> entry = all.next();
        byte[] groupKey = StoreKeys.groupKey(entry.key);
        byte[] before = states.read(into, groupKey);
        byte[] after = entry.value;
        if (before == null) {
          newGroups++;
          newBytes += groupKey.length + after.length;
        } else {
          GroupState merged = program.decodeState(before);
          program.merge(merged, program.decodeState(entry.value));
          after = program.encodeState(merged);
          newBytes += after.length - before.length;
        }
        states.write(into, groupKey, after);
        states.delete(from, groupKey);
      }
    }
    segments.mergeIntoPrevious(index, newGroups, newBytes);
  }
}
