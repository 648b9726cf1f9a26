package io.millrace.serving.spool;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** Where the bytes of one answer go: compressed or not, bounded, kept. Thread-confined. */
public final class AnswerBytes implements AutoCloseable {
  private static final int GZIP_BUFFER = 1 << 13;

  private final Spool spool;
  private final Optional<Gzip> gzip;
  private final long most;

  private AnswerBytes(Spool spool, Optional<Gzip> gzip, long most) {
    this.spool = spool;
    this.gzip = gzip;
    this.most = most;
  }

  /**
   * @param spool to be closed with this
   * @param most bytes, as they are sent
   */
  static AnswerBytes plain(Spool spool, long most) {
    return new AnswerBytes(spool, Optional.empty(), most);
  }

  /** As {@link #plain}, by gzip. */
  static AnswerBytes gzip(Spool spool, long most) {
    try {
      return new AnswerBytes(spool, Optional.of(new Gzip(spool)), most);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Gzip extends GZIPOutputStream {
    private Gzip(OutputStream out) throws IOException {
      super(out, GZIP_BUFFER);
    }

    /** Lets go of native memory. */
    private void end() {
      def.end();
    }
  }

  /** Libraries that write to it may close it, which does nothing. */
  public OutputStream out() {
    OutputStream to = gzip.isPresent() ? gzip.get() : spool;
    return new FilterOutputStream(to) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() {
        // The answer is whole when finish says so.
      }
    };
  }

  /** How many bytes there are so far, about. */
  public long size() {
    return spool.size();
  }

  /** How many there may be. */
  public long most() {
    return most;
  }

  /** No more is written. */
  public void finish() throws IOException {
    if (gzip.isPresent()) {
      gzip.get().finish();
    }
  }

  /** All of them, the caller's to close; after {@link #finish}. */
  public KeptAnswer kept() {
    return spool.kept();
  }

  @Override
  public void close() {
    gzip.ifPresent(Gzip::end);
    spool.close();
  }
}
