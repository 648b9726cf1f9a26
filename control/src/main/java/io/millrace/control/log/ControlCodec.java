package io.millrace.control.log;

import io.millrace.control.model.Correction;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.schemas.AuditOutcome;
import io.millrace.schemas.CorrectionKind;
import io.millrace.schemas.Lookup;
import io.millrace.schemas.LookupColumn;
import io.millrace.schemas.LookupFormat;
import io.millrace.schemas.PartitionOffset;
import io.millrace.schemas.Run;
import io.millrace.schemas.RunKind;
import io.millrace.schemas.RunRequest;
import io.millrace.schemas.RunStatus;
import io.millrace.schemas.SingleObject;
import io.millrace.schemas.Source;
import io.millrace.schemas.SourceFormat;
import io.millrace.schemas.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What stands in the control, status and request topics, as bytes ({@code
 * docs/spec/control-topic.md}). Instants keep microseconds. Thread-safe.
 */
final class ControlCodec {
  private static final SingleObject<Source> SOURCE = SingleObject.of(Source.class);
  private static final SingleObject<View> VIEW = SingleObject.of(View.class);
  private static final SingleObject<Lookup> LOOKUP = SingleObject.of(Lookup.class);
  private static final SingleObject<Run> RUN = SingleObject.of(Run.class);
  private static final SingleObject<io.millrace.schemas.Refusal> REFUSAL =
      SingleObject.of(io.millrace.schemas.Refusal.class);
  private static final SingleObject<io.millrace.schemas.Correction> CORRECTION =
      SingleObject.of(io.millrace.schemas.Correction.class);
  private static final SingleObject<io.millrace.schemas.RunAudit> AUDIT =
      SingleObject.of(io.millrace.schemas.RunAudit.class);
  private static final SingleObject<RunRequest> REQUEST = SingleObject.of(RunRequest.class);
  private static final SingleObject<io.millrace.schemas.LayerStatus> STATUS =
      SingleObject.of(io.millrace.schemas.LayerStatus.class);

  private ControlCodec() {}

  static byte[] encode(SourceDefinition source) {
    return SOURCE.encode(toAvro(source));
  }

  static byte[] encode(LookupDefinition lookup) {
    return LOOKUP.encode(
        new Lookup(
            lookup.name(),
            lookup.version(),
            LookupFormat.valueOf(lookup.format().name()),
            lookup.path(),
            lookup.key(),
            lookup.columns().stream()
                .map(column -> new LookupColumn(column.name(), column.type()))
                .toList(),
            lookup.refresh().toMillis(),
            lookup.options(),
            lookup.beside()));
  }

  static byte[] encode(ViewDefinition view) {
    return VIEW.encode(
        new View(
            view.name(),
            view.version(),
            view.sql(),
            toAvro(view.source()),
            view.comment(),
            view.properties(),
            view.generation()));
  }

  static byte[] encode(RunRecord run) {
    return RUN.encode(
        new Run(
            run.runId(),
            run.view(),
            run.version(),
            RunKind.valueOf(run.kind().name()),
            RunStatus.valueOf(run.status().name()),
            toAvro(run.boundary()),
            run.lakeSnapshotId(),
            run.table(),
            run.viewSnapshotId().orElse(null),
            run.rows(),
            run.startedAt(),
            run.finishedAt().orElse(null),
            run.trigger(),
            run.error().orElse(null),
            run.topicId().orElse(null),
            run.lost()));
  }

  static byte[] encode(Refusal refusal) {
    return REFUSAL.encode(
        new io.millrace.schemas.Refusal(
            refusal.runId(),
            refusal.view(),
            refusal.version(),
            refusal.base(),
            refusal.reason(),
            refusal.refusedAt(),
            refusal.acceptedAt().orElse(null),
            refusal.rejected()));
  }

  static byte[] encode(Correction correction) {
    return CORRECTION.encode(
        new io.millrace.schemas.Correction(
            correction.runId(),
            correction.view(),
            correction.version(),
            CorrectionKind.valueOf(correction.kind().name()),
            correction.what(),
            correction.groups(),
            correction.location().orElse(null),
            correction.lost(),
            correction.reach().toString()));
  }

  static byte[] encode(RunAudit audit) {
    return AUDIT.encode(
        new io.millrace.schemas.RunAudit(
            audit.runId(),
            audit.view(),
            audit.version(),
            AuditOutcome.valueOf(audit.outcome().name()),
            audit.base(),
            audit.detail(),
            audit.by(),
            audit.at()));
  }

  static byte[] encode(LayerStatus status) {
    return STATUS.encode(
        new io.millrace.schemas.LayerStatus(
            status.layer(),
            status.instance(),
            status.state(),
            status.startedAt(),
            status.at(),
            status.details()));
  }

  static byte[] encodeRequest(String view, Instant at) {
    return REQUEST.encode(new RunRequest(view, at));
  }

  /**
   * As all decoders here.
   *
   * @throws IllegalArgumentException if the bytes are something else
   */
  static SourceDefinition source(byte[] value) {
    return fromAvro(SOURCE.decode(value));
  }

  static LookupDefinition lookup(byte[] value) {
    Lookup lookup = LOOKUP.decode(value);
    return new LookupDefinition(
        lookup.getName(),
        lookup.getVersion(),
        LookupDefinition.Format.valueOf(lookup.getFormat().name()),
        lookup.getPath(),
        lookup.getKey(),
        lookup.getColumns().stream()
            .map(column -> new LookupDefinition.Column(column.getName(), column.getType()))
            .toList(),
        Duration.ofMillis(lookup.getRefreshMs()),
        lookup.getOptions(),
        lookup.getBeside());
  }

  static ViewDefinition view(byte[] value) {
    View view = VIEW.decode(value);
    return new ViewDefinition(
        view.getName(),
        view.getVersion(),
        view.getSql(),
        fromAvro(view.getSource()),
        view.getComment(),
        view.getProperties(),
        view.getGeneration());
  }

  static RunRecord run(byte[] value) {
    Run run = RUN.decode(value);
    return new RunRecord(
        run.getRunId(),
        run.getView(),
        run.getVersion(),
        RunRecord.Kind.valueOf(run.getKind().name()),
        RunRecord.Status.valueOf(run.getStatus().name()),
        fromAvro(run.getBoundary()),
        run.getLakeSnapshotId(),
        run.getTable(),
        Optional.ofNullable(run.getViewSnapshotId()),
        run.getRows(),
        run.getStartedAt(),
        Optional.ofNullable(run.getFinishedAt()),
        run.getTrigger(),
        Optional.ofNullable(run.getError()),
        Optional.ofNullable(run.getTopicId()),
        run.getLost());
  }

  static Refusal refusal(byte[] value) {
    io.millrace.schemas.Refusal refusal = REFUSAL.decode(value);
    return new Refusal(
        refusal.getRunId(),
        refusal.getView(),
        refusal.getVersion(),
        refusal.getBase(),
        refusal.getReason(),
        refusal.getRefusedAt(),
        Optional.ofNullable(refusal.getAcceptedAt()),
        refusal.getRejected());
  }

  static Correction correction(byte[] value) {
    io.millrace.schemas.Correction correction = CORRECTION.decode(value);
    return new Correction(
        correction.getRunId(),
        correction.getView(),
        correction.getVersion(),
        Correction.Kind.valueOf(correction.getKind().name()),
        correction.getWhat(),
        correction.getGroups(),
        Optional.ofNullable(correction.getLocation()),
        correction.getLost(),
        Position.parse(correction.getReach()));
  }

  static RunAudit audit(byte[] value) {
    io.millrace.schemas.RunAudit audit = AUDIT.decode(value);
    return new RunAudit(
        audit.getRunId(),
        audit.getView(),
        audit.getVersion(),
        RunAudit.Outcome.valueOf(audit.getOutcome().name()),
        audit.getBase(),
        audit.getDetail(),
        audit.getTakenBy(),
        audit.getTakenAt());
  }

  static LayerStatus status(byte[] value) {
    io.millrace.schemas.LayerStatus status = STATUS.decode(value);
    return new LayerStatus(
        status.getLayer(),
        status.getInstance(),
        status.getState(),
        status.getStartedAt(),
        status.getAt(),
        status.getDetails());
  }

  /** The view's name. */
  static String request(byte[] value) {
    return REQUEST.decode(value).getView();
  }

  private static List<PartitionOffset> toAvro(Position position) {
    return position.offsets().entrySet().stream()
        .map(entry -> new PartitionOffset(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static Position fromAvro(List<PartitionOffset> offsets) {
    Map<Integer, Long> position = new TreeMap<>();
    offsets.forEach(bound -> position.put(bound.getPartition(), bound.getOffset()));
    return Position.of(position);
  }

  private static Source toAvro(SourceDefinition source) {
    return new Source(
        source.name(),
        source.version(),
        source.topic(),
        SourceFormat.valueOf(source.format().name()),
        source.readerSchema(),
        source.writerSchemas(),
        source.registryUrl().orElse(null),
        source.options(),
        source.topicId().orElse(null),
        source.lakeTable());
  }

  private static SourceDefinition fromAvro(Source source) {
    return new SourceDefinition(
        source.getName(),
        source.getVersion(),
        source.getTopic(),
        ValueFormat.valueOf(source.getFormat().name()),
        source.getReaderSchema(),
        source.getWriterSchemas(),
        Optional.ofNullable(source.getRegistryUrl()),
        source.getOptions(),
        Optional.ofNullable(source.getTopicId()),
        Optional.ofNullable(source.getLakeTable()).orElse(source.getName()));
  }
}
