package io.millrace.launcher.demo;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.client.Application;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.command.ApplyCommand;
import io.millrace.launcher.command.ConsoleListener;
import io.millrace.launcher.command.TimeConverter;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Stoppable;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.LocalSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  millrace demo --for 90s",
      "  millrace demo --rate 1000 --data-dir /tmp/millrace-demo"
    },
    description = {
      "Runs examples/shop on a fresh system: made-up events, live views, a run every 20 s.",
      "With --for it ends by itself: it then verifies every view, row by row, and exits with 0 only"
          + " if all are equal and each has had at least two runs."
    })
public final class DemoCommand implements Callable<Integer> {
  /** Up to how many events a second need no optimised code. */
  private static final double BRIEF_RATE = 2_000;

  private static final Duration REFRESH = Duration.ofMillis(500);
  private static final Duration PLAIN_REFRESH = Duration.ofSeconds(10);

  @Mixin private ConfigOptions options;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "how long events flow, such as 90s or 5m (default: until Ctrl-C)")
  private Duration time;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "250",
      description = "events per second (default: ${DEFAULT-VALUE})")
  private double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "of the made-up events (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      defaultValue = "5m",
      description = "how long to wait at the end for a second run (default: ${DEFAULT-VALUE})")
  private Duration patience;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "keep the data here (default: a temporary directory, removed at the end)")
  private Path dataDir;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    StopSignal stop = StopSignal.install();
    Path dir = dataDir != null ? dataDir : temporary();
    try {
      return run(stop, options.wanted(settings(dir)));
    } finally {
      if (dataDir == null) {
        remove(dir);
      }
    }
  }

  private static Map<String, String> settings(Path dir) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data.dir", dir.toString());
    settings.put("kafka.port", "0");
    settings.put("serving.port", "0");
    settings.put("batch.schedule.override", "0/20 * * * * ?");
    return settings;
  }

  private int run(StopSignal stop, MillraceConfig wanted) {
    Path shop = shop();
    console.line(console.bold("millrace demo") + console.dim("   data in " + wanted.dataDir()));
    try (ConsoleListener listener = new ConsoleListener(console);
        Stoppable<LocalSystem> starting =
            Stoppable.start(stop, () -> LocalSystem.start(wanted, listener, rate <= BRIEF_RATE))) {
      if (starting.interrupted()) {
        console.line("stopped while starting");
        return ExitCode.FAILED;
      }
      LocalSystem system = starting.value();
      console.line("");
      console.line(console.bold("apply") + console.dim("   " + shop));
      ApplyCommand.show(console, Application.apply(system.config(), system.control(), shop));
      console.line("");
      int code = watch(stop, system);
      console.line("");
      console.line("stopping");
      return code;
    }
  }

  private int watch(StopSignal stop, LocalSystem system) {
    List<SourceDefinition> sources = List.copyOf(system.control().state().sources().values());
    DemoScreen screen = new DemoScreen(console, system);
    try (ShopTraffic traffic = new ShopTraffic(system.config(), sources, rate, seed)) {
      console.line("open " + console.bold(system.servingUrl() + "/") + " for the live page");
      console.line("");
      traffic.start();
      Instant began = Instant.now();
      Duration refresh = console.live() ? REFRESH : PLAIN_REFRESH;
      Duration passed = Duration.ZERO;
      while (time == null || passed.compareTo(time) < 0) {
        screen.show(passed, Optional.ofNullable(time), traffic.sent());
        Duration rest = time == null ? refresh : time.minus(passed);
        if (stop.await(rest.compareTo(refresh) < 0 ? rest : refresh)) {
          console.keepBlock();
          return time == null ? ExitCode.OK : interrupted();
        }
        traffic
            .failure()
            .ifPresent(
                failure -> {
                  throw failure;
                });
        passed = Duration.between(began, Instant.now());
      }
      traffic.stop();
      screen.show(passed, Optional.of(time), traffic.sent());
      console.keepBlock();
      console.line("");
      console.line(
          console.bold("checking")
              + console.dim("   " + Text.count(traffic.sent()) + " events sent"));
      DemoCheck check =
          new DemoCheck(
              console,
              system.config(),
              system.directory().effectiveConfig(),
              system.control()::state,
              stop,
              patience);
      return check.check() ? ExitCode.OK : ExitCode.FAILED;
    }
  }

  private int interrupted() {
    console.line("stopped before the time was up: nothing was checked");
    return ExitCode.FAILED;
  }

  private static Path shop() {
    String home = Optional.ofNullable(System.getenv("MILLRACE_HOME")).orElse(".");
    Path shop = Path.of(home, "examples", "shop");
    if (!Files.isDirectory(shop)) {
      throw new MillraceException(
          ErrorCode.APPLICATION_EMPTY,
          "cannot run the demo: found no "
              + shop.toAbsolutePath()
              + ", expected the example; start it by the 'millrace' script of a checkout");
    }
    return shop;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("millrace-demo-");
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot make a temporary directory: " + e + "; name one by --data-dir",
          e);
    }
  }

  private void remove(Path dir) {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      console.line("cannot remove " + dir + ": " + e);
    }
  }
}
