package io.millrace.serving.lookup.content;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/** A text with another one after its last character. For one thread. */
final class EndedReader extends FilterReader {
  private final String end;
  private int given = -1;

  EndedReader(Reader text, String end) {
    super(text);
    this.end = end;
  }

  @Override
  public int read(char[] into, int offset, int length) throws IOException {
    if (given < 0) {
      int read = in.read(into, offset, length);
      if (read >= 0) {
        return read;
      }
      given = 0;
    }
    int more = Math.min(length, end.length() - given);
    if (more == 0) {
      return -1;
    }
    end.getChars(given, given + more, into, offset);
    given += more;
    return more;
  }

  @Override
  public int read() throws IOException {
    char[] one = new char[1];
    return read(one, 0, 1) < 0 ? -1 : one[0];
  }
}
