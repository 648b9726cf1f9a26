package io.millrace.launcher.command;

import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.SystemListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows what becomes of the processes: a line when it is known, and a clock until then. */
public final class ConsoleListener implements SystemListener, AutoCloseable {
  private static final String[] SPINNER = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

  private final Console console;
  private final Map<String, Long> starting = new LinkedHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "clock");
            thread.setDaemon(true);
            return thread;
          });
  private boolean closed;
  private int tick;

  public ConsoleListener(Console console) {
    this.console = console;
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
                    console.dim(
                        "starting, "
                            + Text.duration(Duration.ofNanos(System.nanoTime() - since))))));
    console.block(lines);
  }

  @Override
  public synchronized void starting(String process) {
    starting.put(process, System.nanoTime());
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
