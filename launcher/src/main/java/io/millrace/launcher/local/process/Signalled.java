package io.millrace.launcher.local.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a signal has stopped a process, where the system tells (Linux). Stateless. */
public final class Signalled {
  private Signalled() {}

  /** False too if that is not known. */
  public static boolean stopped(long pid) {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    try {
      String text = Files.exists(stat) ? Files.readString(stat) : "";
      // "pid (name) state …", and a name may hold anything.
      int name = text.lastIndexOf(") ");
      return name >= 0 && text.startsWith("T", name + 2);
    } catch (IOException e) {
      // It has ended meanwhile.
      return false;
    }
  }
}
