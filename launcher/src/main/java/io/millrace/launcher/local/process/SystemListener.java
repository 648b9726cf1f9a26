package io.millrace.launcher.local.process;

import io.millrace.control.config.MillraceConfig;
import java.time.Duration;

/** Hears what becomes of a system's processes. Called from several threads, one at a time. */
public interface SystemListener {
  void starting(String process);

  /**
   * It is not ready yet; told about once a second.
   *
   * @param doing what it says last, in a line
   * @param still since when nothing has moved
   * @param limits when it is given up
   */
  default void waiting(String process, String doing, Duration still, MillraceConfig.Up limits) {}

  /**
   * @param took since its start
   * @param where an address, or empty
   */
  void ready(String process, Duration took, String where);

  /**
   * @param end how it ended, in words
   * @param pause until it is started again
   * @param log where more is to be read
   */
  void died(String process, String end, Duration pause, String log);

  /** It is not started again. */
  void failed(String process, String end, String log);

  void stopping(String process);

  void stopped(String process, Duration took);

  /** It had to be killed: it did not end within {@code patience}. What it had committed stays. */
  void killed(String process, Duration patience);
}
