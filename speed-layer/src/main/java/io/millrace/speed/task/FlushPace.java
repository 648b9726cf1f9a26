package io.millrace.speed.task;

import java.time.Duration;

/**
 * When a stream thread commits: not sooner than the commit interval after the last time, and so
 * seldom that flushes take at most a ninth of its time and, while much arrives, commits with their
 * waiting a quarter. When little arrives the interval alone counts; under load the pace slows by
 * itself, which writes each hot group less often.
 *
 * <p>It also commits as soon as {@link #MOST_GROUPS} groups wait to be written: a transaction has
 * to be through well within its timeout, on a busy machine too, or the broker aborts it and all
 * live state is restored from its changelog.
 *
 * <p>How long a commit took is known only from when the next record comes. That says something of
 * the commit while records queue up, so it counts after a busy round alone, and at most as one
 * interval.
 *
 * <p>Shared by the tasks of one thread, whose commits are one transaction. For that thread.
 */
public final class FlushPace {
  private static final int FLUSH_SHARE = 8;
  private static final int COMMIT_SHARE = 3;
  private static final int BUSY_RECORDS = 1_000;

  /** Changed groups of one transaction, of all tasks; each is written twice, to store and topic. */
  static final int MOST_GROUPS = 20_000;

  private final long intervalNs;
  private final long longestNs;
  private boolean requested = true;
  private boolean flushing;
  private boolean awaitingRecord;
  private int records;
  private int groups;
  private long roundNs;
  private long flushNs;
  private long flushedAtNs;
  private long waitNs;

  /**
   * @param longest the pace never gets slower than this
   */
  FlushPace(Duration interval, Duration longest) {
    this.intervalNs = interval.toNanos();
    this.longestNs = Math.max(interval.toNanos(), longest.toNanos());
  }

  /**
   * A task of this thread took in a record.
   *
   * @param newlyChanged how many groups it changed that had nothing to write before
   * @return as {@link #due}
   */
  public boolean processed(long nowNs, int newlyChanged) {
    if (awaitingRecord) {
      awaitingRecord = false;
      waitNs = records < BUSY_RECORDS ? 0 : Math.min(intervalNs, nowNs - flushedAtNs);
      records = 0;
    }
    records++;
    groups += newlyChanged;
    return due(nowNs);
  }

  /** Whether a task that has something to write is to request a commit now; true once per round. */
  public boolean due(long nowNs) {
    flushing = false;
    if (requested || (groups < MOST_GROUPS && nowNs - roundNs < pauseNs())) {
      return false;
    }
    requested = true;
    return true;
  }

  private long pauseNs() {
    long wanted = Math.max(FLUSH_SHARE * flushNs, COMMIT_SHARE * (flushNs + waitNs));
    return Math.min(longestNs, Math.max(intervalNs, wanted));
  }

  /** A task of this thread flushed, before a commit. */
  public void flushed(long startNs, long endNs) {
    if (!flushing) {
      flushing = true;
      requested = false;
      groups = 0;
      awaitingRecord = true;
      roundNs = startNs;
      flushNs = 0;
    }
    flushNs += endNs - startNs;
    flushedAtNs = endNs;
  }
}
