package io.millrace.launcher.local;

import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceConfig;
import io.millrace.control.MillraceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The batch layer's verifier, as a process of its own. Stateless. */
public final class VerifyProcess {
  /**
   * Half of the CPU time of a short verification is the start of Spark, and most of that compiles
   * code that runs for seconds: below this many records the fast compiler alone is the faster one.
   */
  private static final long SHORT_RECORDS = 50_000_000;

  private static final List<String> SHORT_OPTIONS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private VerifyProcess() {}

  /**
   * Runs it to its end.
   *
   * @param configFile the configuration in effect
   * @param answer the answer to check
   * @param records how many records it is of, about
   * @param said each line it prints
   * @return its exit code
   */
  public static int run(
      MillraceConfig config,
      DataDirectory dir,
      Path configFile,
      String view,
      Path answer,
      long records,
      Consumer<String> said) {
    JvmCommand command =
        new JvmCommand(
            "io.millrace.batch.VerifyMain",
            config.memory().batch(),
            dir.log("verify"),
            List.of(
                "--config",
                configFile.toString(),
                "--view",
                view,
                "--answer",
                answer.toString(),
                "--parent-pid",
                Long.toString(ProcessHandle.current().pid())),
            config.batch().master().startsWith("local"),
            records < SHORT_RECORDS ? SHORT_OPTIONS : List.of());
    ProcessBuilder builder = command.layer(dir.output("verify"));
    builder.redirectOutput(ProcessBuilder.Redirect.PIPE);
    try {
      Process process = builder.start();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          said.accept(line);
        }
        return process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return 1;
      } finally {
        process.destroy();
      }
    } catch (IOException e) {
      throw new MillraceException(ErrorCode.INTERNAL, "cannot run the verifier: " + e, e);
    }
  }
}
