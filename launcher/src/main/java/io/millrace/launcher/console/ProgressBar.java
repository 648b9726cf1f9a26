package io.millrace.launcher.console;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * A bar that shows how much is done, how fast, and how long the rest takes: redrawn in place on a
 * terminal, else a line every 10 s. Not thread-safe.
 */
public final class ProgressBar {
  private static final long REDRAW_NANOS = Duration.ofMillis(100).toNanos();
  private static final long LINE_NANOS = Duration.ofSeconds(10).toNanos();
  private static final int WIDTH = 30;

  private final Console console;
  private final String what;
  private final LongSupplier nanoClock;
  private final long began;
  private long shownAt;

  /**
   * @param what is counted: {@code records}
   */
  public ProgressBar(Console console, String what) {
    this(console, what, System::nanoTime);
  }

  ProgressBar(Console console, String what, LongSupplier nanoClock) {
    this.console = console;
    this.what = what;
    this.nanoClock = nanoClock;
    this.began = nanoClock.getAsLong();
    this.shownAt = began;
  }

  /**
   * Shows the state, unless that was done a moment ago.
   *
   * @param fraction of the work that is done, 0 to 1
   */
  public void update(long count, double fraction) {
    long now = nanoClock.getAsLong();
    if (now - shownAt < (console.live() ? REDRAW_NANOS : LINE_NANOS)) {
      return;
    }
    shownAt = now;
    String line = line(count, fraction, now - began);
    if (console.live()) {
      console.block(List.of(line));
    } else {
      console.line(line);
    }
  }

  String line(long count, double fraction, long nanos) {
    double done = Math.max(0, Math.min(1, fraction));
    int filled = (int) Math.round(done * WIDTH);
    double seconds = Math.max(1e-3, nanos / 1e9);
    String left =
        done <= 0 || done >= 1
            ? ""
            : ", "
                + Text.duration(Duration.ofMillis((long) (seconds * 1000 * (1 - done) / done)))
                + " left";
    return String.format(
        Locale.ROOT,
        "  %s%s %3.0f %%  %s %s, %s/s%s",
        console.green("█".repeat(filled)),
        console.dim("░".repeat(WIDTH - filled)),
        done * 100,
        Text.count(count),
        what,
        Text.count(Math.round(count / seconds)),
        left);
  }

  /** Removes the bar; returns the time since it was made. */
  public Duration finish() {
    console.clearBlock();
    return Duration.ofNanos(nanoClock.getAsLong() - began);
  }
}
