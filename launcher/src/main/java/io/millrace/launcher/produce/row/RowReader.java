package io.millrace.launcher.produce.row;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * Reads the rows of a UTF-8 file, one after the other: CSV or TSV with a header line, or one JSON
 * object per line; with {@code .gz} behind the name, compressed. A row that cannot be read costs no
 * other. Holds a row at a time, of {@link Lines#LIMIT} at most. Not thread-safe.
 */
public final class RowReader implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Counting counting;
  private final Lines lines;
  private final Format format;

  private RowReader(Counting counting, Lines lines, Format format) {
    this.counting = counting;
    this.lines = lines;
    this.format = format;
  }

  /** How rows are written as lines. */
  interface Format {
    /**
     * The row that begins with the next line; empty at the end.
     *
     * @throws BadRowException if this row is broken; the next may be read
     */
    public Optional<Row> next(Lines lines) throws BadRowException, IOException;
  }

  /**
   * @param separator of CSV columns; empty: by the file's name, tab for {@code .tsv}, else comma
   * @throws MillraceException {@code BAD_REQUEST} if the file cannot be read
   */
  public static RowReader open(Path file, Optional<Character> separator) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    boolean gzip = name.endsWith(".gz");
    String plain = gzip ? name.substring(0, name.length() - 3) : name;
    InputStream opened = null;
    try {
      opened = Files.newInputStream(file);
      Counting counting = new Counting(opened);
      Lines lines = new Lines(gzip ? new GZIPInputStream(counting, BUFFER) : counting);
      if (lines.isWide()) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot read "
                + file
                + ": found UTF-16 text, expected UTF-8; convert it by 'iconv -f UTF-16 -t UTF-8'");
      }
      boolean json =
          plain.endsWith(".json") || plain.endsWith(".jsonl") || plain.endsWith(".ndjson");
      char chosen = separator.orElse(plain.endsWith(".tsv") ? '\t' : ',');
      return new RowReader(
          counting, lines, json ? new JsonFormat() : CsvFormat.withHeader(lines, chosen));
    } catch (IOException e) {
      close(opened);
      throw unreadable(file.toString(), e);
    } catch (RuntimeException e) {
      close(opened);
      throw e;
    }
  }

  /**
   * The next row; empty at the end.
   *
   * @throws BadRowException if this row is broken; the next may be read
   * @throws MillraceException {@code BAD_REQUEST} if the file cannot be read any further
   */
  public Optional<Row> next() throws BadRowException {
    try {
      return format.next(lines);
    } catch (IOException e) {
      throw unreadable("line " + nextLine() + " and what follows", e);
    }
  }

  /** Line at which the next row begins, if there is one. */
  public long nextLine() {
    return lines.nextNumber();
  }

  /** Bytes of the file (compressed, where it is) that have been read. */
  public long bytesRead() {
    return counting.count;
  }

  private static MillraceException unreadable(String what, IOException e) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot read " + what + ": " + e + "; name a readable CSV, TSV or JSON lines file",
        e);
  }

  private static void close(InputStream opened) {
    try {
      if (opened != null) {
        opened.close();
      }
    } catch (IOException e) {
      throw unreadable("the file to its end", e);
    }
  }

  @Override
  public void close() {
    close(counting);
  }

  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }
}
