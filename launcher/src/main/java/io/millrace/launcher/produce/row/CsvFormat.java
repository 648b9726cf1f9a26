package io.millrace.launcher.produce.row;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Cells between separators, as RFC 4180 has them: in double quotes a cell may hold separators, line
 * breaks and doubled quotes. Where the quotes of a row make no sense, or have no end, its first
 * line is a bad row and the next line begins another: whichever line is wrong, no other is lost.
 * Empty lines are no rows. Not thread-safe.
 */
final class CsvFormat implements RowReader.Format {
  private final char separator;
  private int columns = -1;
  private Map<String, Integer> header = Map.of();

  private CsvFormat(char separator) {
    this.separator = separator;
  }

  /**
   * Reads the header line.
   *
   * @throws MillraceException {@code BAD_REQUEST} if there is none, or two columns of one name
   */
  static CsvFormat withHeader(Lines lines, char separator) throws IOException {
    CsvFormat format = new CsvFormat(separator);
    List<String> names;
    try {
      List<Lines.Line> read = format.firstLine(lines);
      if (read.isEmpty()) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot read the file: found it empty, expected a header line with column names");
      }
      names = format.cells(lines, read);
    } catch (BadRowException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot read the column names: " + e.getMessage() + "; correct the header line",
          e);
    }
    Map<String, Integer> header = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i).strip();
      Integer before = name.isEmpty() ? null : header.put(name, i);
      if (before != null) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot read the file: found two columns '"
                + name
                + "', the "
                + (before + 1)
                + ". and the "
                + (i + 1)
                + "., expected each name once; rename one in the header line");
      }
    }
    format.header = header;
    format.columns = names.size();
    return format;
  }

  @Override
  public Optional<Row> next(Lines lines) throws BadRowException, IOException {
    List<Lines.Line> read = firstLine(lines);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    List<String> cells = cells(lines, read);
    long line = read.get(0).number();
    if (cells.size() != columns) {
      String last = read.size() > 1 ? " up to line " + read.get(read.size() - 1).number() : "";
      throw BadRowException.of(
          line, "found " + cells.size() + " columns" + last + ", expected " + columns, text(read));
    }
    return Optional.of(new CsvRow(cells, header, line, text(read)));
  }

  /** The next line that is not empty, alone in a list; none at the end. */
  private List<Lines.Line> firstLine(Lines lines) throws IOException {
    Optional<Lines.Line> line = lines.next();
    while (line.isPresent() && isEmpty(line.get())) {
      line = lines.next();
    }
    List<Lines.Line> read = new ArrayList<>(1);
    line.ifPresent(read::add);
    return read;
  }

  /** A line of blanks is a row where a row is one cell, and where they are separators. */
  private boolean isEmpty(Lines.Line line) {
    String text = line.text();
    return line.problem().isEmpty()
        && (text.isEmpty() || columns != 1 && text.isBlank() && text.indexOf(separator) < 0);
  }

  /**
   * The cells of the row that begins with the line in {@code read}; further lines of it are added
   * there.
   */
  private List<String> cells(Lines lines, List<Lines.Line> read)
      throws BadRowException, IOException {
    Lines.Line line = sound(read.get(0));
    String text = line.text();
    long length = text.length();
    List<String> cells = new ArrayList<>(Math.max(8, columns));
    int at = 0;
    while (true) {
      if (at >= text.length() || text.charAt(at) != '"') {
        int end = text.indexOf(separator, at);
        cells.add(text.substring(at, end < 0 ? text.length() : end));
        if (end < 0) {
          return cells;
        }
        at = end + 1;
        continue;
      }
      StringBuilder cell = new StringBuilder();
      int from = at + 1;
      int quote = text.indexOf('"', from);
      while (quote < 0 || quote + 1 < text.length() && text.charAt(quote + 1) == '"') {
        if (quote >= 0) {
          cell.append(text, from, quote + 1);
          from = quote + 2;
        } else {
          cell.append(text, from, text.length()).append(line.end());
          Optional<Lines.Line> next = lines.next();
          next.ifPresent(read::add);
          length += next.map(found -> found.text().length() + 1L).orElse(0L);
          if (next.isEmpty() || next.get().problem().isPresent() || length > Lines.LIMIT) {
            throw broken(lines, read, "found a quote that nothing closes" + where(next));
          }
          line = next.get();
          text = line.text();
          from = 0;
        }
        quote = text.indexOf('"', from);
      }
      cells.add(cell.append(text, from, quote).toString());
      at = quote + 1;
      while (at < text.length() && text.charAt(at) == ' ' && separator != ' ') {
        at++;
      }
      if (at == text.length()) {
        return cells;
      }
      if (text.charAt(at) != separator) {
        String last = read.size() > 1 ? " in line " + line.number() : "";
        throw broken(lines, read, "found text after a closing quote" + last);
      }
      at++;
    }
  }

  private static String where(Optional<Lines.Line> last) {
    return last.isEmpty()
        ? " up to the end of the file"
        : " up to line " + last.get().number() + ", which ends the search";
  }

  private static Lines.Line sound(Lines.Line line) throws BadRowException {
    if (line.problem().isPresent()) {
      throw BadRowException.of(line.number(), line.problem().get(), line.text());
    }
    return line;
  }

  /** A bad row of the first line alone; the others are read again. */
  private static BadRowException broken(Lines lines, List<Lines.Line> read, String reason) {
    lines.giveBack(read.subList(1, read.size()));
    Lines.Line first = read.get(0);
    return BadRowException.of(
        first.number(),
        reason + ", expected cells whose quotes are closed, and doubled within them",
        first.text());
  }

  private static String text(List<Lines.Line> read) {
    if (read.size() == 1) {
      return read.get(0).text();
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < read.size(); i++) {
      Lines.Line line = read.get(i);
      text.append(line.text()).append(i + 1 < read.size() ? line.end() : "");
    }
    return text.toString();
  }

  private record CsvRow(List<String> cells, Map<String, Integer> header, long line, String text)
      implements Row {
    @Override
    public Object value(String column) {
      Integer index = header.get(column);
      return index == null ? null : cells.get(index);
    }

    @Override
    public boolean has(String column) {
      return header.containsKey(column);
    }
  }
}
