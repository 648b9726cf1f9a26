package io.millrace.launcher.local.start;

import io.millrace.control.error.Reason;
import io.millrace.control.log.LayerStatus;
import io.millrace.launcher.local.process.ProcessState;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What one process that starts has shown so far. For one thread. */
final class Movement {
  private static final int KINDS = 1000;
  private static final int LONGEST_KIND = 200;

  /** A line of log4j2-process.xml: time, level, thread, logger, message. */
  private static final Pattern LOGGED =
      Pattern.compile("^\\S+ \\S+ +[A-Z]+ +\\[[^]]*] (\\S+) (\\S.*)$");

  /** How that file shortens the names of Millrace's own loggers. */
  private static final String OWN = "i.m.";

  private static final int LONGEST_LINE = 160;

  /** A line that only goes on with the one before. */
  private static final Pattern FRAME = Pattern.compile("^\\s+(at |\\.\\.\\. ).*");

  private final Set<String> kinds = new LinkedHashSet<>();
  private long pid = Long.MIN_VALUE;
  private ProcessState state;
  private String status = "";
  private Duration cpu = Duration.ZERO;
  private Duration used = Duration.ZERO;
  private String line = "";
  private boolean ownLine;
  private Optional<String> error = Optional.empty();

  /** Whether the process has done something since the last call. */
  boolean moved(Signs signs) {
    boolean moved = false;
    used = signs.cpu();
    if (signs.pid() != pid || signs.state() != state) {
      pid = signs.pid();
      state = signs.state();
      cpu = signs.cpu();
      moved = true;
    }
    if (signs.cpu().minus(cpu).compareTo(StartWatch.CPU) >= 0) {
      cpu = signs.cpu();
      moved = true;
    }
    String said = signs.status().map(Movement::text).orElse("");
    if (!said.equals(status)) {
      status = said;
      moved = true;
    }
    error =
        signs
            .status()
            .flatMap(now -> now.errors().values().stream().findFirst())
            .map(Reason::brief);
    for (String next : signs.lines()) {
      if (!FRAME.matcher(next).matches()) {
        moved |= hear(next);
      }
    }
    return moved;
  }

  /** Whether it is news; what Millrace says is more telling than what a library does. */
  private boolean hear(String text) {
    Matcher logged = LOGGED.matcher(text);
    String message = (logged.matches() ? logged.group(2) : text).strip();
    boolean own = logged.matches() && logged.group(1).startsWith(OWN);
    if (own || !ownLine) {
      line = message;
      ownLine = own;
    }
    return isNew(message);
  }

  private boolean isNew(String message) {
    String kind = message.replaceAll("[0-9]+", "#");
    boolean added = kinds.add(kind.substring(0, Math.min(LONGEST_KIND, kind.length())));
    if (kinds.size() > KINDS) {
      kinds.remove(kinds.iterator().next());
    }
    return added;
  }

  /** The most telling of what it says last. */
  String doing() {
    if (state != ProcessState.STARTING) {
      return "waits to be started again";
    }
    if (error.isPresent()) {
      return error.get();
    }
    if (!line.isEmpty()) {
      String brief = Reason.brief(line);
      return brief.length() <= LONGEST_LINE ? brief : brief.substring(0, LONGEST_LINE) + "…";
    }
    return "its JVM starts, " + used.toSeconds() + " s of processor time so far";
  }

  /** Without what changes while nothing happens. */
  private static String text(LayerStatus status) {
    Map<String, String> details = new TreeMap<>(status.details());
    details.keySet().removeIf(key -> key.endsWith(".ageMs"));
    return status.state() + details;
  }
}
