package io.millrace.launcher.command;

import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.process.DataDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  millrace down",
    description = "Stops the system that runs on the data directory, in order; nothing is lost.")
public final class DownCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Mixin private ConfigOptions options;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    DataDirectory dir = options.directory();
    Optional<ProcessHandle> owner = dir.owner();
    if (owner.isEmpty()) {
      console.line("nothing is running on " + dir.root());
      return ExitCode.OK;
    }
    ProcessHandle launcher = owner.get();
    Instant began = Instant.now();
    CompletableFuture<ProcessHandle> exit = launcher.onExit();
    launcher.destroy();
    try {
      exit.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      console.line(
          console.red("✗")
              + " process "
              + launcher.pid()
              + " has not ended after "
              + PATIENCE.toSeconds()
              + " s: killing it; its processes end by themselves");
      launcher.destroyForcibly();
      return ExitCode.FAILED;
    }
    console.line("stopped in " + Text.duration(Duration.between(began, Instant.now())));
    return ExitCode.OK;
  }
}
