package io.millrace.control.process;

import io.millrace.control.config.Arguments;
import io.millrace.control.config.Durations;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main of every layer: {@code --config FILE}, and {@code --parent-pid N} to end with that
 * process.
 *
 * <p>Prints {@code <layer> ready} when the layer first runs, reports its status every 2 s, offers
 * its health and metrics over HTTP if {@code monitor.port} is set ({@link Monitor}), and closes it
 * on SIGTERM (and on SIGINT, unless it has a parent, which then decides). Once it has closed its
 * status is withdrawn: one that stays behind is of a process that died. A process that is {@link
 * Layer#dead} ends, to be started again. Exit status: 0 closed when told to, 1 failed, 2 wrong
 * usage or configuration. A {@link MillraceException} is shown by its message alone.
 */
public final class LayerMain {
  private static final Logger LOG = LoggerFactory.getLogger(LayerMain.class);
  private static final Duration CLOSE = Duration.ofSeconds(7);
  private static final List<String> STATES = List.of("starting", "running", "degraded", "stopping");
  private static final long TICK_MS = 200;
  private static final long WATCH_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long REPORT_MS = 2_000;

  private final String name;
  private final PrintStream out;
  private final CompletableFuture<Void> end;
  private final Instant startedAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final String instance = instance();
  private final DeathWatch deathWatch;

  private volatile Optional<Layer> running = Optional.empty();
  private volatile Optional<ControlLog> followed = Optional.empty();
  private volatile boolean stopping;
  private volatile Optional<Future<?>> ticking = Optional.empty();
  private volatile Optional<DiskRoom> disk = Optional.empty();
  private boolean ready;
  private String lastState = "";
  private long lastReport;
  private Map<String, String> address = Map.of();

  private LayerMain(String name, PrintStream out, CompletableFuture<Void> end) {
    this.name = name;
    this.out = out;
    this.end = end;
    this.deathWatch =
        new DeathWatch(
            name, () -> health().dead(), end::completeExceptionally, DeathWatch.PATIENCE);
  }

  /**
   * Runs a layer until it is told to stop or fails, then ends the JVM.
   *
   * @param name {@code speed}, {@code batch} or {@code serving}
   */
  public static void main(String name, String[] args, Layer.Starter starter) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    int status =
        exitStatus(
            System.err,
            () -> {
              JavaVersion.check();
              Arguments arguments = Arguments.parse(args, Set.of("config", "parent-pid"));
              StopSignals.handle(() -> end.complete(null));
              arguments
                  .lastNumber("parent-pid")
                  .ifPresent(
                      pid -> {
                        StopSignals.ignoreInterrupt();
                        ParentWatch.watch(pid, () -> end.complete(null));
                      });
              MillraceConfig config =
                  MillraceConfig.load(
                      arguments.last("config").map(Path::of), System.getenv(), Map.of());
              return new LayerMain(name, System.out, end).run(config, starter);
            });
    System.exit(status);
  }

  /**
   * Runs something that ends by itself, and says how it ended in the way of all mains.
   *
   * @param err where the message of a failure goes
   * @return what {@code task} returns; 1 or 2 if it throws
   */
  public static int exitStatus(PrintStream err, Callable<Integer> task) {
    try {
      return task.call();
    } catch (Exception e) {
      Optional<MillraceException> known = KafkaRefusal.explain(e);
      if (known.isPresent()) {
        LOG.debug("{}", known.get().code(), e);
        err.println(known.get().getMessage());
        return known.get().code() == ErrorCode.CONFIG_INVALID ? 2 : 1;
      }
      LOG.error("Failed", e);
      err.println(
          "cannot go on: found " + Reason.of(e) + ", expected no such error; the log has more");
      return 1;
    }
  }

  /** {@code host:pid} of this process. */
  public static String instance() {
    return instance(ProcessHandle.current().pid());
  }

  /** {@code host:pid} of a process of this host, as it names itself. */
  public static String instance(long pid) {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      LOG.debug("This host has no name", e);
      host = "localhost";
    }
    return host + ":" + pid;
  }

  /** Runs until {@code end} completes. */
  static int run(
      String name,
      PrintStream out,
      MillraceConfig config,
      CompletableFuture<Void> end,
      Layer.Starter starter)
      throws Exception {
    return new LayerMain(name, out, end).run(config, starter);
  }

  private int run(MillraceConfig config, Layer.Starter starter) throws Exception {
    if (config.dataSlots()) {
      try (DataSlot slot = DataSlot.claim(config.dataDir())) {
        LOG.info("keeps its state in {}", slot.directory());
        return runAlone(config.withDataSlot(slot.directory()), starter);
      }
    }
    return runAlone(config, starter);
  }

  private int runAlone(MillraceConfig config, Layer.Starter starter) throws Exception {
    disk = Optional.of(DiskRoom.of(config.dataDir()));
    try (Metrics metrics = Metrics.of(name);
        Monitor monitor = Monitor.start(config.monitor(), this::health, metrics).orElse(null);
        ControlLog log = ControlLog.open(config)) {
      GaugeTable states = metrics.table("millrace.layer.state", "1 for the state it is in");
      metrics.beforeScrape(() -> show(states));
      if (monitor != null) {
        address = Map.of("monitor", monitor.uri().toString());
      }
      log.report(status("starting", Map.of()));
      Layer layer =
          starter.start(
              new LayerContext(config, log, instance, end::completeExceptionally, metrics));
      followed = Optional.of(log);
      running = Optional.of(layer);
      Thread watch = new Thread(this::watch, "layer-watch");
      watch.setDaemon(true);
      watch.start();
      ScheduledExecutorService ticks =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread thread = new Thread(task, "layer-status");
                thread.setDaemon(true);
                return thread;
              });
      try {
        ticking =
            Optional.of(
                ticks.scheduleWithFixedDelay(
                    () -> tick(log, layer), 0, TICK_MS, TimeUnit.MILLISECONDS));
        end.join();
        return 0;
      } catch (CompletionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      } finally {
        stopping = true;
        ticks.shutdown();
        ticks.awaitTermination(TICK_MS, TimeUnit.MILLISECONDS);
        log.report(status("stopping", Map.of()));
        close(layer);
        log.withdraw(name, instance);
      }
    }
  }

  private void tick(ControlLog log, Layer layer) {
    try {
      String state = health().state();
      long now = System.nanoTime() / 1_000_000;
      if (!state.equals(lastState) || now - lastReport >= REPORT_MS) {
        log.report(status(state, details(layer)));
        lastState = state;
        lastReport = now;
      }
      if (!ready && LayerStatus.ready(state)) {
        ready = true;
        out.println(name + " ready");
        out.flush();
      }
    } catch (RuntimeException e) {
      LOG.warn("Could not report the status of this process", e);
    }
  }

  /** On a thread of its own: the one that reports may be what is dead. */
  private void watch() {
    while (!end.isDone()) {
      try {
        deathWatch.look(System.nanoTime());
      } catch (RuntimeException e) {
        LOG.warn("Could not tell whether this process lives", e);
      }
      LockSupport.parkNanos(WATCH_NANOS);
    }
  }

  private void show(GaugeTable states) {
    String now = health().state();
    STATES.forEach(state -> states.row(state.equals(now) ? 1 : 0, "state", state));
  }

  private Health health() {
    Optional<Layer> layer = running;
    if (stopping || layer.isEmpty()) {
      return new Health(name, stopping ? "stopping" : "starting", List.of(), Optional.empty());
    }
    Optional<String> dead =
        ticking.filter(ticks -> ticks.isDone() && !stopping).isPresent()
            ? Optional.of("the thread that reports the status has ended")
            : followed.flatMap(ControlLog::dead).or(layer.get()::dead);
    List<String> around = new ArrayList<>(followed.map(ControlLog::problems).orElse(List.of()));
    disk.flatMap(DiskRoom::problem).ifPresent(around::add);
    String state = layer.get().state();
    List<String> problems = new ArrayList<>(layer.get().problems());
    problems.addAll(around);
    return new Health(
        name, !around.isEmpty() && state.equals("running") ? "degraded" : state, problems, dead);
  }

  private Map<String, String> details(Layer layer) {
    Map<String, String> details = new HashMap<>(layer.details());
    disk.flatMap(DiskRoom::problem).ifPresent(full -> details.put("error.disk", full));
    followed.map(ControlLog::problems).stream()
        .flatMap(List::stream)
        .reduce((one, other) -> one + "; " + other)
        .ifPresent(wrong -> details.put("error.control", wrong));
    return details;
  }

  private LayerStatus status(String state, Map<String, String> details) {
    Map<String, String> all = new HashMap<>(details);
    all.putAll(address);
    return new LayerStatus(
        name, instance, state, startedAt, Instant.now().truncatedTo(ChronoUnit.MILLIS), all);
  }

  private void close(Layer layer) throws Exception {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                layer.close();
                closed.complete(null);
              } catch (Exception e) {
                closed.completeExceptionally(e);
              }
            },
            "layer-close");
    thread.setDaemon(true);
    thread.start();
    try {
      closed.get(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL,
          "cannot close the "
              + name
              + " layer: found it still closing after "
              + Durations.format(CLOSE)
              + ", expected less; the next start carries on from its last commit",
          e);
    }
  }
}
