package io.millrace.launcher.local.start;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.LayerStatus;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.LogTail;
import io.millrace.launcher.local.process.ProcessTable;
import io.millrace.launcher.local.process.SystemListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for processes that start, for as long as something moves. For one thread. */
public final class Startup {
  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);
  private static final long LOOK_MS = 1000;

  private final Path logs;
  private final MillraceConfig.Up limits;
  private final SystemListener listener;
  private final Supplier<List<ProcessTable.Entry>> entries;
  private final BiFunction<String, Long, Optional<LayerStatus>> status;
  private final StartWatch watch;
  private final Map<String, List<LogTail>> tails = new HashMap<>();
  private final DataDirectory dir;

  /**
   * @param status what the process of that name and id says of itself
   */
  public Startup(
      DataDirectory dir,
      MillraceConfig.Up limits,
      SystemListener listener,
      Supplier<List<ProcessTable.Entry>> entries,
      BiFunction<String, Long, Optional<LayerStatus>> status) {
    this.dir = dir;
    this.logs = dir.logs();
    this.limits = limits;
    this.listener = listener;
    this.entries = entries;
    this.status = status;
    this.watch = new StartWatch(limits, System.nanoTime());
  }

  /**
   * Returns when all are ready.
   *
   * @param ready by the name of the process
   * @throws MillraceException {@code NOT_STARTED}; what one of them failed with
   */
  public void await(Map<String, CompletableFuture<Void>> ready) throws InterruptedException {
    Map<String, CompletableFuture<Void>> pending = new LinkedHashMap<>(ready);
    while (true) {
      for (String name : List.copyOf(pending.keySet())) {
        if (done(name, pending.get(name))) {
          pending.remove(name);
          watch.ready(name, System.nanoTime());
        }
      }
      if (pending.isEmpty()) {
        return;
      }
      entries.get().stream().filter(entry -> pending.containsKey(entry.name())).forEach(this::look);
      watch.check(logs, System.nanoTime());
      pause(pending);
    }
  }

  private void look(ProcessTable.Entry entry) {
    watch.look(entry.name(), signs(entry), System.nanoTime());
    listener.waiting(
        entry.name(), watch.doing(entry.name()), watch.still(System.nanoTime()), limits);
  }

  private Signs signs(ProcessTable.Entry entry) {
    List<String> lines =
        tails
            .computeIfAbsent(
                entry.name(),
                name -> List.of(new LogTail(dir.output(name)), new LogTail(dir.log(name))))
            .stream()
            .flatMap(tail -> tail.next().stream())
            .toList();
    Duration cpu =
        ProcessHandle.of(entry.pid())
            .flatMap(process -> process.info().totalCpuDuration())
            .orElse(Duration.ZERO);
    return new Signs(
        entry.pid(), entry.state(), cpu, status.apply(entry.name(), entry.pid()), lines);
  }

  /** Returns when one of them is done, or after a second. */
  private static void pause(Map<String, CompletableFuture<Void>> pending)
      throws InterruptedException {
    try {
      CompletableFuture.anyOf(pending.values().toArray(CompletableFuture[]::new))
          .get(LOOK_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("looks again at {}", pending.keySet(), e);
    }
  }

  private static boolean done(String process, CompletableFuture<Void> ready) {
    if (!ready.isDone()) {
      return false;
    }
    try {
      ready.join();
      return true;
    } catch (CompletionException e) {
      if (e.getCause() instanceof MillraceException known) {
        throw known;
      }
      throw new IllegalStateException("cannot start " + process, e.getCause());
    }
  }
}
