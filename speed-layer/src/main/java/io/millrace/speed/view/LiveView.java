package io.millrace.speed.view;

import io.millrace.control.model.Progress;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.store.TaskRecord;
import io.millrace.speed.store.TaskStore;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.common.KafkaException;

/**
 * One view version on one source partition: its segments, the hot groups of the open one, and what
 * a flush writes of them. For one thread.
 */
public final class LiveView {
  private final ViewDefinition definition;
  private final ViewProgram program;
  private final SpeedOutput output;
  private final Segments segments;
  private final StateWriter states;
  private final HotGroups hot;
  private final Housekeeping housekeeping;
  private long rejected;
  private long failed;
  private boolean changed = true;
  private RunBoundaries runs = RunBoundaries.NONE;
  private final NavigableSet<Long> ahead = new TreeSet<>();
  private final Publication publication;

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
    this.program = program;
    this.output = output;
    this.rejected = record.rejected();
    this.failed = record.failed();
    this.segments = Segments.of(record.birth(), record.segments());
    this.states = new StateWriter(record.slot(), topic, store, output);
    this.publication = new Publication(record.slot(), record.publishedTo());
    this.hot = new HotGroups(program, states, segments);
    this.housekeeping = new Housekeeping(program, segments, states, keepAllMs);
  }

  public ViewDefinition definition() {
    return definition;
  }

  public long birth() {
    return segments.birth();
  }

  /**
   * Says which topic has the speed topic's name now. To another one than the view was published to
   * all of it is published again, slice by slice with the flushes to come; until that is done the
   * topic gets no flush record, so that no reader takes a part for the whole.
   *
   * @param topicId empty: not known
   */
  public void publishTo(Optional<String> topicId) {
    changed |= publication.to(topicId);
  }

  /** Whether the speed topic lacks some of the view still. */
  public boolean publishesAgain() {
    return publication.unfinished();
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
    if (housekeeping.tidy(runs, nowMs)) {
      changed = true;
    }
    if (publication.unfinished()) {
      changed |= states.publish(publication);
    }
    if (changed) {
      states.write(record(false));
      changed = false;
    }
    states.drain();
    if (publication.unfinished()) {
      return;
    }
    output.flush(
        states.topic(),
        new Progress(
            birth(),
            segments.cuts(),
            Math.max(task.position(), segments.open()),
            rejected,
            failed,
            nowMs,
            task.recordTimestampMs(),
            instance,
            task.topicId(),
            publication.publishedTo()));
  }

  /** Deletes every group and starts over, empty, at {@code birth}; the next flush says so. */
  public ViewRecord restartAt(long birth, long nowMs) {
    housekeeping.deleteAll();
    return new ViewRecord(
        definition.id(),
        states.slot(),
        false,
        birth,
        0,
        0,
        Segments.bornAt(birth, nowMs).list(),
        publication.publishedTo());
  }

  /** What stays until its groups are deleted. */
  public ViewRecord retire() {
    return record(true);
  }

  /** Groups on heap that wait to be written. */
  public int changedGroups() {
    return hot.changedGroups();
  }

  public ViewStatus status() {
    return new ViewStatus(
        segments.size(), segments.groups(), segments.bytes(), hot.size(), rejected, failed);
  }

  private ViewRecord record(boolean retired) {
    return new ViewRecord(
        definition.id(),
        states.slot(),
        retired,
        birth(),
        rejected,
        failed,
        segments.list(),
        publication.publishedTo());
  }

  private void writeHot() {
    if (hot.writeChanged()) {
      changed = true;
    }
  }

  /** Whether a flush may cut because it is time. */
  public enum CutWish {
    CUT,
    NONE
  }
}
