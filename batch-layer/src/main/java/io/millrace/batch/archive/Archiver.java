package io.millrace.batch.archive;

import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/**
 * Archives every source when its time has come, on a thread of its own and in a pool of its own
 * among Spark's jobs: a run may take hours, and retention waits for none. Whoever needs a source
 * archived now does it on the own thread, one at a time for each source. Thread-safe.
 */
public final class Archiver {
  private static final String POOL = "spark.scheduler.pool";
  private static final Duration TICK = Duration.ofSeconds(1);

  private final Function<SourceDefinition, Optional<Throwable>> archive;
  private final Supplier<Collection<SourceDefinition>> sources;
  private final long periodNanos;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();
  private final Map<String, Long> lastDone = new ConcurrentHashMap<>();

  /**
   * @param archive archives a source, throws nothing, and says why it failed
   * @param every time between two archives of a source
   */
  public Archiver(
      SparkSession spark,
      Function<SourceDefinition, Optional<Throwable>> archive,
      Supplier<Collection<SourceDefinition>> sources,
      Duration every) {
    this.archive = archive;
    this.sources = sources;
    this.periodNanos = every.toNanos();
    this.thread =
        new Thread(
            () -> {
              spark.sparkContext().setLocalProperty(POOL, "archive");
              work();
            },
            "batch-archiver");
    thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  /** Archives a source now; waits while it is being archived. */
  public Optional<Throwable> archive(SourceDefinition source) {
    ReentrantLock lock = locks.computeIfAbsent(source.name(), name -> new ReentrantLock());
    lock.lock();
    try {
      return archive.apply(source);
    } finally {
      lastDone.put(source.name(), System.nanoTime());
      lock.unlock();
    }
  }

  private void work() {
    try {
      while (!closing.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        Map<String, SourceDefinition> all = new HashMap<>();
        sources.get().forEach(source -> all.put(source.name(), source));
        lastDone.keySet().retainAll(all.keySet());
        for (SourceDefinition source : all.values()) {
          if (due(source.name()) && closing.getCount() > 0) {
            archive(source);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean due(String source) {
    Long last = lastDone.get(source);
    return last == null || System.nanoTime() - last >= periodNanos;
  }

  /** Whether the thread has come to its end. */
  public boolean ended() {
    return thread.getState() == Thread.State.TERMINATED;
  }

  /** Whether the thread is there. */
  public boolean busy() {
    return thread.isAlive();
  }

  /** Begins no further archive; one under way goes on. */
  public void stop() {
    closing.countDown();
  }

  /**
   * @return whether no archive is under way any more
   */
  public boolean await(Duration patience) throws InterruptedException {
    thread.join(patience.toMillis());
    return !thread.isAlive();
  }
}
