package io.millrace.speed.task;

import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.store.TaskStore;
import io.millrace.speed.view.LiveView;
import io.millrace.speed.view.ViewLimits;
import io.millrace.speed.view.ViewPlace;
import io.millrace.speed.view.ViewRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts views on a partition: from nothing, from what the store has, or anew where that cannot go
 * on. For one thread.
 */
final class Births {
  private static final Logger LOG = LoggerFactory.getLogger(Births.class);

  private final int partition;
  private final SourceFeed feed;
  private final SourceFeed.Settings settings;
  private final TaskStore store;
  private final SpeedOutput output;

  Births(int partition, SourceFeed feed, TaskStore store, SpeedOutput output) {
    this.partition = partition;
    this.feed = feed;
    this.settings = feed.settings();
    this.store = store;
    this.output = output;
  }

  /**
   * A view that the store has nothing of.
   *
   * @param position of the task: the records below it have been read
   */
  LiveView born(ViewDefinition view, int slot, SourceViews views, long position, long nowMs) {
    long birth = birth(views, view, position);
    LOG.info("view {} starts on {}-{} at offset {}", view.id(), settings.topic(), partition, birth);
    return start(view, ViewRecord.born(view.id(), slot, birth, nowMs));
  }

  /**
   * A view that the store has.
   *
   * @param position of the task: the records below it have been read
   * @param beginning the first offset that Kafka still has
   */
  LiveView reopened(
      ViewDefinition view,
      ViewRecord record,
      SourceViews views,
      long position,
      long beginning,
      long nowMs) {
    if (feed.stopped(view.id(), partition).isPresent()) {
      return start(view, record);
    }
    if (beginning > position && record.birth() < beginning) {
      LOG.error(
          "view {} starts anew on {}-{} at offset {}: Kafka has deleted the records from {} on"
              + " before they were read; the next run makes the view whole",
          view.id(),
          settings.topic(),
          partition,
          beginning,
          position);
      return start(view, record.bornAgain(birth(views, view, beginning), nowMs));
    }
    if (record.stopped().filter(why -> why.mayGoOn(settings.maxStateBytes())).isPresent()) {
      long birth = birth(views, view, position);
      LOG.warn(
          "view {} stood still on {}-{} and starts anew there at offset {}; the next run makes it"
              + " whole",
          view.id(),
          settings.topic(),
          partition,
          birth);
      return start(view, record.bornAgain(birth, nowMs));
    }
    return start(view, record);
  }

  /**
   * A view whose states are in the store and not in its changelog, which was made again. It starts
   * anew; one that stands still has no use for them, and stays so.
   *
   * @param position of the task: the records below it have been read
   */
  LiveView unlogged(LiveView view, SourceViews views, long position, long nowMs) {
    if (view.stopped().isPresent()) {
      return start(view.definition(), view.record());
    }
    long birth = birth(views, view.definition(), position);
    LOG.warn(
        "view {} starts anew on {}-{} at offset {}",
        view.definition().id(),
        settings.topic(),
        partition,
        birth);
    return start(view.definition(), view.record().bornAgain(birth, nowMs));
  }

  /** Where a view without state starts: at its newest run's boundary if that is still ahead. */
  private long birth(SourceViews views, ViewDefinition view, long from) {
    return Math.max(from, views.completedBoundary(view.id(), partition).orElse(from));
  }

  private LiveView start(ViewDefinition view, ViewRecord record) {
    LiveView started =
        new LiveView(
            new ViewPlace(view, settings.topics().speed(view), partition),
            record,
            feed.runtime().program(view),
            store,
            output,
            new ViewLimits(settings.keepAllCuts(), settings.maxStateBytes()));
    if (feed.guarded(view.id())) {
      started.guard();
    }
    feed.stopped(view.id(), partition).ifPresent(started::stop);
    return started;
  }
}
