package io.millrace.serving.spool;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Takes the bytes of one answer while it is made: the first on the heap, all in a file once they
 * are many. Thread-confined; closing it without {@link #kept} throws them away.
 */
final class Spool extends OutputStream {
  private final Spools spools;
  private ByteArrayOutputStream heap = new ByteArrayOutputStream(1 << 12);
  private FileChannel file;
  private long size;
  private boolean handedOver;

  Spool(Spools spools) {
    this.spools = spools;
  }

  long size() {
    return size;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * @throws MillraceException {@code BUSY}, {@code DISK_FULL}
   */
  @Override
  public void write(byte[] bytes, int from, int length) {
    heap.write(bytes, from, length);
    size += length;
    if (file != null ? heap.size() >= 1 << 16 : heap.size() > Spools.HEAP_BYTES) {
      spill();
    }
  }

  /** What is on the heap goes to the file. */
  private void spill() {
    int length = heap.size();
    spools.take(length);
    boolean written = false;
    try {
      if (file == null) {
        file = spools.file();
      }
      ByteBuffer buffer = ByteBuffer.wrap(heap.toByteArray());
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
      written = true;
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DISK_FULL,
          "cannot keep an answer of more than "
              + Spools.HEAP_BYTES
              + " bytes: found "
              + e
              + ", expected room in the data directory; make some, or ask for less",
          e);
    } finally {
      if (!written) {
        spools.give(length);
      }
    }
    if (length > 1 << 17) {
      heap = new ByteArrayOutputStream(1 << 17);
    }
    heap.reset();
  }

  /** The whole answer, the caller's to close; after it nothing is written. */
  KeptAnswer kept() {
    if (file == null) {
      handedOver = true;
      return KeptAnswer.of(heap.toByteArray());
    }
    spill();
    handedOver = true;
    long bytes = size;
    return new KeptAnswer(file, bytes, () -> spools.give(bytes));
  }

  @Override
  public void close() {
    if (!handedOver) {
      handedOver = true;
      long inFile = file == null ? 0 : size - heap.size();
      closed(file);
      spools.give(inFile);
    }
  }

  static void closed(FileChannel file) {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      // It has no name: the system takes it back with the process at the latest.
      org.slf4j.LoggerFactory.getLogger(Spool.class).debug("cannot close a kept answer", e);
    }
  }
}
