package io.millrace.launcher.produce;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows that were not sent: counted, the first few kept, and all of them written to a file if one is
 * named, as JSON lines with {@code line}, {@code reason} and {@code row}, the row as it stood. What
 * {@link #add} returns from is in the file. Not thread-safe.
 */
final class Rejects implements AutoCloseable {
  private static final int EXAMPLES = 5;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Optional<Path> file;
  private final OutputStream out;
  private final List<String> examples = new ArrayList<>();
  private long count;

  private Rejects(Optional<Path> file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /**
   * @param input the file that is read, which cannot be this one
   * @param goOn whether what is in the file stays
   * @throws MillraceException {@code BAD_REQUEST} if it cannot be written
   */
  static Rejects open(Optional<Path> file, Path input, boolean goOn) {
    if (file.isEmpty()) {
      return new Rejects(file, OutputStream.nullOutputStream());
    }
    Path path = file.get();
    try {
      if (Files.exists(path) && Files.exists(input) && Files.isSameFile(path, input)) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot keep rejected rows in "
                + path
                + ": found that it is the file to send, expected another; name one by --rejects");
      }
      boolean torn = goOn && isTorn(path);
      OutputStream out =
          Files.newOutputStream(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              goOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
      if (torn) {
        out.write('\n');
      }
      return new Rejects(file, out);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot keep rejected rows in " + path + ": " + e + "; name a file that can be written",
          e);
    }
  }

  /** Whether the disk was full in the middle of a line. */
  private static boolean isTorn(Path path) throws IOException {
    if (!Files.isRegularFile(path) || Files.size(path) == 0) {
      return false;
    }
    try (RandomAccessFile read = new RandomAccessFile(path.toFile(), "r")) {
      read.seek(read.length() - 1);
      return read.read() != '\n';
    }
  }

  /**
   * @param reason names the line, too
   * @throws MillraceException {@code BAD_REQUEST} if it cannot be written: this row is not counted
   */
  void add(long line, String reason, String row) {
    try {
      if (file.isPresent()) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("line", line);
        written.put("reason", reason);
        written.put("row", row);
        out.write((JSON.writeValueAsString(written) + "\n").getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot keep line "
              + line
              + " in "
              + file.get()
              + ": "
              + e
              + "; free space there, or name another file by --rejects",
          e);
    }
    count++;
    if (examples.size() < EXAMPLES) {
      examples.add(reason);
    }
  }

  long count() {
    return count;
  }

  List<String> examples() {
    return List.copyOf(examples);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST, "cannot close " + file.get() + ": " + e, e);
    }
  }
}
