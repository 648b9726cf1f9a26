package io.millrace.control.process;

import io.millrace.control.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disk of a directory has room. A layer whose disk is full fails here and there in
 * words of its own; this says why, before and meanwhile. Thread-safe.
 */
final class DiskRoom {
  private static final Logger LOG = LoggerFactory.getLogger(DiskRoom.class);

  /** Less than this is full: a flush of a local store may need as much. */
  static final long LEAST_BYTES = 64L << 20;

  private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(2).toNanos();

  /** Bytes that this process may still write. */
  @FunctionalInterface
  interface Usable {
    long of(Path directory) throws IOException;
  }

  private final Path directory;
  private final Usable usable;
  private long lookedAt;
  private Optional<String> found;

  DiskRoom(Path directory, Usable usable) {
    this.directory = directory.toAbsolutePath();
    this.usable = usable;
  }

  static DiskRoom of(Path directory) {
    return new DiskRoom(directory, at -> Files.getFileStore(at).getUsableSpace());
  }

  /** What is wrong, in words; looks at most every two seconds. */
  synchronized Optional<String> problem() {
    long now = System.nanoTime();
    if (found == null || now - lookedAt >= LOOK_AGAIN_NANOS) {
      lookedAt = now;
      found = look();
    }
    return found;
  }

  private Optional<String> look() {
    Path there = directory;
    while (there.getParent() != null && Files.notExists(there)) {
      there = there.getParent();
    }
    try {
      long bytes = usable.of(there);
      return bytes >= LEAST_BYTES
          ? Optional.empty()
          : Optional.of(
              ErrorCode.DISK_FULL
                  + ": cannot write much more to "
                  + directory
                  + ": found "
                  + (bytes >> 20)
                  + " MiB of room on its disk, expected at least "
                  + (LEAST_BYTES >> 20)
                  + " MiB; make some");
    } catch (IOException e) {
      LOG.debug("the room of {} is not known", there, e);
      return Optional.empty();
    }
  }
}
