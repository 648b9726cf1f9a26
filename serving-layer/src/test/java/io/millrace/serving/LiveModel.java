package io.millrace.serving;

import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.serving.live.SpeedView;
import io.millrace.view.CompiledView;
import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a speed layer writes, by the book: the state of every segment of one view version, partition
 * by partition, as flushes. Not thread-safe.
 */
public final class LiveModel {
  /** One record of a flush; null forgets the state. */
  record Change(SpeedKey.State key, byte[] state) {}

  /**
   * State records, ended by progress.
   *
   * @param partitions how many the topic has
   */
  public record Flush(int partition, int partitions, List<Change> changes, Progress progress) {}

  private static final class Part {
    private final long birth;
    private long position;
    private final TreeMap<Long, Map<GroupKey, GroupState>> segments = new TreeMap<>();

    private Part(long birth) {
      this.birth = birth;
      this.position = birth;
      segments.put(birth, new HashMap<>());
    }
  }

  private final CompiledView view;
  private final ViewProgram program;
  private final Orders orders;
  private final Map<Integer, Part> parts = new TreeMap<>();

  public LiveModel(CompiledView view, Orders orders) {
    this(view, orders, Position.empty());
  }

  public LiveModel(CompiledView view, Orders orders, Position birth) {
    this.view = view;
    this.program = view.newProgram();
    this.orders = orders;
    for (int p = 0; p < orders.partitionCount(); p++) {
      parts.put(p, new Part(birth.offset(p)));
    }
  }

  public Position position() {
    Position position = Position.empty();
    for (Map.Entry<Integer, Part> part : parts.entrySet()) {
      position = position.with(part.getKey(), part.getValue().position);
    }
    return position;
  }

  /** Starts a new segment where the partition stands. */
  public void cut(int partition) {
    Part part = parts.get(partition);
    part.segments.putIfAbsent(part.position, new HashMap<>());
  }

  /** Cuts every partition; returns where. */
  public Position cut() {
    parts.keySet().forEach(this::cut);
    return position();
  }

  /** Aggregates up to {@code to}; the flush holds the groups that changed. */
  public Flush advance(int partition, long to) {
    Part part = parts.get(partition);
    Position from = Position.empty().with(partition, part.position);
    Position end = Position.empty().with(partition, to);
    Map<GroupKey, GroupState> delta = orders.states(view, program, from, end);
    long segment = part.segments.lastKey();
    Map<GroupKey, GroupState> states = part.segments.get(segment);
    List<Change> changes = new ArrayList<>();
    delta.forEach(
        (key, state) -> {
          GroupState known = states.computeIfAbsent(key, k -> program.newState());
          program.merge(known, state);
          changes.add(change(segment, key, known));
        });
    part.position = to;
    return flush(partition, changes);
  }

  /** Every partition to the end of the orders. */
  public List<Flush> advance() {
    return parts.keySet().stream().map(p -> advance(p, orders.end(p))).toList();
  }

  /** Forgets the segments below {@code kept}, which is a cut. */
  public Flush forget(int partition, long kept) {
    Part part = parts.get(partition);
    List<Change> changes = new ArrayList<>();
    Map<Long, Map<GroupKey, GroupState>> dropped = part.segments.headMap(kept);
    dropped.forEach(
        (segment, states) ->
            states.keySet().forEach(key -> changes.add(change(segment, key, null))));
    dropped.clear();
    return flush(partition, changes);
  }

  /** Drops one cut: its segment's states join the segment before. */
  Flush merge(int partition, long cut) {
    Part part = parts.get(partition);
    long into = part.segments.lowerKey(cut);
    List<Change> changes = new ArrayList<>();
    part.segments
        .remove(cut)
        .forEach(
            (key, state) -> {
              GroupState known =
                  part.segments.get(into).computeIfAbsent(key, k -> program.newState());
              program.merge(known, state);
              changes.add(change(into, key, known));
              changes.add(change(cut, key, null));
            });
    return flush(partition, changes);
  }

  /** All states there are now, as one flush: what compaction leaves. */
  public Flush whole(int partition) {
    List<Change> changes = new ArrayList<>();
    parts
        .get(partition)
        .segments
        .forEach(
            (segment, states) ->
                states.forEach((key, state) -> changes.add(change(segment, key, state))));
    return flush(partition, changes);
  }

  private Flush flush(int partition, List<Change> changes) {
    Part part = parts.get(partition);
    Progress progress =
        new Progress(
            part.birth,
            List.copyOf(part.segments.keySet()),
            part.position,
            0,
            0,
            System.currentTimeMillis(),
            -1,
            "model");
    return new Flush(partition, parts.size(), List.copyOf(changes), progress);
  }

  private Change change(long segment, GroupKey key, GroupState state) {
    return new Change(
        new SpeedKey.State(segment, key.toBytes()),
        state == null ? null : program.encodeState(state));
  }

  static void apply(Flush flush, SpeedView into) {
    flush
        .changes()
        .forEach(
            change ->
                into.change(
                    flush.partition(),
                    change.key().segment(),
                    change.key().groupKey(),
                    change.state(),
                    true));
    into.flushed(flush.partition(), flush.progress(), true);
  }
}
