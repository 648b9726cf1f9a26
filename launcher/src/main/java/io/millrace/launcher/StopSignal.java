package io.millrace.launcher;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM as something to wait for. While one is installed, the first signal asks for an
 * orderly stop; the second one ends this process at once, and its children follow.
 */
final class StopSignal {
  private final CountDownLatch asked = new CountDownLatch(1);

  private StopSignal() {}

  static StopSignal install() {
    StopSignal stop = new StopSignal();
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> stop.signalled());
    }
    return stop;
  }

  private void signalled() {
    if (asked.getCount() == 0) {
      Runtime.getRuntime().halt(Millrace.FAILED);
    }
    asked.countDown();
  }

  boolean isAsked() {
    return asked.getCount() == 0;
  }

  void await() {
    try {
      asked.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns after {@code time}, or at the signal; says whether it was the signal. */
  boolean await(Duration time) {
    try {
      return asked.await(Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
