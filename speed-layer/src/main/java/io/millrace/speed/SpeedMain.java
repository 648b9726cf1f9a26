package io.millrace.speed;

import io.millrace.control.ControlLog;
import io.millrace.control.MillraceConfig;
import io.millrace.control.MillraceException;
import io.millrace.control.ParentWatch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The speed layer as a process: {@code --config FILE [--parent-pid N]}. Ends with 0 after SIGTERM, 1
 * after a failure, 2 if the arguments or the configuration are wrong.
 */
public final class SpeedMain {
  private static final Logger log = LoggerFactory.getLogger(SpeedMain.class);
  private static final Duration REPORT = Duration.ofSeconds(2);
  private static final String USAGE = "usage: SpeedMain --config FILE [--parent-pid N]";

  private static volatile int exitStatus;

  /** What the command line says. */
  private record Arguments(Path config, OptionalLong parentPid) {
    static Optional<Arguments> parse(String[] args) {
      Path config = null;
      OptionalLong parent = OptionalLong.empty();
      for (int i = 0; i + 1 < args.length; i += 2) {
        switch (args[i]) {
          case "--config" -> config = Path.of(args[i + 1]);
          case "--parent-pid" -> parent = OptionalLong.of(Long.parseLong(args[i + 1]));
          default -> {
            return Optional.empty();
          }
        }
      }
      return config == null || args.length % 2 != 0
          ? Optional.empty()
          : Optional.of(new Arguments(config, parent));
    }
  }

  private SpeedMain() {}

  public static void main(String[] args) {
    int status;
    try {
      status = run(args);
    } catch (MillraceException e) {
      System.err.println(e.getMessage());
      status = 1;
    } catch (InterruptedException e) {
      status = 1;
    } catch (RuntimeException e) {
      log.error("the speed layer cannot go on", e);
      System.err.println("cannot run the speed layer: " + e);
      status = 1;
    }
    exitStatus = status;
    System.exit(status);
  }

  private static int run(String[] args) throws InterruptedException {
    Optional<Arguments> arguments;
    try {
      arguments = Arguments.parse(args);
    } catch (NumberFormatException e) {
      arguments = Optional.empty();
    }
    if (arguments.isEmpty()) {
      System.err.println(USAGE);
      return 2;
    }
    MillraceConfig config;
    try {
      config =
          MillraceConfig.load(Optional.of(arguments.get().config()), System.getenv(), Map.of());
    } catch (MillraceException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    arguments.get().parentPid().ifPresent(ParentWatch::exitWith);
    serve(config);
    return 0;
  }

  private static void serve(MillraceConfig config) throws InterruptedException {
    String instance = instance();
    ControlLog control = ControlLog.open(config);
    SpeedLayer layer = new SpeedLayer(config, control, new EngineRuntime(), instance);
    SpeedStatus status = new SpeedStatus(layer, instance, Instant.now());
    ScheduledExecutorService reporter = Executors.newSingleThreadScheduledExecutor();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  reporter.shutdownNow();
                  control.report(status.last());
                  layer.close();
                  control.close();
                  ended.countDown();
                  // SIGTERM is how this process is meant to end: without this the status were 143.
                  Runtime.getRuntime().halt(exitStatus);
                },
                "speed-shutdown"));
    layer.start();
    reporter.scheduleWithFixedDelay(
        () -> report(control, status), 0, REPORT.toMillis(), TimeUnit.MILLISECONDS);
    System.out.println("speed ready");
    ended.await();
  }

  private static void report(ControlLog control, SpeedStatus status) {
    try {
      control.report(status.now());
    } catch (RuntimeException e) {
      log.warn("cannot report the status: {}", e.getMessage());
    }
  }

  private static String instance() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "localhost";
    }
    return host + ":" + ProcessHandle.current().pid();
  }
}
