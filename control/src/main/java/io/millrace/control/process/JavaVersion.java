package io.millrace.control.process;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;

/** The Java versions Millrace runs on: those that Spark 4.1 does. */
public final class JavaVersion {
  private JavaVersion() {}

  /**
   * Every main asks this first.
   *
   * @throws MillraceException {@code JAVA_UNSUPPORTED} if this JVM is neither 17 nor 21
   */
  public static void check() {
    check(Runtime.version().feature());
  }

  /** As {@link #check()}, of a JVM of the given feature version. */
  static void check(int feature) {
    if (feature != 17 && feature != 21) {
      throw new MillraceException(
          ErrorCode.JAVA_UNSUPPORTED,
          "cannot start: found Java "
              + feature
              + ", expected 17 or 21; install one (Debian, Ubuntu: apt-get install"
              + " openjdk-17-jdk-headless) and set JAVA_HOME to it");
    }
  }
}
