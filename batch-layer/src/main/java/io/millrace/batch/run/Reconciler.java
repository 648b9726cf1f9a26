package io.millrace.batch.run;

import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.catalog.TableIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the control topic agree with the lake after a driver died: a run whose commit exists is
 * announced COMPLETED, one that was started, never committed, and is nobody's any more is declared
 * FAILED. The commit is the truth.
 */
public final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  /** Prefix of the status detail with which a process says which runs are its own. */
  public static final String RUNNING = "running.";

  /** A process that has said nothing for this long is dead. */
  private static final Duration SILENCE = Duration.ofSeconds(15);

  /** What a process says this long after a run began has the run in it. */
  private static final Duration TOLD = Duration.ofSeconds(1);

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Lake lake;
  private final ControlLog control;
  private final Clock clock;

  public Reconciler(Lake lake, ControlLog control, Clock clock) {
    this.lake = lake;
    this.control = control;
    this.clock = clock;
  }

  /**
   * @param own the runs this process is executing
   */
  public void run(Set<String> own) {
    ControlState state = control.catchUp(PATIENCE);
    Set<String> committed = new HashSet<>();
    for (ViewDefinition view : state.views().values()) {
      TableIdentifier id = Lake.viewId(view);
      lake.load(id).stream()
          .flatMap(table -> Manifest.completed(table, id.toString()))
          .forEach(
              run -> {
                committed.add(run.runId());
                RunRecord said = state.runs().get(run.runId());
                if ((said == null || said.status() != Status.COMPLETED)
                    && !own.contains(run.runId())) {
                  LOG.info("announcing run {} of {}, committed before", run.runId(), run.viewId());
                  control.publish(run);
                }
              });
    }
    List<RunRecord> lost =
        state.runs().values().stream()
            .filter(run -> run.status() == Status.STARTED)
            .filter(run -> !committed.contains(run.runId()) && !own.contains(run.runId()))
            .toList();
    List<LayerStatus> others = lost.isEmpty() ? List.of() : others();
    for (RunRecord run : lost) {
      if (others.stream().noneMatch(other -> mayRun(other, run))) {
        LOG.info("run {} was started and never committed: it failed", run.runId());
        control.publish(
            run.failed(
                clock.instant(),
                "the process that ran it ended before its commit; nothing of it is visible"));
      }
    }
  }

  /** What batch processes that live said last. */
  private List<LayerStatus> others() {
    Instant silent = clock.instant().minus(SILENCE);
    return control.statuses(PATIENCE).stream()
        .filter(status -> status.layer().equals("batch") && status.at().isAfter(silent))
        .filter(status -> !endedHere(status))
        .toList();
  }

  /**
   * Whether the process says that it runs this, or said what it did before the run began: a run is
   * announced at once, what a process does every few seconds. If the run is its own, both times are
   * of one clock.
   */
  private static boolean mayRun(LayerStatus other, RunRecord run) {
    return other.details().containsKey(RUNNING + run.runId())
        || other.at().isBefore(run.startedAt().plus(TOLD));
  }

  /** Whether the status is of a process of this host that is gone: no need to wait for silence. */
  private static boolean endedHere(LayerStatus status) {
    int colon = status.instance().lastIndexOf(':');
    try {
      return colon > 0
          && status.instance().substring(0, colon).equals(InetAddress.getLocalHost().getHostName())
          && ProcessHandle.of(Long.parseLong(status.instance().substring(colon + 1))).isEmpty();
    } catch (UnknownHostException | NumberFormatException e) {
      LOG.debug("cannot tell whether {} is of this host", status.instance(), e);
      return false;
    }
  }
}
