package io.millrace.launcher.local;

import io.millrace.control.error.Reason;
import io.millrace.control.log.LayerStatus;
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
      Pattern.compile("^\\S+ \\S+ +[A-Z]+ +\\[[^]]*] \\S+ (\\S.*)$");

  /** A line that only goes on with the one before. */
  private static final Pattern FRAME = Pattern.compile("^\\s+(at |\\.\\.\\. ).*");

  private final Set<String> kinds = new LinkedHashSet<>();
  private long pid = Long.MIN_VALUE;
  private ProcessState state;
  private String status = "";
  private Duration cpu = Duration.ZERO;
  private String line = "";
  private Optional<String> error = Optional.empty();

  /** Whether the process has done something since the last call. */
  boolean moved(Signs signs) {
    boolean moved = false;
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
        line = message(next);
        moved |= isNew(line);
      }
    }
    return moved;
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
      return Reason.brief(line);
    }
    return "nothing heard of it yet";
  }

  private static String message(String line) {
    Matcher logged = LOGGED.matcher(line);
    return (logged.matches() ? logged.group(1) : line).strip();
  }

  /** Without what changes while nothing happens. */
  private static String text(LayerStatus status) {
    Map<String, String> details = new TreeMap<>(status.details());
    details.keySet().removeIf(key -> key.endsWith(".ageMs"));
    return status.state() + details;
  }
}
