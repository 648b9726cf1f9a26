package io.millrace.batch.care;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.HeardStatus;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.log.ReplicaStandings;
import io.millrace.control.model.Correction;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.CorrectedGroups;
import io.millrace.lake.Expiry;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets what nobody needs any more: runs past {@code batch.keep.runs}, versions of a view that a
 * newer one has replaced, and the topics and tables of forgotten versions. Not thread-safe.
 */
public final class Retention {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  /**
   * How long an old version outlives the first run of its successor, for readers to change over.
   */
  public static final Duration GRACE = Duration.ofSeconds(30);

  /** How long a serving replica that says nothing is waited for. */
  private static final Duration SILENT = Duration.ofMinutes(1);

  private static final Duration STATUSES = Duration.ofSeconds(20);

  private final MillraceConfig config;
  private final Lake lake;
  private final ControlLog control;
  private final Clock clock;
  private Set<String> orphanTopics = Set.of();
  private Set<String> orphanTables = Set.of();

  public Retention(MillraceConfig config, Lake lake, ControlLog control, Clock clock) {
    this.config = config;
    this.lake = lake;
    this.control = control;
    this.clock = clock;
  }

  /**
   * How long runs that nobody compares are all compared with one that somebody did. Then one of
   * them is taken on trust: without a replica for good, live state would be kept from there on.
   */
  public static final Duration COMPARED_WITHIN = Duration.ofHours(24);

  /**
   * Keeps the newest runs of the view version, of its failed runs those that are as new, of the
   * runs that answers may stand on the newest two: newer ones are compared with them, or stay
   * refused; and those that a serving replica answers from or is loading: a slow one would else
   * find the files gone that it reads, and the corrections gone since the run that it compares
   * with.
   */
  public void keepRuns(ViewDefinition view) {
    lake.load(Lake.viewId(view)).ifPresent(table -> keepRuns(view, table));
  }

  private void keepRuns(ViewDefinition view, Table table) {
    List<RunRecord> committed = Manifest.completed(table, table.name()).toList();
    trust(view, committed);
    ControlState state = control.state();
    Set<String> kept = new HashSet<>();
    newest(committed, config.batch().keepRuns()).forEach(run -> kept.add(run.runId()));
    String oldest = kept.stream().min(String::compareTo).orElse("");
    newest(state.sound(view.id()), 2).forEach(run -> kept.add(run.runId()));
    newest(state.bases(view.id()), 2).forEach(run -> kept.add(run.runId()));
    replicas().forEach(replica -> kept.addAll(ReplicaStandings.runs(replica, view.id())));
    // Forgotten first: an announced run has its snapshot.
    for (RunRecord run : state.runs().values()) {
      if (run.viewId().equals(view.id())
          && run.status() != Status.STARTED
          && !kept.contains(run.runId())
          && run.runId().compareTo(oldest) < 0) {
        control.forgetRun(run.runId());
      }
    }
    forgetWithoutRun();
    if (state.anyTaken(view.id())) {
      forgetCorrections(view, table, kept);
    }
    List<Long> old = new ArrayList<>();
    for (Snapshot snapshot : table.snapshots()) {
      boolean current = snapshot.snapshotId() == table.currentSnapshot().snapshotId();
      if (!current && Manifest.of(snapshot).filter(m -> kept.contains(m.runId())).isEmpty()) {
        old.add(snapshot.snapshotId());
      }
    }
    Expiry.expire(table, old);
    keepFailed(view);
  }

  /**
   * Takes the run before the newest on trust, if nobody has compared any for long: the newest that
   * somebody had is older than {@link #COMPARED_WITHIN}, and {@code batch.keep.runs} have completed
   * since. It is said, and no refusal is passed over by it.
   */
  private void trust(ViewDefinition view, List<RunRecord> committed) {
    ControlState state = control.state();
    List<RunRecord> sound = state.sound(view.id());
    List<RunRecord> bases = state.bases(view.id());
    if (bases.isEmpty()) {
      return;
    }
    RunRecord base = bases.get(bases.size() - 1);
    RunAudit said = state.audits().get(base.runId());
    Instant since = said == null ? base.finishedAt().orElse(base.startedAt()) : said.at();
    boolean refused =
        state.runs(view.id(), Status.COMPLETED).stream()
            .map(RunRecord::runId)
            .anyMatch(id -> id.compareTo(base.runId()) > 0 && state.refused(id));
    long newer = sound.stream().filter(run -> run.runId().compareTo(base.runId()) > 0).count();
    if (refused
        || newer < Math.max(2, config.batch().keepRuns())
        || clock.instant().isBefore(since.plus(COMPARED_WITHIN))) {
      return;
    }
    RunRecord trusted = sound.get(sound.size() - 2);
    if (committed.stream().noneMatch(run -> run.runId().equals(trusted.runId()))) {
      return;
    }
    String last = state.taken(base.runId()) ? base.runId() : "";
    String detail =
        (last.isEmpty() ? "never compared" : "not compared since " + last)
            + ": no serving replica has compared a run for "
            + COMPARED_WITHIN.toHours()
            + " h";
    LOG.warn("run {} of {} is taken on trust: {}", trusted.runId(), view.id(), detail);
    control.publish(
        new RunAudit(
            trusted.runId(),
            trusted.view(),
            trusted.version(),
            RunAudit.Outcome.TRUSTED,
            last,
            detail,
            "batch",
            clock.instant().truncatedTo(ChronoUnit.MICROS)));
  }

  /** Keeps, of the failed runs of the view version, the newest as many as of the others. */
  public void keepFailed(ViewDefinition view) {
    List<RunRecord> failed = control.state().runs(view.id(), Status.FAILED);
    List<RunRecord> kept = newest(failed, config.batch().keepRuns());
    failed.stream()
        .filter(run -> !kept.contains(run))
        .forEach(run -> control.forgetRun(run.runId()));
  }

  /** What was said of runs that had been forgotten by then: by a replica slower than this. */
  private void forgetWithoutRun() {
    ControlState state = control.state();
    Set<String> said = new HashSet<>(state.audits().keySet());
    said.addAll(state.refusals().keySet());
    said.removeAll(state.runs().keySet());
    said.removeIf(state::runInDoubt);
    said.forEach(control::forgetRun);
  }

  /** Those that lie between no two runs that are kept. */
  private void forgetCorrections(ViewDefinition view, Table table, Set<String> kept) {
    ControlState state = control.state();
    Optional<RunRecord> oldest =
        kept.stream().sorted().map(state.runs()::get).filter(Objects::nonNull).findFirst();
    if (oldest.isEmpty()) {
      return;
    }
    for (Correction correction : List.copyOf(state.corrections().values())) {
      if (correction.viewId().equals(view.id())
          && correction.runId().compareTo(oldest.get().runId()) <= 0
          && oldest.get().boundary().covers(correction.reach())) {
        // The record first: a file that nobody names is only bytes.
        control.forgetCorrection(correction.runId());
        correction.location().ifPresent(location -> CorrectedGroups.delete(table, location));
      }
    }
  }

  private static List<RunRecord> newest(List<RunRecord> oldestFirst, int count) {
    return oldestFirst.subList(Math.max(0, oldestFirst.size() - count), oldestFirst.size());
  }

  /**
   * Retires versions whose successor is ready and is what every serving replica answers from, and
   * removes the topics and tables of versions that were already retired at the sweep before. What
   * is in doubt stays.
   *
   * @param ready ids of current view versions whose newest run can be merged
   */
  public void sweep(Set<String> ready) {
    List<String> topics = speedTopics();
    List<Table> tables = lake.views();
    ControlState state = control.catchUp(Duration.ofSeconds(20));
    retire(state, ready);
    Set<String> live =
        state.views().values().stream()
            .map(config.topics()::speed)
            .collect(Collectors.toCollection(HashSet::new));
    for (String inDoubt : state.viewsInDoubt()) {
      String[] sides = inDoubt.split("/", 2);
      live.add(config.topics().speed(sides[0], sides[sides.length - 1]));
    }
    Set<String> deadTopics =
        topics.stream().filter(t -> !live.contains(t)).collect(Collectors.toSet());
    checkApplied(state, deadTopics, tables);
    deleteTopics(deadTopics.stream().filter(orphanTopics::contains).toList());
    orphanTopics = deadTopics;

    Set<String> deadTables = new HashSet<>();
    for (Table table : tables) {
      String viewId = table.properties().get(Lake.VIEW_PROPERTY);
      if (!state.views().containsKey(viewId) && !state.viewsInDoubt().contains(viewId)) {
        if (orphanTables.contains(table.name())) {
          LOG.info("dropping the batch view of retired {}", viewId);
          lake.dropView(table);
        } else {
          deadTables.add(table.name());
        }
      }
    }
    orphanTables = deadTables;
  }

  /** A source is never forgotten: a control topic without any is not the one that knew these. */
  private static void checkApplied(ControlState state, Set<String> topics, List<Table> tables) {
    if (!state.sources().isEmpty() || (topics.isEmpty() && tables.isEmpty())) {
      return;
    }
    throw new MillraceException(
        ErrorCode.TOPIC_CHANGED,
        "cannot tell which views are retired: found a control topic in which nothing was ever"
            + " applied, beside "
            + topics.size()
            + " speed topics and "
            + tables.size()
            + " batch views, expected the one that these were applied in; apply the application"
            + " again (`millrace apply DIR`), which takes them up, or delete them");
  }

  private void retire(ControlState state, Set<String> ready) {
    Instant changedOver = clock.instant().minus(GRACE);
    Map<String, ViewDefinition> current =
        state.currentViews().stream()
            .filter(view -> ready.contains(view.id()))
            .filter(
                view ->
                    state.runs(view.id(), Status.COMPLETED).stream()
                        .anyMatch(run -> run.finishedAt().orElseThrow().isBefore(changedOver)))
            .collect(Collectors.toMap(ViewDefinition::name, view -> view));
    List<ViewDefinition> old =
        state.views().values().stream()
            .filter(
                view ->
                    Optional.ofNullable(current.get(view.name()))
                        .filter(successor -> !successor.id().equals(view.id()))
                        .isPresent())
            .toList();
    Set<String> live = new HashSet<>(state.views().keySet());
    live.addAll(state.viewsInDoubt());
    List<LayerStatus> replicas = old.isEmpty() ? List.of() : replicas();
    for (ViewDefinition view : old) {
      ViewDefinition successor = current.get(view.name());
      if (replicas.stream().allMatch(replica -> answersFrom(successor, replica))) {
        LOG.info("retiring {}: {} has taken over", view.id(), successor.id());
        control.retireView(view.id());
        live.remove(view.id());
      }
    }
    forgetAllBut(state, live);
  }

  /**
   * The serving replicas that are there: what each says, unless it has been silent. How long it has
   * is measured here, for its clock may be another.
   */
  private List<LayerStatus> replicas() {
    Optional<List<HeardStatus>> heard = control.heard();
    if (heard.isEmpty()) {
      // What was there before is being read for the first time: it is not waited for any longer
      // than it takes to read it here, and this once everybody counts.
      return control.statuses(STATUSES).stream().filter(Retention::serves).toList();
    }
    return heard.get().stream()
        .filter(one -> one.silence().compareTo(SILENT) <= 0)
        .map(HeardStatus::status)
        .filter(Retention::serves)
        .toList();
  }

  private static boolean serves(LayerStatus status) {
    return status.layer().equals("serving");
  }

  /** One that still loads answers from the version before, and would have nothing without it. */
  private static boolean answersFrom(ViewDefinition view, LayerStatus replica) {
    String prefix = "view." + view.name() + ".";
    return view.version().equals(replica.details().get(prefix + "version"))
        && "ready".equals(replica.details().get(prefix + "state"));
  }

  /**
   * Forgets the runs of views that are no more, whoever retired them: each pins a snapshot of the
   * lake, and a view that is applied again would be answered from a table that is dropped. Those
   * under way are forgotten when they have ended.
   *
   * @param live ids of view versions
   */
  private void forgetAllBut(ControlState state, Set<String> live) {
    for (RunRecord run : state.runs().values()) {
      if (!live.contains(run.viewId()) && run.status() != Status.STARTED) {
        control.forgetRun(run.runId());
      }
    }
    for (Correction correction : state.corrections().values()) {
      if (!live.contains(correction.viewId())) {
        control.forgetCorrection(correction.runId());
      }
    }
  }

  /** Topics named as speed topics of this namespace are. */
  private List<String> speedTopics() {
    try (Admin admin = Admin.create(config.adminProperties())) {
      return admin.listTopics().names().get().stream().filter(config.topics()::isSpeed).toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while listing topics", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot list topics", e.getCause());
    }
  }

  private void deleteTopics(List<String> topics) {
    if (topics.isEmpty()) {
      return;
    }
    LOG.info("deleting speed topics of retired views: {}", topics);
    try (Admin admin = Admin.create(config.adminProperties())) {
      admin.deleteTopics(topics).all().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while deleting topics", e);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
        throw new IllegalStateException("cannot delete topics " + topics, e.getCause());
      }
    }
  }
}
