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
  private final Map<String, String> due = new LinkedHashMap<>();

  /**
   * @return false if the view was queued already: its earlier trigger stays
   */
  public boolean add(String view, String trigger) {
    lock.lock();
    try {
      boolean added = due.putIfAbsent(view, trigger) == null;
      changed.signalAll();
      return added;
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
   * @return view name to trigger, in order; empty if nothing came within the time
   */
  public Map<String, String> take(Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long nanos = patience.toNanos();
      while (due.isEmpty() && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      Map<String, String> taken = new LinkedHashMap<>(due);
      due.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }
}
