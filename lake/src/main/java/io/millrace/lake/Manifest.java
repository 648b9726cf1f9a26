package io.millrace.lake;

import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Kind;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * What a batch view says of itself: the snapshot properties of the commit that made it, as {@code
 * docs/spec/batch-view.md} lists them.
 */
public record Manifest(
    String runId,
    String view,
    String version,
    Kind kind,
    Position boundary,
    long lakeSnapshotId,
    long rows,
    Instant startedAt,
    String trigger,
    Optional<String> topicId,
    String lost) {
  public static final String RUN = "millrace.run";
  private static final String VIEW = "millrace.view";
  private static final String VERSION = "millrace.version";
  private static final String KIND = "millrace.kind";
  public static final String BOUNDARY = "millrace.boundary";
  private static final String LAKE_SNAPSHOT = "millrace.lake-snapshot";
  private static final String ROWS = "millrace.rows";
  private static final String STARTED_AT = "millrace.started-at";

  /** How many records below the boundary the view throws on: they are in no row. */
  public static final String FAILED = "millrace.failed";

  /** {@link RowChecksum#text} of the run's rows. */
  public static final String CHECKSUM = "millrace.checksum";

  private static final String TRIGGER = "millrace.trigger";

  public static Manifest of(RunRecord run, long rows) {
    return new Manifest(
        run.runId(),
        run.view(),
        run.version(),
        run.kind(),
        run.boundary(),
        run.lakeSnapshotId(),
        rows,
        run.startedAt(),
        run.trigger(),
        run.topicId(),
        run.lost());
  }

  public Map<String, String> properties() {
    Map<String, String> properties = new TreeMap<>();
    properties.put(RUN, runId);
    properties.put(VIEW, view);
    properties.put(VERSION, version);
    properties.put(KIND, kind.name());
    properties.put(BOUNDARY, boundary.toString());
    properties.put(LAKE_SNAPSHOT, Long.toString(lakeSnapshotId));
    properties.put(ROWS, Long.toString(rows));
    properties.put(STARTED_AT, startedAt.toString());
    properties.put(TRIGGER, trigger);
    topicId.ifPresent(id -> properties.put(Snapshots.TOPIC_ID, id));
    if (!lost.isEmpty()) {
      properties.put(Snapshots.ALL_LOST, lost);
    }
    return properties;
  }

  /** The checksum of the rows of a run's snapshot; runs of earlier releases have none. */
  public static Optional<String> checksum(Snapshot snapshot) {
    return Optional.ofNullable(snapshot.summary().get(CHECKSUM));
  }

  /** The manifest of a snapshot; empty if it is not one of a run. */
  public static Optional<Manifest> of(Snapshot snapshot) {
    Map<String, String> summary = snapshot.summary();
    if (summary == null || !summary.containsKey(RUN)) {
      return Optional.empty();
    }
    return Optional.of(
        new Manifest(
            summary.get(RUN),
            summary.get(VIEW),
            summary.get(VERSION),
            Kind.valueOf(summary.get(KIND)),
            Position.parse(summary.get(BOUNDARY)),
            Long.parseLong(summary.get(LAKE_SNAPSHOT)),
            Long.parseLong(summary.get(ROWS)),
            Instant.parse(summary.get(STARTED_AT)),
            summary.getOrDefault(TRIGGER, "unknown"),
            Optional.ofNullable(summary.get(Snapshots.TOPIC_ID)),
            summary.getOrDefault(Snapshots.ALL_LOST, "")));
  }

  /** The record that announces the run as completed. */
  public RunRecord completed(String table, Snapshot snapshot) {
    return new RunRecord(
        runId,
        view,
        version,
        kind,
        RunRecord.Status.COMPLETED,
        boundary,
        lakeSnapshotId,
        table,
        Optional.of(snapshot.snapshotId()),
        rows,
        startedAt,
        Optional.of(Instant.ofEpochMilli(snapshot.timestampMillis())),
        trigger,
        Optional.empty(),
        topicId,
        lost);
  }

  /** The announcements of the runs a batch view has snapshots of, oldest first. */
  public static Stream<RunRecord> completed(Table table, String name) {
    return StreamSupport.stream(table.snapshots().spliterator(), false)
        .flatMap(
            snapshot -> of(snapshot).stream().map(manifest -> manifest.completed(name, snapshot)));
  }
}
