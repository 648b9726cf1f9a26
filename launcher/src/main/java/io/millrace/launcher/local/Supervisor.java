package io.millrace.launcher.local;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.local.process.Child;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.ProcessState;
import io.millrace.launcher.local.process.ProcessTable;
import io.millrace.launcher.local.process.SystemListener;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts processes, starts them again when they die, and stops them. All that happens to them
 * happens on one thread.
 *
 * <p>Thread-safe.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final long PROBE_MS = 200;
  private static final Duration CLOSE = Duration.ofSeconds(5);

  /** A process that was never ready is given up after dying this often. */
  private static final int START_ATTEMPTS = 3;

  /** Exit code of a process whose arguments or configuration cannot work. */
  private static final int BAD_CONFIGURATION = 2;

  private final DataDirectory dir;
  private final SystemListener listener;
  private final Instant startedAt = Instant.now();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread created = new Thread(task, "supervisor");
            created.setDaemon(true);
            return created;
          });
  private final List<Child> children = new ArrayList<>();
  private final Map<Child, CompletableFuture<Void>> firstReady = new HashMap<>();
  private final Map<Child, Predicate<Process>> probes = new HashMap<>();
  private boolean stopping;

  Supervisor(DataDirectory dir, SystemListener listener) {
    this.dir = dir;
    this.listener = listener;
    thread.scheduleWithFixedDelay(this::probe, PROBE_MS, PROBE_MS, TimeUnit.MILLISECONDS);
  }

  /**
   * Starts a process and keeps it running.
   *
   * @param probe whether the process is ready; asked several times a second while it starts, and an
   *     exception means not yet
   * @return completes when it is ready for the first time; fails with a {@link MillraceException}
   *     when it is given up
   */
  CompletableFuture<Void> start(Child child, Predicate<Process> probe) {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    thread.execute(
        () -> {
          children.add(child);
          firstReady.put(child, ready);
          probes.put(child, probe);
          launch(child);
        });
    return ready;
  }

  private void launch(Child child) {
    if (stopping) {
      return;
    }
    try {
      Process process = child.start();
      listener.starting(child.name);
      process.onExit().thenRunAsync(() -> safely(child, () -> ended(child)), thread);
    } catch (IOException e) {
      if (child.everReady()) {
        // It can run here; what is in its way now, a full disk for one, may go.
        startAgain(child, child.notStarted(e));
      } else {
        giveUp(child, "could not be started: " + e.getMessage());
      }
    }
    writeTable();
  }

  private void startAgain(Child child, Duration pause) {
    listener.died(
        child.name, child.entry().lastEnd().orElse(""), pause, dir.log(child.name).toString());
    thread.schedule(
        () -> safely(child, () -> launch(child)), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What goes wrong with one process ends neither the thread nor the care for the others. */
  private static void safely(Child child, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("cannot look after {}", child.name, e);
    }
  }

  private void probe() {
    children.forEach(child -> safely(child, () -> probe(child)));
  }

  private void probe(Child child) {
    if (child.state() == ProcessState.STARTING && child.alive()) {
      boolean ready = false;
      try {
        ready = probes.get(child).test(child.process().orElseThrow());
      } catch (RuntimeException e) {
        LOG.debug("{} is not ready", child.name, e);
      }
      if (ready) {
        child.ready();
        writeTable();
        listener.ready(child.name, child.sinceStart(), child.where);
        firstReady.get(child).complete(null);
      }
    }
  }

  private void ended(Child child) {
    if (stopping || child.state() == ProcessState.STOPPED) {
      child.stopped();
      writeTable();
      return;
    }
    int exit = child.process().orElseThrow().exitValue();
    boolean hopeless =
        exit == BAD_CONFIGURATION
            || (!child.everReady() && child.deathsInARow() + 1 >= START_ATTEMPTS);
    if (hopeless) {
      child.failed();
      giveUp(child, child.entry().lastEnd().orElse(""));
    } else {
      startAgain(child, child.died());
    }
    writeTable();
  }

  private void giveUp(Child child, String end) {
    String log = dir.log(child.name).toString();
    listener.failed(child.name, end, log);
    firstReady
        .get(child)
        .completeExceptionally(
            new MillraceException(
                ErrorCode.NOT_STARTED,
                "cannot start " + child.name + ": it " + end + "\n  more in " + log));
  }

  private void writeTable() {
    try {
      new ProcessTable(
              ProcessHandle.current().pid(),
              startedAt,
              children.stream().map(Child::entry).toList())
          .write(dir.processes());
    } catch (IOException e) {
      LOG.error("cannot write {}", dir.processes(), e);
    }
  }

  /** What runs now. */
  List<ProcessTable.Entry> entries() {
    return CompletableFuture.supplyAsync(() -> children.stream().map(Child::entry).toList(), thread)
        .join();
  }

  /** From now on, no process is started again. */
  void beginStop() {
    CompletableFuture.runAsync(() -> stopping = true, thread).join();
  }

  /**
   * Asks processes to end, waits, and kills those that are left.
   *
   * @param names in the order in which they are asked; unknown ones are ignored
   */
  void stop(List<String> names, Duration patience) {
    List<Child> chosen =
        CompletableFuture.supplyAsync(
                () ->
                    names.stream()
                        .flatMap(name -> children.stream().filter(c -> c.name.equals(name)))
                        .filter(Child::alive)
                        .toList(),
                thread)
            .join();
    Instant began = Instant.now();
    Map<Child, CompletableFuture<Instant>> ended = new LinkedHashMap<>();
    for (Child child : chosen) {
      listener.stopping(child.name);
      Process process = child.process().orElseThrow();
      ended.put(child, process.onExit().thenApply(gone -> Instant.now()));
      process.destroy();
    }
    ended.forEach(
        (child, end) -> {
          long left = patience.minus(Duration.between(began, Instant.now())).toMillis();
          end.completeOnTimeout(Instant.MAX, Math.max(0, left), TimeUnit.MILLISECONDS);
          Instant at = end.join();
          if (at.equals(Instant.MAX)) {
            child.process().orElseThrow().destroyForcibly().onExit().join();
            listener.killed(child.name, patience);
          } else {
            listener.stopped(child.name, Duration.between(began, at));
          }
        });
  }

  /**
   * Ends supervision; every process must have been stopped. Writes nothing once it has returned.
   */
  void close() {
    CompletableFuture.runAsync(
            () -> {
              children.forEach(Child::stopped);
              writeTable();
            },
            thread)
        .join();
    thread.shutdown();
    try {
      // Ends of processes that were queued behind it, each a table to write.
      if (!thread.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("the supervisor is still busy; its thread ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
