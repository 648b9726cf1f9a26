package io.millrace.speed.streams;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * Names a data directory for good, so that a process that comes back with it is known as the same.
 */
public final class MemberId {
  private static final String FILE = "member-id";

  private MemberId() {}

  /**
   * Reads the id of {@code dir}, giving it one the first time.
   *
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  public static String of(Path dir) {
    Path file = dir.resolve(FILE);
    try {
      Files.createDirectories(dir);
      if (!Files.exists(file) || Files.readString(file).isBlank()) {
        // Two directories without a name would be taken for one process, and fence each other.
        Path whole = dir.resolve(FILE + ".new");
        Files.writeString(whole, UUID.randomUUID().toString().substring(0, 8));
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot keep live state in "
              + dir
              + ": found "
              + e
              + ", expected a directory that this"
              + " user may write; set data.dir to one",
          e);
    }
  }
}
