package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ValueJson;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupMerge;
import io.millrace.serving.merge.GroupScan;
import io.millrace.serving.merge.SegmentRange;
import io.millrace.serving.store.RunData;
import io.millrace.serving.store.StoreTable;
import io.millrace.view.CompiledView;
import io.millrace.view.StateComparison;
import io.millrace.view.ViewProgram;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The batch layer audits the stream, and the stream the batch layer: of two runs with boundaries B1
 * ≤ B2, {@code batch(B1) ⊕ live[B1, B2)} must equal {@code batch(B2)}, group by group. The first
 * run follows a run over nothing, with boundary 0 and no rows.
 *
 * <p>States are compared, each aggregate as it promises ({@link StateComparison}): finished columns
 * may round a real difference away, or turn the last bit of a sum into another value. A view
 * without GROUP BY has its one group also where no record has been seen. Both sides are read in key
 * order, one group at a time.
 */
public final class Audit {
  private static final byte[] FIRST = new byte[0];

  private final CompiledView view;
  private final ViewProgram program;
  private final StateComparison comparison;
  private final Excuses excuses;
  private final Counted counted;
  private long excused;
  private String excusedExample = "";
  private long groups;
  private long different;
  private String example = "";

  private Audit(CompiledView view, ViewProgram program, Excuses excuses, Counted counted) {
    this.excuses = excuses;
    this.counted = counted;
    this.view = view;
    this.program = program;
    this.comparison = view.newComparison();
  }

  /** What a mismatch does; the view property {@code audit}. */
  public enum Mode {
    /** The old run stays: the default. */
    STOP,
    /** The new run is answered, with a notice. */
    REPORT;

    static Mode of(ViewDefinition view) {
      return "report".equalsIgnoreCase(view.properties().get(ViewDefinition.AUDIT)) ? REPORT : STOP;
    }
  }

  public enum Outcome {
    EQUAL,
    /** Different, and nothing explains it. */
    DIFFERENT,
    /** Different, and declared so. */
    CORRECTED,
    /** Live state has not reached the new boundary in this replica yet. */
    TOO_EARLY,
    /** The two runs cannot be compared. */
    NOT_POSSIBLE
  }

  /**
   * @param outcome what came out
   * @param run the audited run
   * @param base the run it was compared with; empty: none, a run over nothing
   * @param groups groups compared
   * @param different groups that differ
   * @param detail the first difference, or why there was no comparison, or what explains it
   */
  public record Report(
      Outcome outcome, String run, String base, long groups, long different, String detail) {
    Report explained(String why) {
      return new Report(
          Outcome.CORRECTED,
          run,
          base,
          groups,
          different,
          "explained by " + why + "; first difference: " + detail);
    }

    /** Of a run that was not compared while a run before it is refused. */
    MillraceException incomparable(String view) {
      return new MillraceException(
          ErrorCode.AUDIT_MISMATCH,
          "cannot answer from run "
              + run
              + ": found that it cannot be compared ("
              + detail
              + "), expected a comparison, since a run before it is refused, as `millrace runs "
              + view
              + "` shows; recompute the view, or, if the run is right, accept it: `millrace runs "
              + view
              + " --accept "
              + run
              + "`");
    }

    MillraceException mismatch(String view) {
      return new MillraceException(
          ErrorCode.AUDIT_MISMATCH,
          "cannot answer from run "
              + run
              + ": found "
              + different
              + " of "
              + groups
              + " groups different from "
              + (base.isEmpty()
                  ? "the live state of all records below its boundary"
                  : "run " + base + " plus the live state up to the new boundary")
              + ", expected them equal; first: "
              + detail
              + "; `millrace verify "
              + view
              + "` shows all that differs now; if the lake is wrong, repair it and run `millrace"
              + " recompute "
              + view
              + "`; if live state is wrong, `millrace rebuild "
              + view
              + "` makes it anew, or, if it was wrong below the run's boundary alone, accept the run:"
              + " `millrace runs "
              + view
              + " --accept "
              + run
              + "`");
    }
  }

  /**
   * Compares {@code next} with what {@code base} and live state say it should be.
   *
   * @param base empty: a run over nothing
   * @param excuses which groups may differ
   */
  static Report compare(
      GroupMerge merge, Optional<RunData> base, RunData next, SpeedView.Pin pin, Excuses excuses) {
    Position from = base.map(RunData::run).map(RunRecord::boundary).orElse(Position.empty());
    Position to = next.run().boundary();
    String baseId = base.map(RunData::run).map(RunRecord::runId).orElse("");
    Optional<Obstacle> obstacle = obstacle(from, to, pin.progress());
    if (obstacle.isPresent()) {
      return new Report(
          obstacle.get().outcome(), next.run().runId(), baseId, 0, 0, obstacle.get().why());
    }
    Counted between = new Counted(from, to, excuses, pin.progress());
    StoreTable baseTable = base.map(RunData::table).orElse(null);
    return merge.withProgram(
        program -> {
          Audit audit = new Audit(merge.view(), program, excuses, between);
          try (GroupScan expected = new GroupScan(pin, baseTable, FIRST, null, between);
              GroupScan found = new GroupScan(pin, next.table(), FIRST, null, SegmentRange.NONE)) {
            audit.compare(expected, found);
          }
          return audit.report(next.run().runId(), baseId);
        });
  }

  private Report report(String run, String base) {
    if (different == 0) {
      Report report = new Report(Outcome.EQUAL, run, base, groups, excused, excusedExample);
      return excused == 0 ? report : report.explained(excuses.why());
    }
    String detail = excused == 0 ? "" : "; " + excused + " more are explained by " + excuses.why();
    String unexplained =
        excuses.why().isEmpty() || excused > 0 ? "" : "; not explained by " + excuses.why();
    return new Report(
        Outcome.DIFFERENT, run, base, groups, different, example + detail + unexplained);
  }

  /**
   * The segments between two positions, noting whether a group has state where records are lost.
   */
  private static final class Counted implements SegmentRange {
    private final Position from;
    private final Position to;
    private final Excuses excuses;
    private final Map<Integer, Progress> progress;
    private boolean lost;

    Counted(Position from, Position to, Excuses excuses, Map<Integer, Progress> progress) {
      this.from = from;
      this.to = to;
      this.excuses = excuses;
      this.progress = progress;
    }

    @Override
    public boolean includes(int partition, long segment) {
      boolean between = segment >= from.offset(partition) && segment < to.offset(partition);
      lost |= between && excuses.lostIn(partition, segment, progress);
      return between;
    }
  }

  /** Why there is nothing to compare, or not yet. */
  private record Obstacle(Outcome outcome, String why) {}

  private static Optional<Obstacle> obstacle(
      Position from, Position to, Map<Integer, Progress> progress) {
    if (!to.covers(from)) {
      return Optional.of(new Obstacle(Outcome.NOT_POSSIBLE, "boundary went back from " + from));
    }
    Optional<Obstacle> early = Optional.empty();
    for (int partition : to.offsets().keySet()) {
      long start = from.offset(partition);
      long end = to.offset(partition);
      Progress flushed = progress.get(partition);
      if (start == end) {
        continue;
      }
      if (flushed == null || !flushed.cuts().contains(start)) {
        return Optional.of(
            new Obstacle(
                Outcome.NOT_POSSIBLE,
                "no live state from offset " + start + " of partition " + partition));
      }
      if (flushed.position() < end) {
        early =
            Optional.of(
                new Obstacle(
                    Outcome.TOO_EARLY,
                    "live state of partition " + partition + " ends at " + flushed.position()));
      } else if (flushed.position() > end && !flushed.cuts().contains(end)) {
        return Optional.of(
            new Obstacle(
                Outcome.NOT_POSSIBLE, "no cut at offset " + end + " of partition " + partition));
      }
    }
    return early;
  }

  private void compare(GroupScan expected, GroupScan found) {
    boolean moreExpected = nextExpected(expected);
    boolean moreFound = found.next();
    while (moreExpected || moreFound) {
      int order =
          !moreExpected ? 1 : !moreFound ? -1 : Arrays.compareUnsigned(expected.key(), found.key());
      groups++;
      if (order < 0) {
        compareAlone(expected, state(expected), null);
        moreExpected = nextExpected(expected);
      } else if (order > 0) {
        compareAlone(found, null, found.batchState());
        moreFound = found.next();
      } else {
        compareGroup(expected, found);
        moreExpected = nextExpected(expected);
        moreFound = found.next();
      }
    }
  }

  private boolean nextExpected(GroupScan expected) {
    counted.lost = false;
    return expected.next();
  }

  /** A group of one side; the one group of a view without GROUP BY is on both. */
  private void compareAlone(GroupScan scan, byte[] expected, byte[] found) {
    if (view.global()) {
      byte[] none = program.encodeState(program.newState());
      compareStates(
          scan.key(),
          expected != null && counted.lost,
          expected == null ? none : expected,
          found == null ? none : found);
    } else if (found == null) {
      differs(
          scan.key(),
          counted.lost,
          row(scan.key(), expected),
          Optional.empty(),
          "is missing in the run");
    } else {
      differs(scan.key(), false, Optional.empty(), row(scan.key(), found), "is in the run alone");
    }
  }

  private void compareGroup(GroupScan expected, GroupScan found) {
    if (expected.segmentStates().isEmpty()
        && Arrays.equals(expected.batchState(), found.batchState())) {
      return;
    }
    compareStates(expected.key(), counted.lost, state(expected), found.batchState());
  }

  private void compareStates(byte[] key, boolean lost, byte[] expected, byte[] found) {
    List<StateComparison.Difference> differences = comparison.compare(expected, found);
    if (!differences.isEmpty()) {
      differs(
          key,
          lost,
          row(key, expected),
          row(key, found),
          "differs in "
              + differences.stream()
                  .map(StateComparison.Difference::toString)
                  .collect(Collectors.joining(", ")));
    }
  }

  private byte[] state(GroupScan scan) {
    if (scan.segmentStates().isEmpty()) {
      return scan.batchState();
    }
    return program.encodeState(GroupMerge.state(program, scan.batchState(), scan.segmentStates()));
  }

  private Optional<List<Object>> row(byte[] key, byte[] state) {
    return program.evaluate(key, program.decodeState(state));
  }

  /**
   * @param lost whether live state has the group where records were given up for lost
   */
  private void differs(
      byte[] key,
      boolean lost,
      Optional<List<Object>> expected,
      Optional<List<Object>> found,
      String what) {
    boolean declared = lost || excuses.covers(key);
    long before = declared ? excused++ : different++;
    if (before > 0) {
      return;
    }
    String text =
        "group "
            + what
            + ": the run says "
            + found.map(this::text).orElse("nothing")
            + ", expected "
            + expected.map(this::text).orElse("nothing");
    if (declared) {
      excusedExample = text;
    } else {
      example = text;
    }
  }

  private String text(List<Object> row) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      text.append(i == 0 ? "" : ", ")
          .append(view.columns().get(i).name())
          .append('=')
          .append(ValueJson.node(row.get(i)));
    }
    return text.toString();
  }
}
