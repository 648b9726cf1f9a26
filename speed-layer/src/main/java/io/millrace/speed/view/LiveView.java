package io.millrace.speed.view;

import io.millrace.control.model.Progress;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.store.StoreKeys;
import io.millrace.speed.store.TaskRecord;
import io.millrace.speed.store.TaskStore;
import io.millrace.speed.task.TaskStatus;
import io.millrace.view.GroupState;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * One view version on one source partition: its segments, the hot groups of the open one, and what
 * a flush writes of them. For one thread.
 */
public final class LiveView {
  private static final int WRITE_BATCH = 1024;

  /** Larger segments stay apart: merging one has to fit in one transaction. */
  private static final long MERGE_LIMIT = 250_000;

  private final ViewDefinition definition;
  private final String topic;
  private final int slot;
  private final ViewProgram program;
  private final TaskStore store;
  private final SpeedOutput output;
  private final long keepAllMs;
  private final HotGroups hot;
  private final Segments segments;
  private final List<KeyValue<Bytes, byte[]>> writes = new ArrayList<>();
  private long rejected;
  private long failed;
  private boolean changed = true;
  private RunBoundaries runs = RunBoundaries.NONE;
  private final NavigableSet<Long> ahead = new TreeSet<>();

  /**
   * @param topic the view version's speed topic
   * @param record what the store says, or what a new view starts with
   * @param keepAllMs age below which no cut is thinned
   */
  public LiveView(
      ViewDefinition definition,
      String topic,
      ViewRecord record,
      ViewProgram program,
      TaskStore store,
      SpeedOutput output,
      long keepAllMs) {
    this.definition = definition;
    this.topic = topic;
    this.slot = record.slot();
    this.program = program;
    this.store = store;
    this.output = output;
    this.keepAllMs = keepAllMs;
    this.segments = Segments.of(record.birth(), record.segments());
    this.rejected = record.rejected();
    this.failed = record.failed();
    this.hot = new HotGroups(program, new OpenSegment());
    if (segments.get(segments.size() - 1).groups() > 0) {
      hot.startFromStore();
    }
  }

  public ViewDefinition definition() {
    return definition;
  }

  public long birth() {
    return segments.birth();
  }

  Segments segments() {
    return segments;
  }

  long rejected() {
    return rejected;
  }

  long failed() {
    return failed;
  }

  public void guard() {
    hot.guard();
  }

  /**
   * Adds a row.
   *
   * @throws ViewFailedException if a view expression threw and left states half changed, which only
   *     going back to the last flush repairs; while {@link #guard guarded} that does not happen,
   *     and the record counts as failed
   */
  public void update(SourceRow row) {
    long lookups = hot.lookups();
    try {
      program.update(row, hot);
      hot.keep();
    } catch (KafkaException e) {
      throw e;
    } catch (RuntimeException e) {
      if (hot.guarded()) {
        hot.undo();
      } else if (hot.lookups() != lookups) {
        throw new ViewFailedException(definition.id(), e);
      }
      failed++;
      changed = true;
    }
  }

  public void reject() {
    rejected++;
    changed = true;
  }

  /** Leaves at most {@code limit} groups on heap; to be called between records. */
  public void trim(int limit) {
    if (hot.size() > limit) {
      writeHot();
      hot.trim(limit);
    }
  }

  /**
   * Takes note of the runs there are.
   *
   * @param position the task's position
   */
  public void follow(RunBoundaries boundaries, long position) {
    runs = boundaries;
    ahead.clear();
    for (long boundary : boundaries.kept()) {
      if (boundary >= position && boundary > segments.open()) {
        ahead.add(boundary);
      }
    }
  }

  /** The next offset to cut at; {@link Long#MAX_VALUE} if there is none. */
  public long nextBoundary() {
    return ahead.isEmpty() ? Long.MAX_VALUE : ahead.first();
  }

  /** Cuts at every boundary at or below {@code offset}, all records below which are in. */
  public void cutUpTo(long offset, long nowMs) {
    while (!ahead.isEmpty() && ahead.first() <= offset) {
      cut(ahead.pollFirst(), nowMs);
    }
  }

  private void cut(long at, long nowMs) {
    writeHot();
    if (segments.cut(at, nowMs)) {
      hot.startEmpty();
      changed = true;
    }
  }

  /**
   * Writes what changed, cuts if told to, forgets or merges at most one segment, and ends the
   * flush.
   */
  public void flush(TaskRecord task, CutWish wish, long nowMs, String instance) {
    writeHot();
    if (wish == CutWish.CUT && task.position() > segments.open()) {
      cut(task.position(), nowMs);
    }
    if (segments.forgettable(runs.forgetBelow())) {
      forgetOldest();
    } else {
      OptionalInt surplus = segments.surplus(runs.kept(), nowMs, keepAllMs, MERGE_LIMIT);
      if (surplus.isPresent()) {
        mergeIntoPrevious(surplus.getAsInt());
      }
    }
    if (changed) {
      writes.add(KeyValue.pair(StoreKeys.view(slot), record().toBytes()));
      changed = false;
    }
    drain();
    output.flush(
        topic,
        new Progress(
            birth(),
            segments.cuts(),
            Math.max(task.position(), segments.open()),
            rejected,
            failed,
            nowMs,
            task.recordTimestampMs(),
            instance));
  }

  /** Deletes every group and starts over, empty, at {@code birth}; the next flush says so. */
  public ViewRecord restartAt(long birth, long nowMs) {
    for (Segments.Segment segment : segments.list()) {
      deleteGroups(segment.start());
    }
    drain();
    return new ViewRecord(
        definition.id(), slot, false, birth, 0, 0, Segments.bornAt(birth, nowMs).list());
  }

  /** What stays until its groups are deleted. */
  public ViewRecord retire() {
    return new ViewRecord(definition.id(), slot, true, birth(), rejected, failed, segments.list());
  }

  /** Groups on heap that wait to be written. */
  public int changedGroups() {
    return hot.changedGroups();
  }

  public TaskStatus.View status() {
    return new TaskStatus.View(
        segments.size(), segments.groups(), segments.bytes(), hot.size(), rejected, failed);
  }

  private ViewRecord record() {
    return new ViewRecord(definition.id(), slot, false, birth(), rejected, failed, segments.list());
  }

  private void writeHot() {
    hot.writeChanged();
    long groups = hot.takeNewGroups();
    long bytes = hot.takeNewBytes();
    if (groups != 0 || bytes != 0) {
      segments.grow(groups, bytes);
      changed = true;
    }
    drain();
  }

  private void forgetOldest() {
    deleteGroups(segments.get(0).start());
    segments.forgetOldest();
    changed = true;
  }

  private void deleteGroups(long segment) {
    drain();
    try (KeyValueIterator<Bytes, byte[]> all = store.scan(StoreKeys.segmentPrefix(slot, segment))) {
      while (all.hasNext()) {
        write(segment, StoreKeys.groupKey(all.next().key), null);
      }
    }
  }

  private void mergeIntoPrevious(int index) {
    long into = segments.get(index - 1).start();
    long from = segments.get(index).start();
    long newGroups = 0;
    long newBytes = 0;
    drain();
    try (KeyValueIterator<Bytes, byte[]> all = store.scan(StoreKeys.segmentPrefix(slot, from))) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> entry = all.next();
        byte[] groupKey = StoreKeys.groupKey(entry.key);
        byte[] before = store.get(StoreKeys.group(slot, into, groupKey));
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
        write(into, groupKey, after);
        write(from, groupKey, null);
      }
    }
    segments.mergeIntoPrevious(index, newGroups, newBytes);
    changed = true;
  }

  private void write(long segment, byte[] groupKey, byte[] state) {
    writes.add(KeyValue.pair(StoreKeys.group(slot, segment, groupKey), state));
    output.state(topic, segment, groupKey, state);
    if (writes.size() >= WRITE_BATCH) {
      drain();
    }
  }

  private void drain() {
    if (!writes.isEmpty()) {
      store.putAll(writes);
      writes.clear();
    }
  }

  /** Whether a flush may cut because it is time. */
  public enum CutWish {
    CUT,
    NONE
  }

  /**
   * What the runs of a view ask of its segments on one partition.
   *
   * @param kept boundaries whose cuts stay: of the newest completed run, the one before it, every
   *     started one, and those that serving replicas stand on
   * @param forgetBelow segments that end at or below it are forgotten: the boundary of the
   *     completed run before the newest, or an earlier one that a replica stands on; −1 if there is
   *     none
   */
  public record RunBoundaries(Set<Long> kept, long forgetBelow) {
    static final RunBoundaries NONE = new RunBoundaries(Set.of(), -1);
  }

  private final class OpenSegment implements HotGroups.Backing {
    @Override
    public byte[] read(byte[] groupKey) {
      return store.get(StoreKeys.group(slot, segments.open(), groupKey));
    }

    @Override
    public void write(byte[] groupKey, byte[] state) {
      LiveView.this.write(segments.open(), groupKey, state);
    }
  }
}
