package io.millrace.serving.spool;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where answers are kept until their clients have read them. What they take of the disk is bounded
 * in all. Thread-safe.
 */
public final class Spools {
  /** How many bytes of one answer stay on the heap. */
  static final int HEAP_BYTES = 1 << 20;

  /** How many of the largest answers there is room for on the disk. */
  static final int ANSWERS = 8;

  private final Path dir;
  private final long answer;
  private final AtomicLong used = new AtomicLong();

  /**
   * @param dir made when it is needed
   * @param answer most bytes of one answer; all that are on the disk have {@link #ANSWERS} times as
   *     many
   */
  public Spools(Path dir, long answer) {
    this.dir = dir;
    this.answer = answer;
  }

  /** For one answer. */
  public AnswerBytes plain() {
    return AnswerBytes.plain(new Spool(this), answer);
  }

  /** For one answer, compressed by gzip. */
  public AnswerBytes gzip() {
    return AnswerBytes.gzip(new Spool(this), answer);
  }

  /** A file that is gone when it is closed, and with this process, however that ends. */
  FileChannel file() throws IOException {
    Files.createDirectories(dir);
    Path path = Files.createTempFile(dir, "answer", ".part");
    return FileChannel.open(
        path,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /**
   * @throws MillraceException {@code BUSY}
   */
  void take(long bytes) {
    if (used.addAndGet(bytes) > ANSWERS * answer) {
      used.addAndGet(-bytes);
      throw new MillraceException(
          ErrorCode.BUSY,
          "cannot answer now: found more than "
              + ANSWERS * answer
              + " bytes of answers that clients have not read yet, expected fewer; ask again, or"
              + " another replica");
    }
  }

  void give(long bytes) {
    used.addAndGet(-bytes);
  }

  /** How many bytes of the disk are taken. */
  public long used() {
    return used.get();
  }
}
