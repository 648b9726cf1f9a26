package io.millrace.control.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.Correction;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ControlFoldLaws {
  private record Entry(long offset, String key, byte[] value) {}

  @Test
  void shouldFoldACompactedTopicToTheSameState() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("ControlFoldLaws seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<Entry> all = entries(random, 1 + random.nextInt(40));
      ControlState whole = fold(all);
      ControlState compacted = fold(compacted(all, random));
      assertThat(whole.unreadable()).isEmpty();
      assertThat(compacted).isEqualTo(whole);
      assertThat(new ArrayList<>(compacted.views().keySet()))
          .as("the order of views")
          .isEqualTo(new ArrayList<>(whole.views().keySet()));
      assertThat(compacted.currentViews()).containsExactlyElementsOf(whole.currentViews());
    }
  }

  @Test
  void shouldFoldACompactedTopicToTheSameStateThoughSomeRecordsCannotBeRead() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("ControlFoldLaws seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<Entry> all =
          entries(random, 1 + random.nextInt(40)).stream()
              .map(
                  entry ->
                      random.nextInt(4) == 0
                          ? new Entry(entry.offset(), entry.key(), new byte[] {1})
                          : entry)
              .toList();
      ControlState whole = fold(all);
      ControlState compacted = fold(compacted(all, random));
      assertThat(compacted.unreadable()).isEqualTo(whole.unreadable());
      assertThat(compacted.runs()).isEqualTo(whole.runs());
      assertThat(compacted.refusals()).isEqualTo(whole.refusals());
      assertThat(compacted.corrections()).isEqualTo(whole.corrections());
      assertThat(compacted.audits()).isEqualTo(whole.audits());
      for (String run : whole.runs().keySet()) {
        assertThat(compacted.refusal(run)).isEqualTo(whole.refusal(run));
      }
      // What is defined stays as it was last read, where the topic still has that.
      whole
          .views()
          .forEach(
              (id, view) -> {
                if (!whole.viewsInDoubt().contains(id)) {
                  assertThat(compacted.views()).containsEntry(id, view);
                }
              });
    }
  }

  @Test
  void shouldHoldARunForRefusedWhoseRefusalCannotBeRead() {
    List<Entry> topic = new ArrayList<>();
    topic.add(entry(0, "run/r1", ControlCodec.encode(run("r1", RunRecord.Status.COMPLETED))));
    topic.add(entry(1, "audit/r1", ControlCodec.encode(audit("r1", RunAudit.Outcome.TRUSTED))));
    topic.add(entry(2, "refusal/r1", ControlCodec.encode(refusal("r1").accepted(Instant.EPOCH))));
    assertThat(fold(topic).refused("r1")).isFalse();

    topic.add(entry(3, "refusal/r1", new byte[] {1}));
    ControlState doubt = fold(topic);
    assertThat(doubt.sound("v/1")).isEmpty();
    assertThat(doubt.runInDoubt("r1")).isTrue();
    assertThat(doubt.refusal("r1").orElseThrow().reason())
        .startsWith(
            "cannot tell whether run r1 of view v is refused: found a record that this release"
                + " cannot read (offset 3: ")
        .endsWith("upgrade this process, or say it anew: `millrace runs v --accept r1`");

    topic.add(entry(4, "refusal/r1", null));
    assertThat(fold(topic).sound("v/1")).hasSize(1);
    assertThat(fold(topic).unreadable()).isEmpty();
  }

  @Test
  void shouldPassOverTheEndOfWhatALaterReleaseKnows() {
    List<Entry> topic = new ArrayList<>(List.of(entry(0, "alarm/x", new byte[] {1})));
    assertThat(fold(topic).unreadable()).containsOnlyKeys("alarm/x");
    topic.add(entry(1, "alarm/x", null));
    assertThat(fold(topic)).isEqualTo(ControlState.EMPTY);
  }

  @Test
  void shouldReadBackWhatItWrites() {
    SourceDefinition source = source("s", new Random(1));
    assertThat(ControlCodec.source(ControlCodec.encode(source))).isEqualTo(source);
    ViewDefinition view = view("v/1", new Random(2));
    assertThat(ControlCodec.view(ControlCodec.encode(view))).isEqualTo(view);
    for (RunRecord.Status status : RunRecord.Status.values()) {
      RunRecord run = run("r", status);
      assertThat(ControlCodec.run(ControlCodec.encode(run))).isEqualTo(run);
    }
    Refusal refusal = refusal("r");
    for (Refusal said : List.of(refusal, refusal.accepted(Instant.EPOCH))) {
      assertThat(ControlCodec.refusal(ControlCodec.encode(said))).isEqualTo(said);
    }
    for (Correction.Kind kind : Correction.Kind.values()) {
      Correction correction = correction("r", kind);
      assertThat(ControlCodec.correction(ControlCodec.encode(correction))).isEqualTo(correction);
    }
    for (RunAudit.Outcome outcome : RunAudit.Outcome.values()) {
      RunAudit audit = audit("r", outcome);
      assertThat(ControlCodec.audit(ControlCodec.encode(audit))).isEqualTo(audit);
    }
    LayerStatus said =
        new LayerStatus("batch", "h:1", "running", Instant.EPOCH, Instant.EPOCH, Map.of("a", "1"));
    assertThat(ControlCodec.status(ControlCodec.encode(said))).isEqualTo(said);
    assertThat(ControlCodec.request(ControlCodec.encodeRequest("v", Instant.EPOCH))).isEqualTo("v");
  }

  @Test
  void shouldLeaveRefusedRunsOutOfTheSoundOnes() {
    ControlState state =
        fold(
            List.of(
                entry(0, "run/r1", ControlCodec.encode(run("r1", RunRecord.Status.COMPLETED))),
                entry(1, "run/r2", ControlCodec.encode(run("r2", RunRecord.Status.COMPLETED))),
                entry(2, "run/r3", ControlCodec.encode(run("r3", RunRecord.Status.FAILED))),
                entry(3, "run/r4", ControlCodec.encode(run("r4", RunRecord.Status.COMPLETED))),
                entry(4, "refusal/r2", ControlCodec.encode(refusal("r2"))),
                entry(
                    5, "refusal/r4", ControlCodec.encode(refusal("r4").accepted(Instant.EPOCH)))));

    assertThat(state.sound("v/1")).extracting(RunRecord::runId).containsExactly("r1", "r4");
    assertThat(state.runs("v/1", RunRecord.Status.COMPLETED)).hasSize(3);
  }

  @Test
  void shouldStandOnRunsThatWereTakenOver() {
    List<Entry> topic = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      topic.add(
          entry(i, "run/r" + i, ControlCodec.encode(run("r" + i, RunRecord.Status.COMPLETED))));
    }
    assertThat(fold(topic).bases("v/1")).extracting(RunRecord::runId).containsExactly("r1");

    topic.add(entry(5, "audit/r2", ControlCodec.encode(audit("r2", RunAudit.Outcome.TRUSTED))));
    topic.add(entry(6, "audit/r3", ControlCodec.encode(audit("r3", RunAudit.Outcome.EQUAL))));
    assertThat(fold(topic).bases("v/1")).extracting(RunRecord::runId).containsExactly("r2", "r3");

    topic.add(entry(7, "refusal/r3", ControlCodec.encode(refusal("r3"))));
    topic.add(entry(8, "refusal/r4", ControlCodec.encode(refusal("r4").accepted(Instant.EPOCH))));
    assertThat(fold(topic).bases("v/1")).extracting(RunRecord::runId).containsExactly("r2", "r4");

    topic.add(entry(9, "refusal/r2", ControlCodec.encode(refusal("r2"))));
    topic.add(entry(10, "refusal/r4", ControlCodec.encode(refusal("r4"))));
    assertThat(fold(topic).bases("v/1")).isEmpty();
  }

  private static RunAudit audit(String runId, RunAudit.Outcome outcome) {
    return new RunAudit(runId, "v", "1", outcome, "r", "because", "h:1", Instant.EPOCH);
  }

  private static Entry entry(long offset, String key, byte[] value) {
    return new Entry(offset, key, value);
  }

  private static ControlState fold(List<Entry> entries) {
    ControlFold fold = new ControlFold();
    entries.forEach(
        entry ->
            fold.add(entry.offset(), entry.key().getBytes(StandardCharsets.UTF_8), entry.value()));
    return fold.state();
  }

  /** As the broker does: of a prefix, only the last record of each key, some tombstones gone. */
  private static List<Entry> compacted(List<Entry> all, Random random) {
    int prefix = random.nextInt(all.size() + 1);
    Map<String, Entry> last = new TreeMap<>();
    all.subList(0, prefix).forEach(entry -> last.put(entry.key(), entry));
    List<Entry> kept = new ArrayList<>(last.values());
    kept.removeIf(entry -> entry.value() == null && random.nextBoolean());
    kept.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    kept.addAll(all.subList(prefix, all.size()));
    return kept;
  }

  private static List<Entry> entries(Random random, int count) {
    List<Entry> entries = new ArrayList<>();
    for (int offset = 0; offset < count; offset++) {
      boolean tombstone = random.nextInt(4) == 0;
      String id = Integer.toString(random.nextInt(4));
      switch (random.nextInt(6)) {
        case 0 ->
            entries.add(
                new Entry(offset, "source/s" + id, ControlCodec.encode(source("s" + id, random))));
        case 1 -> {
          String view = "v" + id + "/" + random.nextInt(3);
          entries.add(
              new Entry(
                  offset,
                  "view/" + view,
                  tombstone ? null : ControlCodec.encode(view(view, random))));
        }
        case 2 ->
            entries.add(
                new Entry(
                    offset,
                    "refusal/r" + id,
                    tombstone ? null : ControlCodec.encode(refusal("r" + id))));
        case 3 ->
            entries.add(
                new Entry(
                    offset,
                    "audit/r" + id,
                    tombstone
                        ? null
                        : ControlCodec.encode(audit("r" + id, RunAudit.Outcome.EQUAL))));
        case 4 ->
            entries.add(
                new Entry(
                    offset,
                    "correction/r" + id,
                    tombstone
                        ? null
                        : ControlCodec.encode(correction("r" + id, Correction.Kind.GROUPS))));
        default -> {
          RunRecord.Status status = RunRecord.Status.values()[random.nextInt(3)];
          entries.add(
              new Entry(
                  offset,
                  "run/r" + id,
                  tombstone ? null : ControlCodec.encode(run("r" + id, status))));
        }
      }
    }
    return Collections.unmodifiableList(entries);
  }

  private static SourceDefinition source(String name, Random random) {
    boolean registry = random.nextBoolean();
    return new SourceDefinition(
        name,
        Long.toHexString(random.nextLong()),
        "topic " + random.nextInt(),
        registry ? ValueFormat.REGISTRY : ValueFormat.SINGLE_OBJECT,
        "{}",
        List.of("{}", "[]"),
        registry ? Optional.of("http://r") : Optional.empty(),
        Map.of("a", "b"));
  }

  private static ViewDefinition view(String id, Random random) {
    String[] sides = id.split("/");
    return new ViewDefinition(
        sides[0],
        sides[1],
        "SELECT " + random.nextInt(),
        source("s", random),
        "ünïcode",
        Map.of(ViewDefinition.SCHEDULE, "0 0 6 * * ?"),
        random.nextInt(3));
  }

  private static Correction correction(String runId, Correction.Kind kind) {
    return new Correction(
        runId,
        "v",
        "1",
        kind,
        "delete in lake snapshot 7",
        kind == Correction.Kind.GROUPS ? 3 : 0,
        kind == Correction.Kind.GROUPS ? Optional.of("file:/lake/x.keys") : Optional.empty(),
        "0:12-18",
        Position.of(Map.of(0, 18L, 1, 4L)));
  }

  private static Refusal refusal(String runId) {
    return new Refusal(
        runId,
        "v",
        "1",
        "r",
        "3 of 7 groups differ",
        Instant.parse("2026-01-31T06:15:00.123456Z"),
        Optional.empty());
  }

  private static RunRecord run(String id, RunRecord.Status status) {
    return new RunRecord(
        id,
        "v",
        "1",
        RunRecord.Kind.FULL,
        status,
        Position.parse("0:120,7:98"),
        Long.MAX_VALUE,
        "views.v_1",
        status == RunRecord.Status.COMPLETED ? Optional.of(-5L) : Optional.empty(),
        -1,
        Instant.parse("2026-01-31T06:15:00.123456Z"),
        status == RunRecord.Status.STARTED ? Optional.empty() : Optional.of(Instant.EPOCH),
        "misfire",
        status == RunRecord.Status.FAILED ? Optional.of("cannot") : Optional.empty());
  }
}
