package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Stoppable;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.LocalSystem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  millrace up", "  millrace up --detach --set serving.port=0"},
    description = {
      "Starts the system on this machine and supervises it until Ctrl-C.",
      "It starts one process per layer and, unless kafka.bootstrap.servers is set, a Kafka broker."
          + " All state is in data.dir: a later 'up' on the same directory carries on."
    })
public final class UpCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options;

  @Spec private CommandSpec spec;

  @Option(
      names = "--detach",
      description = "return when everything is ready; 'millrace down' stops it")
  private boolean detach;

  @Option(names = "--background", hidden = true, description = "this is what --detach started")
  private boolean background;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.wanted();
    if (detach) {
      List<String> arguments = new ArrayList<>(List.of("up", "--background"));
      arguments.addAll(options.arguments());
      return new Detached(config, console).start(spec.root().userObject().getClass(), arguments);
    }
    StopSignal stop = StopSignal.install();
    console.line(console.bold("millrace up") + console.dim("   data in " + config.dataDir()));
    Instant began = Instant.now();
    try (ConsoleListener listener = new ConsoleListener(console);
        Stoppable<LocalSystem> system =
            Stoppable.start(stop, () -> LocalSystem.start(config, listener, false))) {
      if (system.interrupted()) {
        console.line("stopped while starting");
        return ExitCode.FAILED;
      }
      ready(system.value(), Duration.between(began, Instant.now()));
      stop.await();
      console.line("");
      console.line("stopping");
    }
    console.line("stopped; 'millrace up' carries on where it left off");
    return ExitCode.OK;
  }

  private void ready(LocalSystem system, Duration took) {
    console.line("");
    console.line(console.green("ready") + " in " + Text.duration(took));
    console.line("  web page   " + system.servingUrl() + "/");
    console.line("  API        " + system.servingUrl() + "/v1/views");
    system.postgres().ifPresent(address -> console.line("  Postgres   " + address));
    console.line("  metrics    " + system.servingUrl() + "/metrics");
    console.line("  Kafka      " + system.config().kafka().bootstrapServers().orElse(""));
    console.line("  logs       " + system.directory().logs());
    console.line("");
    if (!background) {
      console.line(
          console.dim("Ctrl-C stops it. Next, in another terminal: millrace apply examples/shop"));
    }
  }
}
