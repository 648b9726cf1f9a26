package io.millrace.control.process;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A data directory of a process's own below one that several share: the first {@code slot-N} that
 * no other process holds. The lock ends with the process, however it ends, and the next process to
 * come takes up the state that the last one left there.
 *
 * <p>Locks are the operating system's: they hold between containers of one machine that share a
 * volume, not between machines.
 */
final class DataSlot implements AutoCloseable {
  private static final int MOST = 1_000;

  private final Path directory;
  private final FileChannel lock;

  private DataSlot(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * @param shared made if missing
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  static DataSlot claim(Path shared) {
    try {
      for (int number = 0; number < MOST; number++) {
        Path directory = Files.createDirectories(shared.resolve("slot-" + number));
        FileChannel channel =
            FileChannel.open(
                directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (locked(channel)) {
          return new DataSlot(directory, channel);
        }
        channel.close();
      }
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot take a directory below "
              + shared
              + ": found that it cannot be written ("
              + e
              + "), expected a writable directory; change its rights or set data.dir",
          e);
    }
    throw new MillraceException(
        ErrorCode.DATA_DIR_NOT_WRITABLE,
        "cannot take a directory below "
            + shared
            + ": found "
            + MOST
            + " of them in use, expected a free one; give these processes data directories of"
            + " their own by data.dir");
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // Held by this very JVM.
      return false;
    }
  }

  Path directory() {
    return directory;
  }

  /** Leaves the directory to the next. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
