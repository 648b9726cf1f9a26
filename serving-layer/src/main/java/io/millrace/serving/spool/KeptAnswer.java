package io.millrace.serving.spool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * The bytes of a whole answer, on the heap or, if there are many, in a file that has no name. Read
 * by one thread at a time; closed once by whoever has sent it.
 */
public final class KeptAnswer implements AutoCloseable {
  private final byte[] bytes;
  private final FileChannel file;
  private final long length;
  private final Runnable released;
  private boolean closed;

  KeptAnswer(FileChannel file, long length, Runnable released) {
    this.bytes = new byte[0];
    this.file = file;
    this.length = length;
    this.released = released;
  }

  private KeptAnswer(byte[] bytes) {
    this.bytes = bytes;
    this.file = null;
    this.length = bytes.length;
    this.released = () -> {};
  }

  /**
   * @param bytes not copied
   */
  public static KeptAnswer of(byte[] bytes) {
    return new KeptAnswer(bytes);
  }

  public long length() {
    return length;
  }

  /** How many bytes of it are on the heap. */
  public int onHeap() {
    return bytes.length;
  }

  /**
   * What there is from {@code position} on, at most {@code most} bytes; not to be changed.
   *
   * @throws IOException of the file
   */
  public ByteBuffer read(long position, int most) throws IOException {
    int size = (int) Math.min(most, length - position);
    if (file == null) {
      return ByteBuffer.wrap(bytes, (int) position, size).slice();
    }
    ByteBuffer buffer = ByteBuffer.allocate(size);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new IOException(
            "cannot read a kept answer: found its file ended at "
                + (position + buffer.position())
                + ", expected "
                + length
                + " bytes");
      }
    }
    return buffer.flip();
  }

  /** All of it. For answers that are known to be small. */
  public byte[] bytes() {
    try {
      ByteBuffer all = read(0, Math.toIntExact(length));
      byte[] copy = new byte[all.remaining()];
      all.get(copy);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Spool.closed(file);
      released.run();
    }
  }
}
