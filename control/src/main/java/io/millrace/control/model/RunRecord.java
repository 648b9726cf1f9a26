package io.millrace.control.model;

import java.time.Instant;
import java.util.Optional;

/**
 * One execution of the batch layer for one view version, as announced in the control topic. The
 * truth about a completed run is the batch view's own Iceberg snapshot (rows and manifest are one
 * commit); this record repeats it.
 *
 * @param runId unique; sorts by start time: {@code 20260131T061500Z-3f2a}
 * @param view the view's name
 * @param version the view's version
 * @param kind what was aggregated
 * @param status how far it is
 * @param boundary the run's view is the aggregate of exactly the records below it
 * @param lakeSnapshotId the Iceberg snapshot of the source's lake table that was read
 * @param table the Iceberg table of the batch view, {@code namespace.name}
 * @param viewSnapshotId the snapshot of {@link #table} that holds this run; present when completed
 * @param rows rows of the batch view, −1 until completed
 * @param startedAt when it started
 * @param finishedAt when it completed or failed
 * @param trigger who asked: {@code schedule}, {@code misfire}, {@code request}, {@code submit}
 * @param error what went wrong; present when failed
 * @param topicId Kafka's id of the topic whose offsets the boundary has; empty if it was not known
 * @param lost records below the boundary that were given up for lost, {@code partition:from-to,…},
 *     ends exclusive; empty text if none
 */
public record RunRecord(
    String runId,
    String view,
    String version,
    Kind kind,
    Status status,
    Position boundary,
    long lakeSnapshotId,
    String table,
    Optional<Long> viewSnapshotId,
    long rows,
    Instant startedAt,
    Optional<Instant> finishedAt,
    String trigger,
    Optional<String> error,
    Optional<String> topicId,
    String lost) {
  /** A run of a topic whose id is not known, over a history without losses. */
  public RunRecord(
      String runId,
      String view,
      String version,
      Kind kind,
      Status status,
      Position boundary,
      long lakeSnapshotId,
      String table,
      Optional<Long> viewSnapshotId,
      long rows,
      Instant startedAt,
      Optional<Instant> finishedAt,
      String trigger,
      Optional<String> error) {
    this(
        runId,
        view,
        version,
        kind,
        status,
        boundary,
        lakeSnapshotId,
        table,
        viewSnapshotId,
        rows,
        startedAt,
        finishedAt,
        trigger,
        error,
        Optional.empty(),
        "");
  }

  /** What a run aggregates. */
  public enum Kind {
    /** The whole history in the lake. */
    FULL
  }

  /**
   * How far a run is. Its commit in the lake is the truth, so that one which was given up for lost
   * can still turn out to be complete; a complete one stays so.
   *
   * <pre>
   * STARTED ──▶ COMPLETED
   *    │            ▲
   *    ▼            │
   *  FAILED ────────┘   its commit arrived after all
   * </pre>
   */
  public enum Status {
    STARTED,
    COMPLETED,
    FAILED;

    /** Whether a run of this status may be announced with the next one; again with its own, too. */
    public boolean mayBecome(Status next) {
      return switch (this) {
        case STARTED -> true;
        case FAILED -> next != STARTED;
        case COMPLETED -> next == COMPLETED;
      };
    }
  }

  /** This run, which began, ended without a result. */
  public RunRecord failed(Instant at, String reason) {
    check(Status.FAILED);
    return new RunRecord(
        runId,
        view,
        version,
        kind,
        Status.FAILED,
        boundary,
        lakeSnapshotId,
        table,
        Optional.empty(),
        -1,
        startedAt,
        Optional.of(at),
        trigger,
        Optional.of(reason),
        topicId,
        lost);
  }

  /**
   * @throws IllegalStateException if a run of this status may not become {@code next}
   */
  public void check(Status next) {
    if (!status.mayBecome(next)) {
      throw new IllegalStateException(
          "cannot announce run " + runId + " as " + next + ": found it " + status + " already");
    }
  }

  /** {@code name/version} of the view, as {@link ViewDefinition#id}. */
  public String viewId() {
    return view + "/" + version;
  }
}
