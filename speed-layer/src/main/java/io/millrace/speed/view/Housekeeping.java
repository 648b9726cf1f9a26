package io.millrace.speed.view;

import io.millrace.speed.store.StoreKeys;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * Keeps a view's segments few: forgets those that runs cover, and merges those whose cut between
 * them thins out.
 *
 * <p>A cut is dropped at once: from then on a reader counts the states that were beyond it to the
 * segment before, or not at all, by their start ({@code docs/spec/speed-topic.md}). The states
 * themselves follow in slices as large as a flush's {@link Budget}, one {@link Chore} at a time.
 *
 * <p>Two states whose merge is too large for one record, or throws, stay apart: readers add both.
 *
 * <p>For one thread.
 */
final class Housekeeping {
  private final ViewProgram program;
  private final Segments segments;
  private final StateWriter states;
  private final long keepAllMs;
  private Chore chore;
  private String problem = "";
  private long problemSegment;

  /**
   * @param keepAllMs age below which no cut is thinned
   * @param underWay as the store says
   */
  Housekeeping(
      ViewProgram program,
      Segments segments,
      StateWriter states,
      long keepAllMs,
      Optional<Chore> underWay) {
    this.program = program;
    this.segments = segments;
    this.states = states;
    this.keepAllMs = keepAllMs;
    this.chore = underWay.orElse(null);
  }

  Optional<Chore> underWay() {
    return Optional.ofNullable(chore);
  }

  /** Why states stay apart that should be one; empty text if none do. */
  String problem() {
    return segments.get(0).start() > problemSegment ? "" : problem;
  }

  /**
   * Does what is due, as far as the budget goes.
   *
   * @return whether anything changed
   */
  boolean tidy(RunBoundaries runs, long nowMs, Budget budget) {
    boolean changed = false;
    while (budget.isLeft() && (chore != null || begin(runs, nowMs))) {
      changed = true;
      slice(budget);
    }
    states.drain();
    return changed;
  }

  private boolean begin(RunBoundaries runs, long nowMs) {
    if (segments.forgettable(runs.forgetBelow())) {
      chore = Chore.of(Chore.Kind.FORGET, segments.get(0).start());
      while (segments.forgettable(runs.forgetBelow())) {
        segments.forgetOldest();
      }
      return true;
    }
    OptionalInt surplus = segments.surplus(runs.kept(), nowMs, keepAllMs);
    if (surplus.isPresent()) {
      chore = Chore.of(Chore.Kind.MERGE, segments.get(surplus.getAsInt()).start());
      segments.mergeIntoPrevious(surplus.getAsInt());
    }
    return surplus.isPresent();
  }

  private void slice(Budget budget) {
    long into = chore.kind() == Chore.Kind.MERGE ? segments.covering(chore.segment()) : -1;
    long to = into < 0 ? segments.get(0).start() : segments.endOf(into);
    long segment = chore.segment();
    try (KeyValueIterator<Bytes, byte[]> all = states.scan(segment, chore.after(), to)) {
      while (all.hasNext()) {
        if (!budget.isLeft()) {
          return;
        }
        KeyValue<Bytes, byte[]> entry = all.next();
        byte[] groupKey = StoreKeys.groupKey(entry.key);
        if (StoreKeys.segment(entry.key) != segment) {
          // The same group may come again, and must then be read as it is now.
          segment = StoreKeys.segment(entry.key);
          states.drain();
        }
        if (into < 0) {
          states.delete(segment, groupKey);
        } else {
          move(segment, into, groupKey, entry.value);
        }
        budget.spend(groupKey.length + entry.value.length);
        chore = chore.at(segment, groupKey);
      }
    }
    chore = null;
  }

  private void move(long from, long into, byte[] groupKey, byte[] state) {
    byte[] before = states.read(into, groupKey);
    if (before == null) {
      states.write(into, groupKey, state);
      states.delete(from, groupKey);
      return;
    }
    byte[] merged;
    try {
      GroupState sum = program.decodeState(before);
      program.merge(sum, program.decodeState(state));
      merged = program.encodeState(sum);
    } catch (RuntimeException e) {
      leaveApart(from, groupKey, "its states do not merge: " + e);
      return;
    }
    if (!states.fits(groupKey, merged)) {
      // Nothing is wrong yet: each of the two fits, and a reader adds them.
      return;
    }
    states.write(into, groupKey, merged);
    states.delete(from, groupKey);
    segments.shrink(into, 1, groupKey.length + (long) before.length + state.length - merged.length);
  }

  private void leaveApart(long segment, byte[] groupKey, String why) {
    problem =
        "cannot merge live states of group "
            + GroupName.of(program, groupKey)
            + ": found that "
            + why
            + ", expected any two states of a group to merge; they stay apart and all other groups"
            + " go on, but answers for this group fail: take the record that made it out of the"
            + " lake and the topic, or change the view";
    problemSegment = segment;
  }
}
