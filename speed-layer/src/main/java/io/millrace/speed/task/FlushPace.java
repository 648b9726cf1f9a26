package io.millrace.speed.task;

import java.time.Duration;

/**
 * When a stream thread commits. A commit costs what passes from the first flush of its transaction
 * until the thread is at its records again: mostly waiting, for a disk, for the broker, and on a
 * busy machine for a CPU. The laws:
 *
 * <ol>
 *   <li>Between the starts of two commits lies at least the commit interval.
 *   <li>Between a commit's end and the next one's start lies three times what it cost, and eight
 *       times what its flushes cost, so that commits take at most a quarter of the time. However
 *       long that is, it is enough to wait for the longest pause, or for as long as the commit took
 *       if that is longer: records always have half the time. So progress falls with the CPU there
 *       is, and no further.
 *   <li>It does not wait at all once {@link #MOST_GROUPS} groups or {@link #MOST_BYTES} wait to be
 *       written: a transaction has to be through well within its timeout, on a busy machine too, or
 *       the broker aborts it and all live state is restored from its changelog.
 * </ol>
 *
 * <p>Shared by the tasks of one thread, whose commits are one transaction. For that thread.
 */
public final class FlushPace {
  private static final int FLUSH_SHARE = 8;
  private static final int COMMIT_SHARE = 3;

  /** With so many between two commits the thread does not wait for any. */
  private static final int BUSY_RECORDS = 1_000;

  /** Changed groups of one transaction, of all tasks; each is written twice, to store and topic. */
  static final int MOST_GROUPS = 20_000;

  /** Bytes on heap of the changed groups of one transaction; written, about half. */
  static final long MOST_BYTES = 128L << 20;

  private final long intervalNs;
  private final long longestNs;
  private final long idleNs;
  private final long mostNs;
  private boolean begun;
  private boolean requested = true;
  private boolean flushing;
  private boolean committing;
  private int records;
  private int groups;
  private long bytes;
  private long startNs;
  private long endNs;
  private long costNs;
  private long flushNs;

  /**
   * @param longest the longest pause, unless commits themselves take longer
   * @param idle how long a thread that has no records may wait for some before it is at its tasks
   *     again: that is no cost
   * @param most the longest pause whatever a commit takes, well below the transaction timeout
   */
  FlushPace(Duration interval, Duration longest, Duration idle, Duration most) {
    this.mostNs = most.toNanos();
    this.idleNs = idle.toNanos();
    this.intervalNs = interval.toNanos();
    this.longestNs = Math.max(interval.toNanos(), longest.toNanos());
  }

  /**
   * A task of this thread took in a record.
   *
   * @param newlyChanged how many groups it changed that had nothing to write before
   * @param newBytes what these hold
   * @return as {@link #due}
   */
  public boolean processed(long nowNs, int newlyChanged, long newBytes) {
    committed(nowNs);
    records++;
    groups += newlyChanged;
    bytes += newBytes;
    return due(nowNs);
  }

  /**
   * The thread is at its tasks. The first call after a flush says how long the commit took, so it
   * should come at once.
   */
  public void committed(long nowNs) {
    flushing = false;
    if (committing) {
      committing = false;
      endNs = nowNs;
      costNs = Math.max(0, nowNs - startNs - (records < BUSY_RECORDS ? idleNs : 0));
      records = 0;
    }
  }

  /** Whether a task that has something to write is to request a commit now; true once per round. */
  public boolean due(long nowNs) {
    committed(nowNs);
    if (requested || (!full() && untilNs(nowNs) > 0)) {
      return false;
    }
    requested = true;
    return true;
  }

  /** After how long to look again whether a commit is {@link #due}, if no more is changed. */
  public long waitNs(long nowNs) {
    return requested ? intervalNs : untilNs(nowNs);
  }

  private long untilNs(long nowNs) {
    return begun ? Math.max(0, Math.max(startNs + intervalNs, endNs + pauseNs()) - nowNs) : 0;
  }

  private boolean full() {
    return groups >= MOST_GROUPS || bytes >= MOST_BYTES;
  }

  private long pauseNs() {
    long wanted = Math.max(FLUSH_SHARE * flushNs, COMMIT_SHARE * costNs);
    return Math.min(Math.min(wanted, mostNs), Math.max(longestNs, costNs));
  }

  /**
   * A task of this thread flushed, before a commit.
   *
   * @return whether it was the first one of this commit
   */
  public boolean flushed(long fromNs, long toNs) {
    boolean first = !flushing;
    if (first) {
      flushing = true;
      committing = true;
      begun = true;
      requested = false;
      groups = 0;
      bytes = 0;
      startNs = fromNs;
      flushNs = 0;
    }
    flushNs += toNs - fromNs;
    endNs = toNs;
    return first;
  }
}
