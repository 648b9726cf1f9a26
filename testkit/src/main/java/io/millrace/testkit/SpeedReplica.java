package io.millrace.testkit;

import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * One partition of a speed topic, read as {@code docs/spec/speed-topic.md} says, and checked
 * against it. Small rather than fast. Not thread-safe.
 */
public final class SpeedReplica {
  private final Function<byte[], Progress> decoder;
  private final Map<SpeedKey.State, Optional<byte[]>> staged = new LinkedHashMap<>();
  private final TreeMap<Long, Map<ByteBuffer, byte[]>> segments = new TreeMap<>();
  private Progress progress;

  /**
   * @param decoder reads a flush record's value
   */
  public SpeedReplica(Function<byte[], Progress> decoder) {
    this.decoder = decoder;
  }

  /**
   * Takes the next record.
   *
   * @return whether it ended a flush: what this replica says has changed
   * @throws AssertionError if the records break the specification
   */
  public boolean accept(byte[] key, byte[] value) {
    if (SpeedKey.fromBytes(key) instanceof SpeedKey.State state) {
      staged.put(state, Optional.ofNullable(value));
      return false;
    }
    Progress next = decoder.apply(value);
    if (progress != null && next.birth() == progress.birth()) {
      require(next.position() >= progress.position(), "position went back", next);
    }
    staged.forEach(this::apply);
    staged.clear();
    segments.values().removeIf(Map::isEmpty);
    // A task that lost its states has no tombstones for them.
    segments.headMap(next.birth()).clear();
    progress = next;
    for (Long segment : segments.keySet()) {
      require(
          segment <= next.cuts().get(next.cuts().size() - 1),
          "segment " + segment + " is past the newest cut",
          next);
    }
    return true;
  }

  private void apply(SpeedKey.State key, Optional<byte[]> value) {
    Map<ByteBuffer, byte[]> groups = segments.computeIfAbsent(key.segment(), s -> new HashMap<>());
    ByteBuffer group = ByteBuffer.wrap(key.groupKey());
    if (value.isPresent()) {
      groups.put(group, value.get());
    } else {
      groups.remove(group);
    }
  }

  private void require(boolean holds, String what, Progress next) {
    if (!holds) {
      throw new AssertionError(what + " after " + progress + ": " + next);
    }
  }

  /** What the last flush said; empty before the first. */
  public Optional<Progress> progress() {
    return Optional.ofNullable(progress);
  }

  /**
   * The states at the last flush that cover the offsets from {@code cut} on, by group key.
   *
   * @param cut one of the last flush's cuts, or its position, from which on there is nothing
   */
  public Map<ByteBuffer, List<byte[]>> statesFrom(long cut) {
    if (progress == null || (!progress.cuts().contains(cut) && cut < progress.position())) {
      throw new AssertionError("no cut at " + cut + " in " + progress);
    }
    Map<ByteBuffer, List<byte[]>> states = new HashMap<>();
    segments
        .tailMap(cut, true)
        .values()
        .forEach(
            groups ->
                groups.forEach(
                    (group, state) ->
                        states.computeIfAbsent(group, g -> new ArrayList<>()).add(state)));
    return states;
  }
}
