package io.millrace.serving;

import io.millrace.control.log.ControlState;
import io.millrace.lake.Lake;
import io.millrace.serving.swap.ControlWriter;
import io.millrace.serving.swap.RunLoader;
import io.millrace.serving.view.ServedView;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the views' steps towards their next runs, each view on its own: one that loads or audits
 * for long holds up no other, and what one throws is that view's problem alone. Thread-safe.
 */
final class RunSteps implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunSteps.class);
  private static final Duration CLOSE = Duration.ofSeconds(3);

  /** How many views load or audit at once; each load holds a chunk of rows in memory. */
  static final int THREADS = 8;

  private final Supplier<ControlState> control;
  private final RunLoader loader;
  private final Lake lake;
  private final ControlWriter writer;
  private final Set<ServedView> busy = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads;

  RunSteps(Supplier<ControlState> control, RunLoader loader, Lake lake, ControlWriter writer) {
    this.control = control;
    this.loader = loader;
    this.lake = lake;
    this.writer = writer;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "serving-runs-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Has the view take its next step soon, unless one is under way. Returns at once. */
  void take(ServedView view) {
    if (!busy.add(view)) {
      return;
    }
    try {
      threads.execute(() -> step(view));
    } catch (RejectedExecutionException e) {
      busy.remove(view);
      LOG.debug("view {}: takes no more steps: serving is stopping", view.definition().id(), e);
    }
  }

  private void step(ServedView view) {
    try {
      view.runs().advance(control.get(), loader, lake, writer);
    } catch (RuntimeException | Error e) {
      view.runs().failed(e);
    } finally {
      busy.remove(view);
    }
  }

  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("a view is still busy with a run; its thread ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
