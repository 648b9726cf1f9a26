package io.millrace.speed.view;

import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.Groups;
import io.millrace.view.ViewProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The groups of a view's open segment that are on heap. A lookup that misses reads the store,
 * unless the segment is known to have no groups there: after a cut nothing is read until something
 * was evicted.
 *
 * <p>Changed groups are remembered until {@link #writeChanged}. {@link #trim} evicts the groups
 * that were not used since the trim before, as a clock with one hand does.
 *
 * <p>While {@link #guarded}, each record's changes can be undone; that costs an encoding per group
 * and record, so only views that have thrown pay it.
 *
 * <p>Mutable, for one thread.
 */
final class HotGroups implements Groups {
  private static final class Hot {
    final GroupKey key;
    GroupState state;
    byte[] keyBytes;
    int storedBytes;
    long bytes;
    boolean changed;
    boolean used;
    boolean undone;

    Hot(GroupKey key) {
      this.key = key;
    }

    /** About what it takes on heap. */
    long estimate() {
      return ENTRY_BYTES + 2L * keyBytes().length + state.approximateBytes();
    }

    byte[] keyBytes() {
      if (keyBytes == null) {
        keyBytes = key.toBytes();
      }
      return keyBytes;
    }
  }

  /** A group as it was before the present record; no state: it was not there. */
  private record Before(Hot hot, byte[] state) {}

  private static final String REMEDY = "mend the view, and apply it again";
  private static final String TOO_LARGE_REMEDY =
      "raise speed.state.max.bytes and restart the speed layer, or have the view keep less per"
          + " group: a lower accuracy, a finer GROUP BY, a sketch instead of a set";

  /** What a group takes beside its state and its key, twice: as an object and as bytes. */
  private static final int ENTRY_BYTES = 160;

  /** So many stay, however large: one that is evicted with each record would be read with each. */
  private static final int FEWEST = 4;

  private final ViewPlace place;
  private final ViewProgram program;
  private final StateWriter states;
  private final Segments segments;
  private final Map<GroupKey, Hot> groups = new HashMap<>();
  private final List<Hot> changed = new ArrayList<>();
  private final List<Before> undo = new ArrayList<>();
  private long bytes;
  private long changedBytes;
  private boolean inStore;
  private boolean guarded;
  private long lookups;

  /** Groups of the open one of {@code segments}, which has groups in the store if any. */
  HotGroups(ViewPlace place, ViewProgram program, StateWriter states, Segments segments) {
    this.place = place;
    this.program = program;
    this.states = states;
    this.segments = segments;
    this.inStore = segments.get(segments.size() - 1).groups() > 0;
  }

  @Override
  public GroupState state(GroupKey key) {
    lookups++;
    Hot hot = groups.get(key);
    boolean found = hot != null;
    if (!found) {
      hot = load(key.copy());
      groups.put(hot.key, hot);
      bytes += hot.bytes;
    }
    if (guarded) {
      boolean existed = found || hot.storedBytes > 0;
      undo.add(new Before(hot, existed ? program.encodeState(hot.state) : null));
    }
    if (!hot.changed) {
      hot.changed = true;
      changed.add(hot);
      changedBytes += hot.bytes;
    }
    hot.used = true;
    return hot.state;
  }

  private Hot load(GroupKey key) {
    Hot hot = new Hot(key);
    byte[] stored = inStore ? states.read(segments.open(), hot.keyBytes()) : null;
    if (stored == null) {
      hot.state = program.newState();
    } else {
      hot.state = program.decodeState(stored);
      hot.storedBytes = hot.keyBytes().length + stored.length;
    }
    hot.bytes = hot.estimate();
    return hot;
  }

  /** Lookups so far: unchanged after a failed update, no state was touched. */
  long lookups() {
    return lookups;
  }

  boolean guarded() {
    return guarded;
  }

  /** From now on {@link #undo} works. */
  void guard() {
    guarded = true;
  }

  /** The record's changes stand. */
  void keep() {
    if (guarded) {
      undo.clear();
    }
  }

  /** Takes back what was changed since the last {@link #keep}; only while {@link #guarded}. */
  void undo() {
    for (int i = undo.size() - 1; i >= 0; i--) {
      Before before = undo.get(i);
      if (before.state() != null) {
        before.hot().state = program.decodeState(before.state());
      } else {
        groups.remove(before.hot().key);
        bytes -= before.hot().bytes;
        before.hot().undone = true;
      }
    }
    undo.clear();
  }

  /**
   * Writes each group that changed since the last call, and has the open segment grow by it.
   *
   * @return whether it grew
   * @throws ViewStoppedException if a state cannot be written
   */
  boolean writeChanged() {
    long newGroups = 0;
    long newBytes = 0;
    for (Hot hot : changed) {
      if (hot.undone) {
        continue;
      }
      byte[] state = encode(hot);
      byte[] key = hot.keyBytes();
      states.write(segments.open(), key, state);
      int size = key.length + state.length;
      newBytes += size - hot.storedBytes;
      if (hot.storedBytes == 0) {
        newGroups++;
      }
      hot.storedBytes = size;
      hot.changed = false;
      long grown = hot.estimate() - hot.bytes;
      hot.bytes += grown;
      bytes += grown;
    }
    changed.clear();
    changedBytes = 0;
    states.drain();
    segments.grow(newGroups, newBytes);
    return newGroups != 0 || newBytes != 0;
  }

  private byte[] encode(Hot hot) {
    byte[] state;
    try {
      state = program.encodeState(hot.state);
    } catch (RuntimeException e) {
      throw stopped(hot, 0, "a state that cannot be encoded: " + e, "one that can", REMEDY, e);
    }
    if (!states.fits(hot.keyBytes(), state)) {
      throw stopped(
          hot,
          hot.keyBytes().length + (long) state.length,
          String.format(Locale.ROOT, "a state of %,d bytes", state.length),
          String.format(Locale.ROOT, "at most %,d (speed.state.max.bytes)", states.maxBytes()),
          TOO_LARGE_REMEDY,
          null);
    }
    return state;
  }

  private ViewStoppedException stopped(
      Hot hot, long stateBytes, String found, String expected, String remedy, Throwable cause) {
    String reason =
        "cannot keep "
            + place
            + " live: found "
            + found
            + ", in group "
            + GroupName.of(program, hot.keyBytes())
            + ", expected "
            + expected
            + "; its answers stay as they were, and other views go on; "
            + remedy;
    return new ViewStoppedException(
        place.view().id(), place.partition(), new StoppedView(reason, stateBytes), cause);
  }

  /** Whether more is on heap than so many groups, or so many bytes. */
  boolean exceeds(int mostGroups, long mostBytes) {
    return groups.size() > mostGroups || (bytes > mostBytes && groups.size() > FEWEST);
  }

  /**
   * Evicts cold groups, all of which must have been written, until three quarters of the limits are
   * left.
   */
  void trim(int mostGroups, long mostBytes) {
    if (!changed.isEmpty()) {
      throw new IllegalStateException("cannot evict groups that were not written");
    }
    int targetGroups = mostGroups - mostGroups / 4;
    long targetBytes = mostBytes - mostBytes / 4;
    for (int pass = 0; pass < 2 && exceeds(targetGroups, targetBytes); pass++) {
      for (Iterator<Hot> all = groups.values().iterator();
          all.hasNext() && exceeds(targetGroups, targetBytes); ) {
        Hot hot = all.next();
        if (hot.used) {
          hot.used = false;
        } else {
          all.remove();
          bytes -= hot.bytes;
        }
      }
    }
    inStore = true;
  }

  /** Forgets all groups: a new, empty segment is open. They must have been written. */
  void startEmpty() {
    if (!changed.isEmpty()) {
      throw new IllegalStateException("cannot drop groups that were not written");
    }
    groups.clear();
    bytes = 0;
    inStore = false;
  }

  /** Groups that {@link #writeChanged} would write. */
  int changedGroups() {
    return changed.size();
  }

  /** About what these take on heap, as of when they were last written. */
  long changedBytes() {
    return changedBytes;
  }

  int size() {
    return groups.size();
  }

  /** About what all groups take on heap. */
  long bytes() {
    return bytes;
  }
}
