package io.millrace.serving.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * As many scans at work at once as may be: each holds memory, and a thread that others want; and as
 * many again that are read in parts, whoever is at work. Thread-safe.
 */
final class ScanPermits {
  /** How long the first part waits for its turn. */
  private static final Duration TURN = Duration.ofSeconds(2);

  private final int most;
  private final Duration patience;
  private final Semaphore atWork;
  private final Semaphore open;

  /**
   * @param patience how long a part after the first waits for its turn
   */
  ScanPermits(int most, Duration patience) {
    this.most = most;
    this.patience = patience;
    this.atWork = new Semaphore(most, true);
    this.open = new Semaphore(most, true);
  }

  /** For what takes no permit. */
  static SqlCursor.Permits none() {
    return new SqlCursor.Permits() {
      @Override
      public void take() {}

      @Override
      public void give() {}

      @Override
      public void end() {}
    };
  }

  /** For an answer that is made at once, now or not at all. */
  SqlCursor.Permits now() {
    return new Taken() {
      @Override
      boolean acquire() {
        return atWork.tryAcquire();
      }
    };
  }

  /**
   * For one that is read in parts.
   *
   * @throws MillraceException {@code BUSY} if as many are open already
   */
  SqlCursor.Permits inParts() {
    if (!acquired(open, TURN)) {
      throw busy("open to be read in parts");
    }
    return new Taken() {
      private boolean began;
      private boolean ended;

      @Override
      boolean acquire() {
        boolean mine = acquired(atWork, began ? patience : TURN);
        began = true;
        return mine;
      }

      @Override
      public void end() {
        if (!ended) {
          ended = true;
          open.release();
        }
      }
    };
  }

  private static boolean acquired(Semaphore permits, Duration wait) {
    try {
      return permits.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private MillraceException busy(String doing) {
    return new MillraceException(
        ErrorCode.BUSY,
        "cannot answer now: found "
            + most
            + " questions that scan "
            + doing
            + ", expected fewer; ask again in a second, ask another replica, ask for single groups,"
            + " or raise serving.sql.scans");
  }

  private abstract class Taken implements SqlCursor.Permits {
    private boolean held;

    abstract boolean acquire();

    @Override
    public void take() {
      if (!held) {
        if (!acquire()) {
          throw busy("under way");
        }
        held = true;
      }
    }

    @Override
    public void give() {
      if (held) {
        held = false;
        atWork.release();
      }
    }

    @Override
    public void end() {}
  }
}
