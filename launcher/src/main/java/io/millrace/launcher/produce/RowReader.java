package io.millrace.launcher.produce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * Reads the rows of a file: CSV or TSV with a header line, or one JSON object per line; with {@code
 * .gz} behind the name, compressed. Not thread-safe.
 */
abstract class RowReader implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Counting counting;

  private RowReader(Counting counting) {
    this.counting = counting;
  }

  /**
   * @param separator of CSV columns; empty: by the file's name, tab for {@code .tsv}, else comma
   * @throws MillraceException {@code BAD_REQUEST} if the file cannot be read
   */
  static RowReader open(Path file, Optional<Character> separator) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    boolean gzip = name.endsWith(".gz");
    String plain = gzip ? name.substring(0, name.length() - 3) : name;
    try {
      Counting counting = new Counting(Files.newInputStream(file));
      InputStream in = gzip ? new GZIPInputStream(counting, BUFFER) : counting;
      if (plain.endsWith(".json") || plain.endsWith(".jsonl") || plain.endsWith(".ndjson")) {
        return new JsonLines(counting, in);
      }
      char chosen = separator.orElse(plain.endsWith(".tsv") ? '\t' : ',');
      return new Csv(counting, in, chosen);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /**
   * The next row; empty at the end.
   *
   * @throws BadRowException if this row is broken; the next may be read
   * @throws MillraceException {@code BAD_REQUEST} if the file cannot be read any further
   */
  abstract Optional<Row> next() throws BadRowException;

  /** Bytes of the file (compressed, where it is) that have been read. */
  long bytesRead() {
    return counting.count;
  }

  private static MillraceException unreadable(String what, IOException e) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot read " + what + ": " + e + "; name a readable CSV, TSV or JSON lines file",
        e);
  }

  @Override
  public void close() {
    try {
      counting.close();
    } catch (IOException e) {
      throw unreadable("the file to its end", e);
    }
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

  private static final class Csv extends RowReader {
    private final MappingIterator<String[]> rows;
    private final String[] names;
    private final Map<String, Integer> header = new LinkedHashMap<>();

    Csv(Counting counting, InputStream in, char separator) throws IOException {
      super(counting);
      rows =
          CsvMapper.builder()
              .enable(CsvParser.Feature.WRAP_AS_ARRAY)
              .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
              .build()
              .readerFor(String[].class)
              .with(CsvSchema.emptySchema().withColumnSeparator(separator))
              .readValues(new InputStreamReader(in, StandardCharsets.UTF_8));
      if (!rows.hasNextValue()) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot read the file: found it empty, expected a header line with column names");
      }
      names = rows.nextValue();
      for (int i = 0; i < names.length; i++) {
        names[i] = names[i].strip();
        header.put(i == 0 ? names[i].replace("\uFEFF", "") : names[i], i);
      }
    }

    @Override
    Optional<Row> next() throws BadRowException {
      long line = rows.getCurrentLocation().getLineNr();
      try {
        if (!rows.hasNextValue()) {
          return Optional.empty();
        }
        line = Math.max(line, rows.getParser().currentTokenLocation().getLineNr());
        String[] cells = rows.nextValue();
        if (cells.length != names.length) {
          throw new BadRowException(
              "line " + line + ": found " + cells.length + " columns, expected " + names.length);
        }
        return Optional.of(new CsvRow(cells, header, line));
      } catch (IOException e) {
        throw unreadable("line " + line, e);
      }
    }
  }

  private record CsvRow(String[] cells, Map<String, Integer> header, long line) implements Row {
    @Override
    public Object value(String column) {
      Integer index = header.get(column);
      return index == null ? null : cells[index];
    }

    @Override
    public boolean has(String column) {
      return header.containsKey(column);
    }

    @Override
    public Object raw() {
      return List.of(cells);
    }
  }

  private static final class JsonLines extends RowReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final BufferedReader lines;
    private long line;

    JsonLines(Counting counting, InputStream in) {
      super(counting);
      lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), BUFFER);
    }

    @Override
    Optional<Row> next() throws BadRowException {
      try {
        String text = lines.readLine();
        line++;
        while (text != null && text.isBlank()) {
          text = lines.readLine();
          line++;
        }
        if (text == null) {
          return Optional.empty();
        }
        JsonNode node = JSON.readTree(text);
        if (!node.isObject()) {
          throw new BadRowException("line " + line + ": found no JSON object");
        }
        return Optional.of(new JsonRow(node, line));
      } catch (JsonProcessingException e) {
        throw new BadRowException("line " + line + ": " + e.getOriginalMessage());
      } catch (IOException e) {
        throw unreadable("line " + line, e);
      }
    }
  }

  private record JsonRow(JsonNode node, long line) implements Row {
    @Override
    public Object value(String column) {
      JsonNode value = node.get(column);
      return value == null || value.isNull() ? null : value;
    }

    @Override
    public boolean has(String column) {
      return true;
    }

    @Override
    public Object raw() {
      return node;
    }
  }
}
