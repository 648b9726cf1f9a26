package io.millrace.launcher;

import io.millrace.launcher.local.process.SystemListener;
import java.time.Duration;

/** Says of the processes of a test only what went wrong. */
final class Quiet implements SystemListener {
  @Override
  public void starting(String process) {}

  @Override
  public void ready(String process, Duration took, String where) {}

  @Override
  public void died(String process, String end, Duration pause, String log) {
    System.out.println(process + " " + end + "; see " + log);
  }

  @Override
  public void failed(String process, String end, String log) {
    System.out.println(process + " " + end + "; see " + log);
  }

  @Override
  public void stopping(String process) {}

  @Override
  public void killed(String process, Duration patience) {}

  @Override
  public void stopped(String process, Duration took) {}
}
