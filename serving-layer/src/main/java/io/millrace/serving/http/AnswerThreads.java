package io.millrace.serving.http;

import io.millrace.serving.view.Arrivals;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that make answers, and who waits for one of them. A question that has waited for a
 * position comes back with all others that waited for it, at one moment: it was taken once, and is
 * not refused for new ones. Thread-safe.
 */
final class AnswerThreads implements AutoCloseable {
  private static final int THREADS = 32;

  /** So many new questions are answered or wait for a thread. */
  private static final int NEW = THREADS + 512;

  /** They may all come back at one moment. */
  private static final int BACK = Arrivals.MOST;

  private final Semaphore fresh = new Semaphore(NEW);
  private final Semaphore back = new Semaphore(BACK);
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          1,
          TimeUnit.MINUTES,
          new LinkedBlockingQueue<>(NEW + BACK),
          AnswerThreads::thread);

  AnswerThreads() {
    threads.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "serving-answers");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Runs what answers a question.
   *
   * @param again whether it has waited for a position
   * @return false if it is one too many: nothing is run then
   */
  boolean run(boolean again, Runnable answer) {
    Semaphore places = again ? back : fresh;
    if (!places.tryAcquire()) {
      return false;
    }
    try {
      threads.execute(
          () -> {
            try {
              answer.run();
            } finally {
              places.release();
            }
          });
      return true;
    } catch (RejectedExecutionException e) {
      // It is closed.
      places.release();
      return false;
    }
  }

  /** Takes nothing more; what was taken is still answered. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
