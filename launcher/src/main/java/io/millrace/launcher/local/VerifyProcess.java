package io.millrace.launcher.local;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.JvmCommand;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * The batch layer's verifier, as a process of its own that verifies answer after answer: it starts
 * with the first and ends when closed. For one thread; any other may close it.
 */
public final class VerifyProcess implements AutoCloseable {
  /**
   * Half of the CPU time of a short verification is the start of Spark, and most of that compiles
   * code that runs for seconds: below this many records the fast compiler alone is the faster one.
   */
  private static final long SHORT_RECORDS = 50_000_000;

  /** What the verifier says last of each answer, with its exit code. */
  private static final String END = "end: ";

  private final MillraceConfig config;
  private final DataDirectory dir;
  private final Path configFile;

  private volatile boolean closed;
  private volatile Process process;
  private boolean isShort;
  private BufferedReader said;
  private BufferedWriter answers;

  /**
   * @param configFile the configuration in effect
   */
  public VerifyProcess(MillraceConfig config, DataDirectory dir, Path configFile) {
    this.config = config;
    this.dir = dir;
    this.configFile = configFile;
  }

  /**
   * Verifies one answer.
   *
   * @param records how many records it is of, about
   * @param listener told each line that the verifier prints
   * @return 0 if every row is equal; else 1, or how the process ended
   */
  public int verify(Path answer, long records, Consumer<String> listener) {
    try {
      if (process == null || !process.isAlive() || isShort && records >= SHORT_RECORDS) {
        end();
        start(records < SHORT_RECORDS);
      }
      answers.write(answer + "\n");
      answers.flush();
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        if (line.startsWith(END)) {
          return Integer.parseInt(line.substring(END.length()));
        }
        listener.accept(line);
      }
      return Math.max(1, process.waitFor());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } catch (IOException e) {
      if (closed) {
        return 1;
      }
      throw new MillraceException(ErrorCode.INTERNAL, "cannot run the verifier: " + e, e);
    }
  }

  private void start(boolean shortOne) throws IOException {
    isShort = shortOne;
    JvmCommand command =
        new JvmCommand(
            "io.millrace.batch.VerifyMain",
            config.memory().batch(),
            dir.log("verify"),
            List.of(
                "--config",
                configFile.toString(),
                "--parent-pid",
                Long.toString(ProcessHandle.current().pid())),
            config.batch().master().startsWith("local"),
            shortOne ? JvmCommand.BRIEF : List.of());
    process =
        command
            .layer(dir.output("verify"))
            .redirectInput(ProcessBuilder.Redirect.PIPE)
            .redirectOutput(ProcessBuilder.Redirect.PIPE)
            .start();
    said = process.inputReader(StandardCharsets.UTF_8);
    answers = process.outputWriter(StandardCharsets.UTF_8);
    if (closed) {
      end();
    }
  }

  private void end() {
    if (process != null) {
      process.destroy();
    }
  }

  /** Ends the process, whatever it does; {@link #verify} then returns. */
  @Override
  public void close() {
    closed = true;
    end();
  }
}
