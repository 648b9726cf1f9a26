package io.millrace.serving.lookup.content;

import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvFormat;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.csv.UnescapedQuoteHandling;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The rows of a CSV file. What stands between separators without quotes and is empty is NULL; what
 * is empty in quotes is an empty text.
 */
final class CsvRows implements LookupRows {
  private static final int LONGEST_VALUE = 1 << 20;
  private static final int MOST_COLUMNS = 10_000;
  private static final char BOM = '\ufeff';

  /**
   * A line that is read after the file's last: within a quote that nobody closes, it is none. Of
   * what is no character, so that no separator and no quote is in it.
   */
  private static final String END = "\ufdd0\ufdd1\ufdd0";

  private final LookupFile file;
  private final String encoding;
  private final CsvParser parser;
  private final String nullValue;

  /** Names of the first line; empty without one. */
  private final List<String> header;

  /** Where the columns of the definition stand in a line. */
  private final int[] places;

  private final int width;
  private String[] line;
  private long number;

  CsvRows(LookupDefinition definition, LookupFile file) {
    this.file = file;
    Map<String, String> options = definition.options();
    this.nullValue = options.getOrDefault("nullValue", "");
    this.parser = new CsvParser(settings(options));
    this.encoding = options.getOrDefault("encoding", "UTF-8");
    try {
      parser.beginParsing(reader());
    } catch (TextParsingException e) {
      number = 1;
      throw unreadable(e);
    }
    boolean named = !options.getOrDefault("header", "true").equals("false");
    this.header = named ? names() : List.of();
    List<String> columns =
        definition.columns().stream().map(LookupDefinition.Column::name).toList();
    this.places = named ? places(columns) : inOrder(columns.size());
    this.width = named ? header.size() : columns.size();
  }

  private static CsvParserSettings settings(Map<String, String> options) {
    CsvParserSettings settings = new CsvParserSettings();
    CsvFormat format = settings.getFormat();
    format.setDelimiter(options.getOrDefault("sep", ","));
    format.setQuote(options.getOrDefault("quote", "\"").charAt(0));
    format.setQuoteEscape(options.getOrDefault("escape", "\"").charAt(0));
    format.setLineSeparator("\n");
    // Its comments cannot be switched off by their character: a line may begin with any.
    settings.setCommentProcessingEnabled(false);
    settings.setMaxCharsPerColumn(LONGEST_VALUE);
    settings.setMaxColumns(MOST_COLUMNS);
    settings.setIgnoreLeadingWhitespaces(false);
    settings.setIgnoreTrailingWhitespaces(false);
    settings.setEmptyValue("");
    // So that each line is counted; they are left out here.
    settings.setSkipEmptyLines(false);
    settings.setUnescapedQuoteHandling(UnescapedQuoteHandling.RAISE_ERROR);
    // Else an error would show no more of the file than this.
    settings.setErrorContentLength(0);
    return settings;
  }

  /** Of the text after a byte order mark, if there is one; other bytes are an error. */
  private Reader reader() {
    try {
      Reader reader =
          new BufferedReader(
              new InputStreamReader(
                  file.open(),
                  Charset.forName(encoding)
                      .newDecoder()
                      .onMalformedInput(CodingErrorAction.REPORT)
                      .onUnmappableCharacter(CodingErrorAction.REPORT)));
      reader.mark(1);
      if (reader.read() != BOM) {
        reader.reset();
      }
      return new EndedReader(reader, "\n" + END);
    } catch (CharacterCodingException e) {
      throw otherEncoding(1);
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }

  private List<String> names() {
    if (!next(0)) {
      throw file.bad("line", 1, "found its end, expected a line with the names of the columns");
    }
    List<String> names = new ArrayList<>();
    for (String name : line) {
      if (name == null || name.isBlank()) {
        throw file.bad(
            "line",
            number,
            "found no name for column " + (names.size() + 1) + ", expected one for each column");
      }
      String trimmed = name.strip();
      if (trimmed.indexOf('\r') >= 0) {
        throw file.bad(
            "line",
            number,
            "found a carriage return in the name of column "
                + (names.size() + 1)
                + ", expected lines that end with a line feed; convert the file");
      }
      if (names.stream().anyMatch(trimmed::equalsIgnoreCase)) {
        throw file.bad(
            "line", number, "found column " + trimmed + " twice, expected names that differ");
      }
      names.add(trimmed);
    }
    return names;
  }

  private int[] places(List<String> columns) {
    int[] places = new int[columns.size()];
    for (int i = 0; i < places.length; i++) {
      String wanted = columns.get(i);
      places[i] = -1;
      for (int j = 0; j < header.size(); j++) {
        if (header.get(j).equalsIgnoreCase(wanted)) {
          places[i] = j;
        }
      }
      if (places[i] < 0) {
        throw file.bad(
            "line", number, "found columns " + header + ", expected one named " + wanted);
      }
    }
    return places;
  }

  private static int[] inOrder(int columns) {
    int[] places = new int[columns];
    Arrays.setAll(places, i -> i);
    return places;
  }

  List<String> header() {
    return Collections.unmodifiableList(header);
  }

  @Override
  public boolean next() {
    return next(width);
  }

  /**
   * @param expected how many values; 0: any number
   */
  private boolean next(int expected) {
    do {
      number = parser.getContext().currentLine() + 1;
      try {
        line = parser.parseNext();
      } catch (TextParsingException e) {
        throw unreadable(e);
      }
      int last = line == null ? 0 : line.length - 1;
      if (line == null || last == 0 && END.equals(line[0])) {
        return isMore();
      }
      if (line[last] != null && line[last].endsWith(END)) {
        throw file.bad(
            "line", number, "found a quote that is not closed, expected quotes in pairs");
      }
      if (line[last] != null && line[last].endsWith("\r")) {
        String value = line[last].substring(0, line[last].length() - 1);
        line[last] = value.isEmpty() ? null : value;
      }
    } while (line.length == 1 && line[0] == null);
    if (expected > 0 && line.length != expected) {
      throw file.bad("line", number, "found " + line.length + " values, expected " + expected);
    }
    return true;
  }

  /** False; after the line that marks the end there is nothing, unless it is the file's own. */
  private boolean isMore() {
    if (line != null && parser.parseNext() != null) {
      throw file.bad("line", number, "found the text that marks a file's end before its end");
    }
    return false;
  }

  private MillraceException otherEncoding(long line) {
    return file.bad(
        "line",
        line,
        "found bytes that are no "
            + encoding
            + " there or soon after, expected text; name its encoding in the options, or convert the"
            + " file");
  }

  private MillraceException unreadable(TextParsingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CharacterCodingException) {
        return otherEncoding(number);
      }
    }
    return file.bad(
        "line",
        number,
        "found what is no CSV ("
            + String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip()
            + "), expected values with quotes in pairs, of at most "
            + LONGEST_VALUE
            + " characters");
  }

  @Override
  public List<Object> values() {
    List<Object> values = new ArrayList<>(places.length);
    for (int place : places) {
      String value = line[place];
      values.add(!nullValue.isEmpty() && nullValue.equals(value) ? null : value);
    }
    return values;
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public String unit() {
    return "line";
  }

  @Override
  public void close() {
    parser.stopParsing();
  }
}
