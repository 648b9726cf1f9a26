package io.millrace.launcher.produce.row;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The lines of a UTF-8 text, however they end. A line that is too long or no UTF-8 is handed out
 * with what is wrong with it, and the next one can be read. Holds a few lines at a time. Not
 * thread-safe.
 */
final class Lines {
  /** The longest line in bytes, and the longest row of several lines. */
  static final int LIMIT = 8 << 20;

  /** How much is kept of a line that is too long. */
  private static final int KEPT = 64 << 10;

  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final Deque<Line> returned = new ArrayDeque<>();
  private int at;
  private int end;
  private long number;

  /**
   * @param number from 1
   * @param text without its end; the beginning, if it is too long
   * @param end what ends it: LF, CR LF or CR; empty at the end of the file
   * @param problem why it cannot be read
   */
  record Line(long number, String text, String end, Optional<String> problem) {}

  /** Reads a text, behind the byte-order mark if it begins with one. */
  Lines(InputStream in) throws IOException {
    this.in = in;
    while (end < MARK.length) {
      int read = in.read(buffer, end, buffer.length - end);
      if (read < 0) {
        break;
      }
      end += read;
    }
    if (end >= MARK.length
        && buffer[0] == MARK[0]
        && buffer[1] == MARK[1]
        && buffer[2] == MARK[2]) {
      at = MARK.length;
    }
  }

  /**
   * Whether the text is UTF-16 or UTF-32 by its first bytes: a mark of those, or a letter with a
   * zero beside it.
   */
  boolean isWide() {
    if (end < 2) {
      return false;
    }
    int first = buffer[0] & 0xFF;
    int second = buffer[1] & 0xFF;
    return first == 0xFE && second == 0xFF
        || first == 0xFF && second == 0xFE
        || first == 0
        || second == 0;
  }

  /** The next line; empty at the end. */
  Optional<Line> next() throws IOException {
    if (!returned.isEmpty()) {
      return Optional.of(returned.pop());
    }
    if (at == end && !fill()) {
      return Optional.empty();
    }
    number++;
    ByteArrayOutputStream before = null;
    long length = 0;
    while (true) {
      int from = at;
      while (at < end && buffer[at] != '\n' && buffer[at] != '\r') {
        at++;
      }
      int found = at - from;
      length += found;
      boolean complete = at < end;
      if (complete && before == null) {
        String text = new String(buffer, from, found, StandardCharsets.UTF_8);
        boolean sound = text.indexOf('\uFFFD') < 0 || isUtf8(ByteBuffer.wrap(buffer, from, found));
        return Optional.of(line(text, lineEnd(), sound, length));
      }
      if (before == null) {
        before = new ByteArrayOutputStream(Math.max(256, 2 * found));
      }
      if (length <= LIMIT) {
        before.write(buffer, from, found);
      }
      if (complete || !fill()) {
        byte[] bytes = before.toByteArray();
        boolean sound = isUtf8(ByteBuffer.wrap(bytes));
        int shown = length > LIMIT ? Math.min(KEPT, bytes.length) : bytes.length;
        String text = new String(bytes, 0, shown, StandardCharsets.UTF_8);
        return Optional.of(line(text, complete ? lineEnd() : "", sound, length));
      }
    }
  }

  /** Lines that {@link #next} gave and shall give again, in their order. */
  void giveBack(List<Line> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      returned.push(lines.get(i));
    }
  }

  /** The number that the next line has, if there is one. */
  long nextNumber() {
    return returned.isEmpty() ? number + 1 : returned.peek().number();
  }

  private Line line(String text, String lineEnd, boolean sound, long length) {
    Optional<String> problem = Optional.empty();
    if (length > LIMIT) {
      problem =
          Optional.of("found a line of " + length + " bytes, expected at most " + LIMIT + " bytes");
    } else if (!sound) {
      problem =
          Optional.of(
              "found bytes that are no UTF-8, expected UTF-8; convert the file, such as by"
                  + " 'iconv -f WINDOWS-1252 -t UTF-8'");
    }
    return new Line(number, text, lineEnd, problem);
  }

  /** Steps behind the end of a line. */
  private String lineEnd() throws IOException {
    if (buffer[at++] == '\n') {
      return "\n";
    }
    if ((at < end || fill()) && buffer[at] == '\n') {
      at++;
      return "\r\n";
    }
    return "\r";
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  private static boolean isUtf8(ByteBuffer bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(bytes);
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
