package io.millrace.launcher.output;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Questions as files and pipes hold them. Stateless. */
public final class SqlText {
  /** More than the serving layer takes. */
  private static final int MOST_BYTES = 1 << 20;

  /** Editors of Windows put it before a text. */
  private static final String MARK = "\uFEFF";

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
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return withoutEnd(text.startsWith(MARK) ? text.substring(MARK.length()) : text);
    } catch (CharacterCodingException e) {
      // A letter that was replaced would be another question, which finds nothing.
      throw unread(named, "bytes that are no UTF-8", e);
    } catch (IOException e) {
      throw unread(named, Reason.of(e), e);
    }
  }

  private static MillraceException unread(Optional<Path> named, String found, IOException e) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot read the question: found "
            + found
            + ", expected a SELECT in "
            + named.map(Path::toString).orElse("standard input")
            + "; correct --file",
        e);
  }

  /** SQL without a semicolon behind it. */
  public static String withoutEnd(String sql) {
    return sql.stripTrailing().replaceFirst("[;\\s]+$", "");
  }
}
