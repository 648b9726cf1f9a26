package io.millrace.serving.query;

import io.millrace.serving.merge.GroupMerge;
import io.millrace.serving.merge.GroupScan;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import io.millrace.view.query.ScanInput;
import io.millrace.view.query.ScanPlan;
import java.util.Iterator;
import java.util.List;

/**
 * The groups of a pinned view that lie in ranges of keys, one range sought after the other. Counts
 * what it reads. Thread-confined; the pin must outlive it.
 */
final class RangeGroups implements ScanInput.Groups, AutoCloseable {
  private static final byte[] GLOBAL_KEY = new byte[0];

  private final ViewPin pin;
  private final QueryLayer layer;
  private final ViewProgram program;
  private Iterator<ScanPlan.Range> ranges;
  private final Runnable watch;
  private GroupScan scan;
  private byte[] key;

  /** A view without GROUP BY has one row even where there is no state. */
  private boolean globalDue;

  private boolean stateless;
  private long groups;
  private long runBytes;
  private long liveBytes;
  private int seeks;

  /**
   * @param watch called before each group; what it throws ends the scan
   */
  RangeGroups(
      ViewPin pin,
      QueryLayer layer,
      ViewProgram program,
      List<ScanPlan.Range> ranges,
      Runnable watch) {
    this.pin = pin;
    this.layer = layer;
    this.program = program;
    this.globalDue = pin.view().compiled().global() && !ranges.isEmpty();
    this.ranges = ranges.iterator();
    this.watch = watch;
  }

  @Override
  public void narrow(List<ScanPlan.Range> within) {
    if (scan != null || seeks > 0) {
      throw new IllegalStateException("a scan is narrowed before it begins");
    }
    ranges = within.iterator();
  }

  @Override
  public boolean next() {
    watch.run();
    while (scan != null || ranges.hasNext()) {
      if (scan == null) {
        ScanPlan.Range range = ranges.next();
        scan = pin.scan(layer, range.from(), range.to());
        seeks++;
      }
      if (scan.next()) {
        globalDue = false;
        key = scan.key();
        count();
        return true;
      }
      close();
    }
    stateless = globalDue;
    globalDue = false;
    key = GLOBAL_KEY;
    return stateless;
  }

  private void count() {
    groups++;
    runBytes += scan.batchState() == null ? 0 : key.length + scan.batchState().length;
    for (byte[] state : scan.segmentStates()) {
      liveBytes += key.length + state.length;
    }
  }

  @Override
  public byte[] key() {
    return key;
  }

  @Override
  public GroupState state() {
    return stateless
        ? program.newState()
        : GroupMerge.state(program, scan.batchState(), scan.segmentStates());
  }

  /** How many groups were read. */
  long groups() {
    return groups;
  }

  /** What was read, in words. */
  String reading() {
    return "read %d groups in %d seeks: %d bytes of %s, %d bytes of live state"
        .formatted(
            groups,
            seeks,
            runBytes,
            pin.run().map(run -> "run " + run.run().runId()).orElse("no run"),
            liveBytes);
  }

  @Override
  public void close() {
    if (scan != null) {
      scan.close();
      scan = null;
    }
  }
}
