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
import java.util.Set;
import java.util.stream.Collectors;
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
    Set<String> dead =
        state.runs().values().stream()
            .filter(run -> run.status() == Status.STARTED)
            .map(RunRecord::runId)
            .filter(id -> !committed.contains(id) && !own.contains(id))
            .collect(Collectors.toSet());
    if (!dead.isEmpty()) {
      dead.removeAll(runningElsewhere());
    }
    for (String id : dead) {
      LOG.info("run {} was started and never committed: it failed", id);
      control.publish(
          state
              .runs()
              .get(id)
              .failed(
                  clock.instant(),
                  "the process that ran it ended before its commit; nothing of it is visible"));
    }
  }

  private Set<String> runningElsewhere() {
    Instant silent = clock.instant().minus(SILENCE);
    return control.statuses(PATIENCE).stream()
        .filter(status -> status.layer().equals("batch") && status.at().isAfter(silent))
        .filter(status -> !endedHere(status))
        .flatMap(status -> status.details().keySet().stream())
        .filter(key -> key.startsWith(RUNNING))
        .map(key -> key.substring(RUNNING.length()))
        .collect(Collectors.toSet());
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
