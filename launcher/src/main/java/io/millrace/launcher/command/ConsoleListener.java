package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.process.SystemListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Shows what becomes of the processes: a line when it is known, and a clock until then. */
public final class ConsoleListener implements SystemListener, AutoCloseable {
  private static final String[] SPINNER = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

  /**
   * Without a terminal: when it is first said that a process still starts, and at most how often.
   */
  private static final Duration FIRST_WORD = Duration.ofSeconds(30);

  private static final Duration NEXT_WORD = Duration.ofMinutes(2);

  /** A pause that is worth a word. */
  private static final Duration STILL = Duration.ofSeconds(20);

  private final Console console;
  private final Map<String, Long> starting = new LinkedHashMap<>();
  private final Map<String, String> doing = new HashMap<>();
  private final Map<String, Duration> said = new HashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "clock");
            thread.setDaemon(true);
            return thread;
          });
  private final LongSupplier nanos;
  private boolean closed;
  private int tick;

  public ConsoleListener(Console console) {
    this(console, System::nanoTime);
  }

  ConsoleListener(Console console, LongSupplier nanos) {
    this.console = console;
    this.nanos = nanos;
    clock.scheduleAtFixedRate(this::draw, 100, 100, TimeUnit.MILLISECONDS);
  }

  private synchronized void draw() {
    if (closed || starting.isEmpty()) {
      return;
    }
    tick++;
    List<String> lines = new ArrayList<>();
    starting.forEach(
        (process, since) ->
            lines.add(
                String.format(
                    "  %s %-8s %s",
                    console.yellow(SPINNER[tick % SPINNER.length]),
                    process,
                    console.dim("starting, " + Text.duration(since(since)) + doing(process)))));
    console.block(lines);
  }

  private Duration since(long then) {
    return Duration.ofNanos(nanos.getAsLong() - then);
  }

  private String doing(String process) {
    return doing.containsKey(process) ? ": " + doing.get(process) : "";
  }

  @Override
  public synchronized void waiting(
      String process, String does, Duration still, MillraceConfig.Up limits) {
    Long began = starting.get(process);
    if (closed || began == null) {
      return;
    }
    doing.put(
        process,
        still.compareTo(STILL) < 0
            ? does
            : does
                + " (nothing has moved for "
                + Text.duration(still)
                + "; it is given up after "
                + Text.duration(limits.patience())
                + " of that, up.patience)");
    Duration took = since(began);
    if (!console.live() && took.compareTo(said.getOrDefault(process, FIRST_WORD)) >= 0) {
      said.put(process, took.plus(took.compareTo(NEXT_WORD) < 0 ? took : NEXT_WORD));
      console.line(
          String.format(
              "  … %-8s starting for %s%s", process, Text.duration(took), doing(process)));
    }
  }

  @Override
  public synchronized void starting(String process) {
    starting.put(process, nanos.getAsLong());
    doing.remove(process);
    said.remove(process);
    draw();
  }

  @Override
  public synchronized void ready(String process, Duration took, String where) {
    starting.remove(process);
    console.line(
        String.format(
            "  %s %-8s ready in %s%s",
            console.green("✓"),
            process,
            Text.duration(took),
            where.isEmpty() ? "" : "   " + console.dim(where)));
    draw();
  }

  @Override
  public synchronized void died(String process, String end, Duration pause, String log) {
    starting.remove(process);
    console.line(
        String.format(
            "  %s %-8s %s; starting it again in %s (log: %s)",
            console.yellow("!"), process, indented(end), Text.duration(pause), log));
  }

  @Override
  public synchronized void failed(String process, String end, String log) {
    starting.remove(process);
    console.line(
        String.format("  %s %-8s %s (log: %s)", console.red("✗"), process, indented(end), log));
  }

  /** What a process printed last can be several lines. */
  private static String indented(String end) {
    return end.replace("\n", "\n             ");
  }

  @Override
  public synchronized void stopping(String process) {
    starting.remove(process);
  }

  @Override
  public synchronized void stopped(String process, Duration took) {
    console.line(
        String.format("  %s %-8s stopped in %s", console.green("✓"), process, Text.duration(took)));
  }

  @Override
  public synchronized void killed(String process, Duration patience) {
    console.line(
        String.format(
            "  %s %-8s killed: it had not ended after %s",
            console.yellow("!"), process, Text.duration(patience)));
  }

  @Override
  public synchronized void close() {
    closed = true;
    clock.shutdown();
    console.clearBlock();
  }
}
