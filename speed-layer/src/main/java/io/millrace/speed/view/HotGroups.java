package io.millrace.speed.view;

import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.Groups;
import io.millrace.view.ViewProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
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
    boolean changed;
    boolean used;
    boolean undone;

    Hot(GroupKey key) {
      this.key = key;
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

  private final ViewProgram program;
  private final StateWriter states;
  private final Segments segments;
  private final Map<GroupKey, Hot> groups = new HashMap<>();
  private final List<Hot> changed = new ArrayList<>();
  private final List<Before> undo = new ArrayList<>();
  private boolean inStore;
  private boolean guarded;
  private long lookups;

  /** Groups of the open one of {@code segments}, which has groups in the store if any. */
  HotGroups(ViewProgram program, StateWriter states, Segments segments) {
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
    }
    if (guarded) {
      boolean existed = found || hot.storedBytes > 0;
      undo.add(new Before(hot, existed ? program.encodeState(hot.state) : null));
    }
    if (!hot.changed) {
      hot.changed = true;
      changed.add(hot);
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
        before.hot().undone = true;
      }
    }
    undo.clear();
  }

  /**
   * Writes each group that changed since the last call, and has the open segment grow by it.
   *
   * @return whether it grew
   */
  boolean writeChanged() {
    long newGroups = 0;
    long newBytes = 0;
    for (Hot hot : changed) {
      if (hot.undone) {
        continue;
      }
      byte[] state = program.encodeState(hot.state);
      byte[] key = hot.keyBytes();
      states.write(segments.open(), key, state);
      int size = key.length + state.length;
      newBytes += size - hot.storedBytes;
      if (hot.storedBytes == 0) {
        newGroups++;
      }
      hot.storedBytes = size;
      hot.changed = false;
    }
    changed.clear();
    states.drain();
    segments.grow(newGroups, newBytes);
    return newGroups != 0 || newBytes != 0;
  }

  /**
   * Evicts cold groups, all of which must have been written, until three quarters of a limit are
   * left.
   */
  void trim(int limit) {
    if (!changed.isEmpty()) {
      throw new IllegalStateException("cannot evict groups that were not written");
    }
    int target = limit - limit / 4;
    for (int pass = 0; pass < 2 && groups.size() > target; pass++) {
      for (Iterator<Hot> all = groups.values().iterator();
          all.hasNext() && groups.size() > target; ) {
        Hot hot = all.next();
        if (hot.used) {
          hot.used = false;
        } else {
          all.remove();
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
    inStore = false;
  }

  /** Groups that {@link #writeChanged} would write. */
  int changedGroups() {
    return changed.size();
  }

  int size() {
    return groups.size();
  }
}
