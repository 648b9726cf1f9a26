package io.millrace.launcher.output;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Questions as files and pipes hold them. Stateless. */
public final class SqlText {
  /** More than the serving layer takes. */
  private static final int MOST_BYTES = 1 << 20;

  private SqlText() {}

  /**
   * The question, without the semicolon that may end it.
   *
   * @param file empty or {@code -}: standard input
   * @throws MillraceException {@code BAD_REQUEST}
   */
  public static String read(Optional<Path> file) {
    Optional<Path> named = file.filter(path -> !path.toString().equals("-"));
    try (InputStream in = named.isPresent() ? Files.newInputStream(named.get()) : System.in) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException("more than " + MOST_BYTES + " bytes");
      }
      return withoutEnd(new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot read the question: found "
              + Reason.of(e)
              + ", expected a SELECT in "
              + named.map(Path::toString).orElse("standard input")
              + "; correct --file",
          e);
    }
  }

  /** SQL without a semicolon behind it. */
  public static String withoutEnd(String sql) {
    return sql.stripTrailing().replaceFirst("[;\\s]+$", "");
  }
}
