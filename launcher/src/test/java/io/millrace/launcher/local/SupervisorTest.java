package io.millrace.launcher.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.local.process.Child;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.JvmCommand;
import io.millrace.launcher.local.process.ProcessState;
import io.millrace.launcher.local.process.ProcessTable;
import io.millrace.launcher.local.process.SystemListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SupervisorTest {
  private static final long PATIENCE_S = 120;

  @TempDir private Path root;
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private DataDirectory dir;
  private Supervisor supervisor;

  /** A process that waits until it is ended. */
  static final class Waiting {
    public static void main(String[] args) throws InterruptedException {
      System.out.println("waiting");
      new java.util.concurrent.CountDownLatch(1).await();
    }
  }

  /** A process that ends with the status it is given. */
  static final class Ending {
    public static void main(String[] args) {
      System.out.println("cannot go on: found no reason");
      System.exit(Integer.parseInt(args[0]));
    }
  }

  /** A process that its main class throws out. */
  static final class Throwing {
    public static void main(String[] args) {
      deeper(20);
    }

    private static void deeper(int levels) {
      if (levels == 0) {
        throw new IllegalStateException("no reason", new java.io.IOException("disk full"));
      }
      deeper(levels - 1);
    }
  }

  @BeforeEach
  void start() {
    dir = new DataDirectory(root);
    dir.prepare();
    supervisor = new Supervisor(dir, new Recorder());
  }

  @AfterEach
  void stop() {
    supervisor.beginStop();
    supervisor.stop(List.of("one"), Duration.ofSeconds(10));
    supervisor.close();
  }

  @Test
  void shouldStartAKilledProcessAgainAndSayHowItEnded() throws Exception {
    CompletableFuture<Void> ready = supervisor.start(child(Waiting.class), Process::isAlive);
    ready.get(PATIENCE_S, TimeUnit.SECONDS);
    assertThat(next()).isEqualTo("starting one");
    assertThat(next()).isEqualTo("ready one");
    ProcessHandle first = ProcessHandle.of(supervisor.entries().get(0).pid()).orElseThrow();

    first.destroyForcibly();

    assertThat(next()).startsWith("died one was killed (SIGKILL)");
    assertThat(next()).isEqualTo("starting one");
    assertThat(next()).isEqualTo("ready one");
    ProcessTable.Entry entry = ProcessTable.read(dir.processes()).orElseThrow().processes().get(0);
    assertThat(entry.restarts()).isEqualTo(1);
    assertThat(entry.pid()).isNotEqualTo(first.pid());
    assertThat(entry.state()).isEqualTo(ProcessState.RUNNING);
  }

  @Test
  void shouldStartAProcessAgainOnceWhatWasInItsWayIsGone() throws Exception {
    supervisor.start(child(Waiting.class), Process::isAlive).get(PATIENCE_S, TimeUnit.SECONDS);
    assertThat(next()).isEqualTo("starting one");
    assertThat(next()).isEqualTo("ready one");
    Path logs = dir.output("one").getParent();
    Path aside = root.resolve("aside");
    Files.move(logs, aside);
    Files.createFile(logs);

    ProcessHandle.of(supervisor.entries().get(0).pid()).orElseThrow().destroyForcibly();

    assertThat(next()).startsWith("died one was killed (SIGKILL)");
    assertThat(next()).startsWith("died one could not be started: ");
    Files.delete(logs);
    Files.move(aside, logs);
    String heard = next();
    while (heard.startsWith("died one could not be started: ")) {
      heard = next();
    }
    assertThat(heard).isEqualTo("starting one");
    assertThat(next()).isEqualTo("ready one");
  }

  @Test
  void shouldGiveUpAtOnceOnABadConfiguration() throws Exception {
    CompletableFuture<Void> ready = supervisor.start(child(Ending.class, "2"), process -> false);

    assertThatThrownBy(() -> ready.get(PATIENCE_S, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith(
            "cannot start one: it ended with exit code 2: cannot go on: found no reason")
        .hasMessageEndingWith("more in " + dir.log("one"));
    assertThat(supervisor.entries().get(0).state()).isEqualTo(ProcessState.FAILED);
  }

  @Test
  void shouldSayWhatAProcessDiedOfWithoutItsStackTrace() throws Exception {
    CompletableFuture<Void> ready = supervisor.start(child(Throwing.class), process -> false);

    assertThatThrownBy(() -> ready.get(PATIENCE_S, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_STARTED))
        .hasMessageContaining("ended with exit code 1: Exception in thread \"main\"")
        .hasMessageContaining("IllegalStateException: no reason")
        .hasMessageContaining("Caused by: java.io.IOException: disk full")
        .hasMessageNotContaining("Throwing.deeper");
  }

  @Test
  void shouldGiveUpAProcessThatWasNeverReadyAfterThreeDeaths() throws Exception {
    CompletableFuture<Void> ready = supervisor.start(child(Ending.class, "1"), process -> false);

    assertThatThrownBy(() -> ready.get(PATIENCE_S, TimeUnit.SECONDS))
        .cause()
        .hasMessageContaining("it ended with exit code 1");
    assertThat(heard.stream().filter(line -> line.startsWith("starting"))).hasSize(3);
  }

  @Test
  void shouldStopAProcessAndNotStartItAgain() throws Exception {
    supervisor.start(child(Waiting.class), Process::isAlive).get(PATIENCE_S, TimeUnit.SECONDS);
    long pid = supervisor.entries().get(0).pid();

    supervisor.beginStop();
    supervisor.stop(List.of("one", "unknown"), Duration.ofSeconds(10));

    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(heard).contains("stopping one", "stopped one");
  }

  private Child child(Class<?> main, String... arguments) {
    return new Child(
        "one",
        "",
        new JvmCommand(main.getName(), "32m", dir.log("one"), List.of(arguments)),
        dir.output("one"));
  }

  private String next() throws InterruptedException {
    return heard.poll(PATIENCE_S, TimeUnit.SECONDS);
  }

  private final class Recorder implements SystemListener {
    @Override
    public void starting(String process) {
      heard.add("starting " + process);
    }

    @Override
    public void ready(String process, Duration took, String where) {
      heard.add("ready " + process);
    }

    @Override
    public void died(String process, String end, Duration pause, String log) {
      heard.add("died " + process + " " + end);
    }

    @Override
    public void failed(String process, String end, String log) {
      heard.add("failed " + process + " " + end);
    }

    @Override
    public void stopping(String process) {
      heard.add("stopping " + process);
    }

    @Override
    public void killed(String process, Duration patience) {
      heard.add("killed " + process);
    }

    @Override
    public void stopped(String process, Duration took) {
      heard.add("stopped " + process);
    }
  }
}
