package io.millrace.speed.task;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.store.StoreKeys;
import io.millrace.speed.store.TaskRecord;
import io.millrace.speed.store.TaskStore;
import io.millrace.speed.view.Budget;
import io.millrace.speed.view.LiveView;
import io.millrace.speed.view.ViewFailedException;
import io.millrace.speed.view.ViewRecord;
import io.millrace.speed.view.ViewStatus;
import io.millrace.speed.view.ViewStoppedException;
import io.millrace.view.RecordDecoder;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.SourceRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The views of one source partition. Per record it decodes and updates; all else happens per flush,
 * in the transaction of the commit that the flush belongs to. Knows nothing of Kafka Streams'
 * threads.
 *
 * <p>After an exception from {@link #process} the task is to be thrown away: the store then has the
 * state of the last commit, from which a new one goes on. For one thread.
 */
public final class SpeedTask {
  private static final Logger LOG = LoggerFactory.getLogger(SpeedTask.class);
  private static final Duration[] DECODE_RETRIES = {
    Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofMillis(900)
  };

  /** A decoder and the views that share it. */
  private record Decoding(RecordDecoder decoder, List<LiveView> views) {}

  private final int partition;
  private final SourceFeed feed;
  private final SourceFeed.Settings settings;
  private final TaskStore store;

  private final Map<String, LiveView> live = new LinkedHashMap<>();
  private final Map<String, RecordDecoder> decoders = new HashMap<>();
  private final Births births;
  private final Retirement retired;
  private List<Decoding> decodings = List.of();
  private SourceViews views;
  private long nextBoundary = Long.MAX_VALUE;

  private long position;
  private long recordTimestampMs = -1;
  private long rejected;
  private long taken;
  private long takenBad;
  private int nextSlot;
  private Optional<String> topicId = Optional.empty();
  private Optional<String> changelogId = Optional.empty();
  private final SourceProof proof;
  private final GapProof gaps;

  private boolean dirty = true;
  private long flushedPosition = -1;
  private long lastCutMs;
  private long lastCutPosition;
  private int hotLimit;
  private long turn;

  private SpeedTask(int partition, SourceFeed feed, TaskStore store, SpeedOutput output) {
    this.partition = partition;
    this.feed = feed;
    this.settings = feed.settings();
    this.store = store;
    this.births = new Births(partition, feed, store, output);
    this.retired = new Retirement(store);
    this.proof = feed.proof();
    this.gaps = new GapProof(partition, feed.offsets());
  }

  /**
   * Goes on from what the store holds; from the partition's start if it holds nothing. Writes
   * nothing yet: the views open with the first record or flush.
   *
   * @throws MillraceException {@code TOPIC_MISSING} if the store is of a topic of another name,
   *     {@code TOPIC_CHANGED} if it is of another topic of the same name, or that was cut off
   */
  public static SpeedTask open(
      int partition, SourceFeed feed, TaskStore store, SpeedOutput output) {
    SpeedTask task = new SpeedTask(partition, feed, store, output);
    task.load();
    return task;
  }

  public long position() {
    return position;
  }

  private void load() {
    lastCutMs = settings.clock().millis();
    byte[] stored = store.get(StoreKeys.task());
    if (stored == null) {
      topicId = feed.offsets().topicId(Optional.empty());
      position = feed.offsets().start(partition);
      return;
    }
    TaskRecord task = TaskRecord.fromBytes(stored);
    if (!task.topic().equals(settings.topic())) {
      throw new MillraceException(
          ErrorCode.TOPIC_MISSING,
          "cannot follow topic "
              + settings.topic()
              + ": found live state of topic "
              + task.topic()
              + ", expected one topic per source; declare the other topic as a source of its own");
    }
    topicId = feed.offsets().topicId(task.topicId());
    feed.offsets().checkReaches(partition, task.position());
    changelogId = task.changelogId();
    position = task.position();
    flushedPosition = position;
    recordTimestampMs = task.recordTimestampMs();
    rejected = task.rejected();
    nextSlot = task.nextSlot();
  }

  /** Takes over the views and runs that the control topic says there are. */
  private void apply(long nowMs) {
    boolean first = views == null;
    views = feed.views();
    if (first) {
      open(nowMs);
    }
    followChangelog(nowMs);
    Map<String, ViewDefinition> wanted = new LinkedHashMap<>();
    views.views().forEach(view -> wanted.put(view.id(), view));
    for (String id : List.copyOf(live.keySet())) {
      if (!wanted.containsKey(id)) {
        retire(live.remove(id));
      }
    }
    for (ViewDefinition view : wanted.values()) {
      if (!live.containsKey(view.id())) {
        live.put(view.id(), births.born(view, nextSlot++, views, position, nowMs));
      }
    }
    live.forEach((id, view) -> view.publishTo(views.topics().speed(id)));
    follow();
    regroup();
    dirty = true;
  }

  /** Starts the views whose state is in the store. */
  private void open(long nowMs) {
    Map<String, ViewDefinition> wanted =
        views.views().stream().collect(Collectors.toMap(ViewDefinition::id, view -> view));
    long beginning = feed.offsets().beginning(partition);
    try (KeyValueIterator<Bytes, byte[]> all = store.scan(StoreKeys.viewPrefix())) {
      while (all.hasNext()) {
        ViewRecord record = ViewRecord.fromBytes(all.next().value);
        ViewDefinition view = wanted.get(record.id());
        if (record.retired() || view == null) {
          retired.add(record);
        } else {
          live.put(view.id(), births.reopened(view, record, views, position, beginning, nowMs));
        }
      }
    }
    position = Math.max(position, beginning);
  }

  /**
   * A changelog that was made again has not got the store: a task that came back from it would have
   * a part of its states without knowing. So the views start anew, whole in store and changelog.
   */
  private void followChangelog(long nowMs) {
    Optional<String> now = views.topics().changelog();
    if (changelogId.isPresent() && now.isPresent() && !changelogId.equals(now)) {
      LOG.error(
          "views start anew on {}-{}: the changelog of the live state was deleted and made again,"
              + " its id is {} and not {}; the next run makes them whole",
          settings.topic(),
          partition,
          now.get(),
          changelogId.get());
      live.replaceAll((id, view) -> births.unlogged(view, views, position, nowMs));
    }
    changelogId = now.or(() -> changelogId);
  }

  private void retire(LiveView view) {
    retired.add(view.record());
    feed.publishing(view.definition(), partition, false);
    LOG.info("view {} ends on {}-{}", view.definition().id(), settings.topic(), partition);
  }

  private void follow() {
    nextBoundary = Long.MAX_VALUE;
    for (LiveView view : live.values()) {
      view.follow(views.boundaries(view.definition().id(), partition), position);
      nextBoundary = Math.min(nextBoundary, view.nextBoundary());
    }
  }

  private void regroup() {
    Map<String, List<LiveView>> bySource = new LinkedHashMap<>();
    Map<String, SourceDefinition> sources = new HashMap<>();
    for (LiveView view : live.values()) {
      if (view.stopped().isPresent()) {
        continue;
      }
      SourceDefinition source = view.definition().source();
      sources.put(source.version(), source);
      bySource.computeIfAbsent(source.version(), v -> new ArrayList<>()).add(view);
    }
    decoders.keySet().retainAll(bySource.keySet());
    List<Decoding> grouped = new ArrayList<>();
    bySource.forEach(
        (version, sharing) ->
            grouped.add(
                new Decoding(
                    decoders.computeIfAbsent(version, v -> feed.runtime().decoder(sources.get(v))),
                    List.copyOf(sharing))));
    decodings = List.copyOf(grouped);
    hotLimit = Math.max(1, settings.hotGroups() / Math.max(1, live.size()));
  }

  /**
   * Adds a record to every view. A record below the position is in them already and is passed over.
   *
   * @throws ViewFailedException see {@link LiveView#update}
   * @throws ViewStoppedException see {@link LiveView#trim}
   * @throws MillraceException {@code REGISTRY_UNREACHABLE}: nothing of the record was skipped
   */
  public void process(byte[] value, long offset, long timestampMs) {
    if (offset < position) {
      return;
    }
    if (feed.views() != views) {
      apply(settings.clock().millis());
    }
    proof.read();
    gaps.read(offset, position);
    if (offset >= nextBoundary) {
      cutUpTo(offset, settings.clock().millis());
    }
    boolean bad = false;
    for (Decoding decoding : decodings) {
      SourceRow row;
      try {
        row = decode(decoding.decoder(), value, offset, timestampMs);
      } catch (RejectedRecordException e) {
        LOG.debug(
            "{}-{} offset {} rejected: {}", settings.topic(), partition, offset, e.getMessage());
        bad = true;
        for (LiveView view : decoding.views()) {
          if (offset >= view.birth()) {
            view.reject();
          }
        }
        continue;
      }
      for (LiveView view : decoding.views()) {
        if (offset >= view.birth()) {
          view.update(row);
          view.trim(hotLimit, feed.hotBytes() / views.views().size());
        }
      }
    }
    if (bad) {
      rejected++;
      takenBad++;
    }
    taken++;
    position = offset + 1;
    recordTimestampMs = Math.max(recordTimestampMs, timestampMs);
  }

  private SourceRow decode(RecordDecoder decoder, byte[] value, long offset, long timestampMs)
      throws RejectedRecordException {
    for (Duration wait : DECODE_RETRIES) {
      try {
        return decoder.decode(value, partition, offset, timestampMs);
      } catch (MillraceException e) {
        if (e.code() != ErrorCode.REGISTRY_UNREACHABLE || !feed.pause(wait)) {
          throw e;
        }
      }
    }
    return decoder.decode(value, partition, offset, timestampMs);
  }

  private void cutUpTo(long offset, long nowMs) {
    nextBoundary = Long.MAX_VALUE;
    for (LiveView view : live.values()) {
      view.cutUpTo(offset, nowMs);
      nextBoundary = Math.min(nextBoundary, view.nextBoundary());
    }
    position = Math.max(position, offset);
  }

  /** Whether the next flush has anything to write. */
  public boolean unwritten() {
    return dirty || position != flushedPosition;
  }

  /** Groups on heap that the next flush has to write. */
  public int changedGroups() {
    int changed = 0;
    for (Decoding decoding : decodings) {
      for (LiveView view : decoding.views()) {
        changed += view.changedGroups();
      }
    }
    return changed;
  }

  /** Bytes on heap that the next flush has to write. */
  public long changedBytes() {
    long bytes = 0;
    for (Decoding decoding : decodings) {
      for (LiveView view : decoding.views()) {
        bytes += view.changedBytes();
      }
    }
    return bytes;
  }

  /** The next flush writes progress even if nothing arrived. */
  public void touch() {
    dirty = true;
  }

  /**
   * Writes all that changed since the last flush, and a progress record per view. Does nothing if
   * nothing arrived and nothing {@link #touch touched} the task.
   *
   * @return whether it wrote
   */
  public boolean flush() {
    long startedNs = System.nanoTime();
    long nowMs = settings.clock().millis();
    if (feed.views() != views) {
      apply(nowMs);
    }
    if (!unwritten()) {
      return false;
    }
    proof.prove(topicId);
    gaps.prove();
    LiveView.CutWish wish = LiveView.CutWish.NONE;
    long sinceCut = nowMs - lastCutMs;
    // A clock that was set back must not hold back the cuts until it has come to where it was.
    boolean due = sinceCut < 0 || sinceCut >= settings.cutInterval().toMillis();
    if (position > lastCutPosition && due) {
      wish = LiveView.CutWish.CUT;
      lastCutMs = nowMs;
      lastCutPosition = position;
    }
    TaskRecord task =
        new TaskRecord(
            settings.topic(),
            position,
            recordTimestampMs,
            rejected,
            nextSlot,
            topicId,
            changelogId);
    long written = 0;
    long writtenBytes = 0;
    for (LiveView view : live.values()) {
      view.write(position, wish, nowMs);
      written += view.written();
      writtenBytes += view.writtenBytes();
    }
    Budget budget = Budget.after(written, writtenBytes);
    boolean more = false;
    for (LiveView view : inTurn()) {
      view.flush(task, budget, nowMs, settings.instance());
      feed.publishing(view.definition(), partition, view.publishesAgain());
      more |= view.busy();
    }
    retired.purge(budget);
    store.putAll(List.of(KeyValue.pair(StoreKeys.task(), task.toBytes())));
    flushedPosition = position;
    dirty = more || !retired.isEmpty();
    report(nowMs, (System.nanoTime() - startedNs) / 1000);
    return true;
  }

  /** The views, each time from the next one on, so that one's housekeeping starves no other's. */
  private List<LiveView> inTurn() {
    List<LiveView> all = new ArrayList<>(live.values());
    if (!all.isEmpty()) {
      Collections.rotate(all, -(int) (turn++ % all.size()));
    }
    return all;
  }

  private void report(long nowMs, long flushMicros) {
    Map<String, ViewStatus> byView = new HashMap<>();
    live.forEach((id, view) -> byView.put(id, view.status()));
    feed.meters().flushed(taken, takenBad, flushMicros);
    taken = 0;
    takenBad = 0;
    feed.report(partition, new TaskStatus(position, rejected, nowMs, flushMicros, byView));
  }
}
