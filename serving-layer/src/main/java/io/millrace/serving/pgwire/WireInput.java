package io.millrace.serving.pgwire;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;

/**
 * Messages from a client. A message is held whole; its length is looked at before room is made for
 * it. Thread-confined.
 */
final class WireInput {
  /** Most bytes of a message: a question is 64 KiB at most, its parameters take the rest. */
  static final int MOST = 1 << 20;

  /** Most bytes of what begins a connection, as Postgres has it. */
  static final int MOST_START = 10_000;

  private final Socket socket;
  private final DataInputStream in;

  WireInput(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 8_192));
  }

  /** What begins a connection, without a letter. */
  Wire start() throws IOException {
    return Wire.of((char) 0, body(in.readInt(), MOST_START));
  }

  /**
   * Waits for the next message's letter.
   *
   * @return empty if none came within the time
   * @throws EOFException if the client has closed
   */
  Optional<Character> letter(Duration wait) throws IOException {
    socket.setSoTimeout((int) Math.max(1, Math.min(wait.toMillis(), Integer.MAX_VALUE)));
    try {
      int letter = in.read();
      if (letter < 0) {
        throw new EOFException("closed by the client");
      }
      return Optional.of((char) letter);
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    } finally {
      socket.setSoTimeout(0);
    }
  }

  /** The rest of the message that begins with this letter. */
  Wire message(char letter) throws IOException {
    return Wire.of(letter, body(in.readInt(), MOST));
  }

  private byte[] body(int length, int most) throws IOException {
    if (length < 4 || length - 4 > most) {
      throw new Wire.Malformed(
          "cannot read a message: found a length of "
              + Integer.toUnsignedString(length)
              + ", expected 4 to "
              + (most + 4));
    }
    byte[] body = new byte[length - 4];
    in.readFully(body);
    return body;
  }
}
