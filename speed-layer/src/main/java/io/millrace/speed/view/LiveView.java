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
  private final ViewPlace place;
  private final ViewProgram program;
  private final SpeedOutput output;
  private final Segments segments;
  private final StateWriter states;
  private final HotGroups hot;
  private final Housekeeping housekeeping;
  private long rejected;
  private long failed;
  private Optional<StoppedView> stopped;
  private boolean changed = true;
  private RunBoundaries runs = RunBoundaries.NONE;
  private final NavigableSet<Long> ahead = new TreeSet<>();
  private final Publication publication;

  /**
   * @param record what the store says, or what a new view starts with
   */
  public LiveView(
      ViewPlace place,
      ViewRecord record,
      ViewProgram program,
      TaskStore store,
      SpeedOutput output,
      ViewLimits limits) {
    this.place = place;
    this.program = program;
    this.output = output;
    this.rejected = record.rejected();
    this.failed = record.failed();
    this.stopped = record.stopped();
    this.segments = Segments.of(record.birth(), record.segments());
    this.publication = new Publication(record.slot(), record.publishedTo());
    this.states =
        new StateWriter(record.slot(), place.speedTopic(), limits.maxStateBytes(), store, output);
    this.hot = new HotGroups(place, program, states, segments);
    this.housekeeping =
        new Housekeeping(
            program, segments, states, limits.keepAllCuts().toMillis(), record.chore());
  }

  public ViewDefinition definition() {
    return place.view();
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

  /**
   * Whether the speed topic is being given what it lacks of the view. One that stands still is not
   * published again: it starts anew when it goes on.
   */
  public boolean publishesAgain() {
    return stopped.isEmpty() && publication.unfinished();
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
        throw new ViewFailedException(place.view().id(), e);
      }
      failed++;
      changed = true;
    }
  }

  public void reject() {
    rejected++;
    changed = true;
  }

  /**
   * Leaves about so many groups and bytes on heap at most; to be called between records.
   *
   * @throws ViewStoppedException as {@link #flush}
   */
  public void trim(int mostGroups, long mostBytes) {
    if (hot.exceeds(mostGroups, mostBytes)) {
      writeHot();
      hot.trim(mostGroups, mostBytes);
    }
  }

  /** From now on it stands still: it writes no state, no progress, and takes no record. */
  public void stop(StoppedView why) {
    stopped = Optional.of(why);
    ahead.clear();
    changed = true;
  }

  /** Why it stands still, if it does. */
  public Optional<StoppedView> stopped() {
    return stopped;
  }

  /**
   * Takes note of the runs there are.
   *
   * @param position the task's position
   */
  public void follow(RunBoundaries boundaries, long position) {
    runs = boundaries;
    ahead.clear();
    if (stopped.isPresent()) {
      return;
    }
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
   * Writes what changed, and cuts if told to.
   *
   * @throws ViewStoppedException if a state cannot be written: the transaction is to be aborted
   */
  public void write(long position, CutWish wish, long nowMs) {
    if (stopped.isPresent()) {
      return;
    }
    writeHot();
    if (wish == CutWish.CUT && position > segments.open()) {
      cut(position, nowMs);
    }
  }

  /** States written since the last flush ended. */
  public long written() {
    return states.written();
  }

  public long writtenBytes() {
    return states.writtenBytes();
  }

  /**
   * Publishes again, forgets and merges as far as the budget goes, and ends the flush, after {@link
   * #write}.
   */
  public void flush(TaskRecord task, Budget budget, long nowMs, String instance) {
    if (publishesAgain()) {
      // Before housekeeping, which can wait: readers of the new topic have nothing till it is
      // whole.
      changed |= states.publish(publication, budget);
    }
    if (stopped.isEmpty() && housekeeping.tidy(runs, nowMs, budget)) {
      changed = true;
    }
    if (changed) {
      states.write(record());
      changed = false;
    }
    states.drain();
    states.startFlush();
    if (stopped.isPresent() || publication.unfinished()) {
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

  /** What the store is to keep of it now, besides its states. */
  public ViewRecord record() {
    return new ViewRecord(
        place.view().id(),
        states.slot(),
        false,
        birth(),
        rejected,
        failed,
        segments.list(),
        publication.publishedTo(),
        housekeeping.underWay(),
        stopped);
  }

  /** Whether something is under way that goes on a slice per flush, and wants flushes. */
  public boolean busy() {
    return stopped.isEmpty() && (publishesAgain() || housekeeping.underWay().isPresent());
  }

  /** Groups on heap that wait to be written. */
  public int changedGroups() {
    return hot.changedGroups();
  }

  /** Bytes on heap that wait to be written. */
  public long changedBytes() {
    return hot.changedBytes();
  }

  public ViewStatus status() {
    return new ViewStatus(
        segments.size(),
        segments.groups(),
        segments.bytes(),
        hot.size(),
        hot.bytes(),
        rejected,
        failed,
        stopped.map(StoppedView::reason).orElseGet(housekeeping::problem));
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
