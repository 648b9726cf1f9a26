package io.millrace.serving.view;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupScan;
import io.millrace.serving.merge.Lost;
import io.millrace.serving.merge.Seam;
import io.millrace.serving.merge.SegmentRange;
import io.millrace.serving.store.RunData;
import io.millrace.serving.store.StoreTable;
import java.util.Map;
import java.util.Optional;

/**
 * One run and one speed position per partition, held still: what a query reads from its first row
 * to its last, and what its cursor comes back to. Counted; the data is let go with the last
 * reference.
 *
 * <p>Thread-safe.
 */
public final class ViewPin implements AutoCloseable {
  private final ServedView view;
  private final Optional<RunData> run;
  private final SpeedView.Pin speed;
  private final Seam seam;
  private int references = 1;

  private ViewPin(ServedView view, Optional<RunData> run, SpeedView.Pin speed, Seam seam) {
    this.view = view;
    this.run = run;
    this.speed = speed;
    this.seam = seam;
  }

  /**
   * Takes over both references; gives them back if the seam does not fit.
   *
   * @throws MillraceException {@code SEGMENT_GAP}
   */
  static ViewPin of(ServedView view, Optional<RunData> run, SpeedView.Pin speed) {
    try {
      Seam seam =
          run.isPresent()
              ? Seam.fit(
                  run.get().subject(),
                  run.get().run().boundary(),
                  run.get().run().topicId(),
                  speed.progress())
              : Seam.withoutRun(speed.progress());
      return new ViewPin(view, run, speed, seam);
    } catch (RuntimeException e) {
      speed.close();
      run.ifPresent(data -> data.table().release());
      throw e;
    }
  }

  public ServedView view() {
    return view;
  }

  public Optional<RunData> run() {
    return run;
  }

  public Seam seam() {
    return seam;
  }

  /** A scan of what {@code layer} is made of. */
  public GroupScan scan(QueryLayer layer, byte[] from, byte[] to) {
    StoreTable batch = layer == QueryLayer.SPEED ? null : run.map(RunData::table).orElse(null);
    return new GroupScan(
        speed, batch, from, to, layer == QueryLayer.BATCH ? SegmentRange.NONE : seam);
  }

  /** Exclusive end of what an answer of {@code layer} covers. */
  public Position live(QueryLayer layer) {
    return layer == QueryLayer.BATCH ? seam.boundary() : seam.live();
  }

  /** As {@link #live}, with the topic whose offsets these are. */
  public SourcePosition reached(QueryLayer layer) {
    SourceDefinition source = view.definition().source();
    return new SourcePosition(source.name(), source.topicId(), live(layer));
  }

  /** What an answer of {@code layer} is without, as it was given up for lost. */
  public Lost lost(QueryLayer layer) {
    return layer == QueryLayer.SPEED
        ? Lost.NONE
        : run.map(data -> Lost.parse(data.run().lost())).orElse(Lost.NONE);
  }

  /**
   * How old the answer is: the time since the partition that was flushed longest ago was flushed,
   * or since the run started where no live state takes part. Never negative.
   */
  public long ageMs(QueryLayer layer, long nowMs) {
    Map<Integer, Progress> progress = speed.progress();
    long oldest = Long.MAX_VALUE;
    if (layer != QueryLayer.BATCH) {
      for (Progress flushed : progress.values()) {
        oldest = Math.min(oldest, flushed.flushedAtMs());
      }
    }
    boolean batchAlone =
        run.isPresent() && !progress.keySet().containsAll(seam.boundary().offsets().keySet());
    if (run.isPresent() && (oldest == Long.MAX_VALUE || batchAlone)) {
      oldest = Math.min(oldest, run.get().run().startedAt().toEpochMilli());
    }
    return oldest == Long.MAX_VALUE ? 0 : Math.max(0, nowMs - oldest);
  }

  /** Adds a reference, unless the last one is gone already. */
  public synchronized boolean retain() {
    if (references == 0) {
      return false;
    }
    references++;
    return true;
  }

  /**
   * Gives a reference back.
   *
   * @throws IllegalStateException if none is left, which native code would not survive
   */
  @Override
  public void close() {
    synchronized (this) {
      if (references == 0) {
        throw new IllegalStateException("cannot let go of a position twice");
      }
      if (--references > 0) {
        return;
      }
    }
    speed.close();
    run.ifPresent(data -> data.table().release());
  }
}
