package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgParameters;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The body of a message that came in, read from its beginning to its end. Thread-confined.
 *
 * @param type its letter; 0 for what begins a connection
 */
record Wire(char type, ByteBuffer body) {
  static Wire of(char type, byte[] body) {
    return new Wire(type, ByteBuffer.wrap(body));
  }

  int int16() {
    return need(2).getShort();
  }

  int uint16() {
    return int16() & 0xffff;
  }

  int int32() {
    return need(4).getInt();
  }

  char letter() {
    return (char) (need(1).get() & 0xff);
  }

  /** A text that a zero ends. */
  String text() {
    int start = body.position();
    while (need(1).get() != 0) {}
    return PgParameters.utf8(Arrays.copyOfRange(body.array(), start, body.position() - 1));
  }

  /** As many bytes; null for -1. */
  byte[] bytes(int length) {
    if (length == -1) {
      return null;
    }
    if (length < 0) {
      throw malformed("a value of " + length + " bytes");
    }
    byte[] bytes = new byte[need(length).remaining() < length ? 0 : length];
    body.get(bytes);
    return bytes;
  }

  /** All of it has been read. */
  void end() {
    if (body.hasRemaining()) {
      throw malformed(body.remaining() + " bytes too many");
    }
  }

  boolean ended() {
    return !body.hasRemaining();
  }

  private ByteBuffer need(int bytes) {
    if (body.remaining() < bytes) {
      throw malformed("its end within a value");
    }
    return body;
  }

  private Malformed malformed(String found) {
    return new Malformed(
        "cannot read message '%c': found %s, expected it as protocol 3.0 has it"
            .formatted(type == 0 ? '-' : type, found));
  }

  /** Bytes that are no message: what follows them is none either. */
  static final class Malformed extends RuntimeException {
    Malformed(String message) {
      super(message);
    }

    PgError error() {
      return PgError.of(PgError.PROTOCOL, getMessage());
    }
  }
}
