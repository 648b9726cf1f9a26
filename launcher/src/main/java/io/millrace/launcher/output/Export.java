package io.millrace.launcher.output;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.launcher.client.ServingClient.Download;
import io.millrace.launcher.console.Text;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Function;

/**
 * Hands answers on to where they go, one after the other as one, and says on the way how far it is.
 * Not thread-safe.
 */
public final class Export {
  private static final long TELL_EVERY_NANOS = 500_000_000L;

  private final Output output;
  private final Format format;
  private final PrintStream says;
  private final boolean live;
  private long rows;
  private long bytes;
  private long toldAtNanos = System.nanoTime();
  private boolean told;

  /**
   * @param says for people, beside the answer
   * @param live whether a line of {@code says} can be written over
   */
  public Export(Output output, Format format, PrintStream says, boolean live) {
    this.output = output;
    this.format = format;
    this.says = says;
    this.live = live;
  }

  /**
   * Asks until there is no cursor, and ends the output.
   *
   * @param asked an answer for where to go on, which is empty at first
   * @param narrower what to say to get more, where the limit left rows out
   * @throws MillraceException {@code SERVING_UNREACHABLE} for an answer that breaks off, {@code
   *     BAD_REQUEST} where it cannot be written
   */
  public void run(Function<Optional<String>, Download> asked, String narrower) {
    Optional<String> cursor = Optional.empty();
    boolean more;
    do {
      try (Download answer = asked.apply(cursor)) {
        InputStream body = answer.body();
        if (cursor.isPresent() && format == Format.csv) {
          skipNames(body);
        }
        copy(body);
        rows += answer.rows();
        cursor = answer.cursor();
        more = answer.more();
      }
    } while (cursor.isPresent());
    output.done();
    end(more ? "; there are more: " + narrower : "");
  }

  private void copy(InputStream body) {
    OutputStream to = output.stream();
    byte[] piece = new byte[1 << 16];
    while (true) {
      int length;
      try {
        length = body.read(piece);
      } catch (IOException e) {
        throw brokenOff(e);
      }
      if (length < 0) {
        return;
      }
      try {
        to.write(piece, 0, length);
      } catch (IOException e) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot write the answer: found "
                + Reason.of(e)
                + " after "
                + bytes
                + " bytes, expected room for it; make some, or choose another --output",
            e);
      }
      bytes += length;
      tell();
    }
  }

  /** The line of names, in which a name may have line ends within quotes. */
  private static void skipNames(InputStream body) {
    boolean quoted = false;
    try {
      for (int c = body.read(); c >= 0 && (quoted || c != '\n'); c = body.read()) {
        quoted ^= c == '"';
      }
    } catch (IOException e) {
      throw brokenOff(e);
    }
  }

  private static MillraceException brokenOff(IOException e) {
    return new MillraceException(
        ErrorCode.SERVING_UNREACHABLE,
        "cannot read the answer: found it broken off ("
            + Reason.of(e)
            + "), expected all of it; ask again",
        e);
  }

  private void tell() {
    long now = System.nanoTime();
    if (live && output.file().isPresent() && now - toldAtNanos > TELL_EVERY_NANOS) {
      toldAtNanos = now;
      told = true;
      says.print("\r" + Text.count(rows) + " rows, " + Text.count(bytes) + " bytes \033[K");
      says.flush();
    }
  }

  private void end(String more) {
    if (told) {
      says.print("\r\033[K");
    }
    output
        .file()
        .ifPresentOrElse(
            file ->
                says.println(
                    Text.count(rows) + " rows, " + Text.count(bytes) + " bytes → " + file + more),
            () -> {
              if (!more.isEmpty()) {
                says.println("note: " + Text.count(rows) + " rows" + more);
              }
            });
  }
}
