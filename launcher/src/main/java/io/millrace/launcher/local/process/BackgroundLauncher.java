package io.millrace.launcher.local.process;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A second launcher that outlives this one and its terminal. Stateless. */
public final class BackgroundLauncher {
  private BackgroundLauncher() {}

  /** What it prints. */
  public static Path output(DataDirectory dir) {
    return dir.output("up");
  }

  /**
   * @param mainClass the launcher's
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  public static Process start(DataDirectory dir, String mainClass, List<String> arguments) {
    dir.prepare();
    try {
      return new JvmCommand(mainClass, "384m", dir.log("up"), arguments)
          .builder(output(dir))
          .start();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL, "cannot start a launcher in the background: " + e, e);
    }
  }
}
