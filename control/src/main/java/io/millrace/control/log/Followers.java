package io.millrace.control.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listeners to a value that changes. Each is called by one thread at a time, never with an older
 * value after a newer one, and at last with the newest. Thread-safe.
 */
final class Followers<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Followers.class);

  private final List<Follower<T>> followers = new CopyOnWriteArrayList<>();

  /**
   * Calls {@code listener} with the present value on this thread, again if it changes meanwhile;
   * later changes come through {@link #changed}.
   */
  void add(Consumer<T> listener, Supplier<T> present) {
    Follower<T> follower = new Follower<>(listener);
    followers.add(follower);
    T seen = null;
    do {
      seen = present.get();
      listener.accept(seen);
    } while (!follower.startedWith(seen, present));
  }

  /**
   * Hands on a new value. One thread calls this, after the value can be seen by {@code present}.
   */
  void changed(T value) {
    followers.forEach(follower -> follower.accept(value));
  }

  private static final class Follower<T> {
    private final Consumer<T> listener;
    private boolean started;

    Follower(Consumer<T> listener) {
      this.listener = listener;
    }

    /** Whether {@code seen} is still the newest: from then on values come by {@link #accept}. */
    synchronized boolean startedWith(T seen, Supplier<T> present) {
      started = present.get() == seen;
      return started;
    }

    void accept(T value) {
      synchronized (this) {
        if (!started) {
          return;
        }
      }
      try {
        listener.accept(value);
      } catch (RuntimeException e) {
        LOG.error("A listener of the control topic failed", e);
      }
    }
  }
}
