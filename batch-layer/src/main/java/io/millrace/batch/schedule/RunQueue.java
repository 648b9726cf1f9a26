package io.millrace.batch.schedule;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** Views that are due, each at most once, first come first served. Thread-safe. */
public final class RunQueue {
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /**
   * Why a view is due.
   *
   * @param trigger what came first
   * @param asked whether somebody waits for the run
   * @param onSchedule whether its schedule is among what came, which nothing else tries again for
   *     if the run fails
   */
  public record Due(String trigger, boolean asked, boolean onSchedule) {
    private static final String REQUEST = "request";
    private static final String FIRST = "first";

    static Due of(String trigger) {
      boolean asked = trigger.equals(REQUEST);
      return new Due(trigger, asked, !asked && !trigger.equals(FIRST));
    }

    private Due and(Due later) {
      return new Due(trigger, asked || later.asked, onSchedule || later.onSchedule);
    }
  }

  private final Map<String, Due> due = new LinkedHashMap<>();

  /**
   * @return false if the view was queued already: its earlier trigger stays
   */
  public boolean add(String view, String trigger) {
    lock.lock();
    try {
      int before = due.size();
      due.merge(view, Due.of(trigger), Due::and);
      changed.signalAll();
      return due.size() > before;
    } finally {
      lock.unlock();
    }
  }

  boolean contains(String view) {
    lock.lock();
    try {
      return due.containsKey(view);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes everything that is due, waiting for the first.
   *
   * @return view name to why, in order; empty if nothing came within the time
   */
  public Map<String, Due> take(Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long nanos = patience.toNanos();
      while (due.isEmpty() && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      Map<String, Due> taken = new LinkedHashMap<>(due);
      due.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }
}
