package io.millrace.launcher.produce.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of files as people have them: none is lost, none is invented. */
final class RowReaderTest {
  @TempDir private Path dir;

  @Test
  void shouldReadLinesHoweverTheyEnd() throws Exception {
    for (String end : List.of("\n", "\r\n", "\r")) {
      assertThat(csv("a,b" + end + "1,2" + end + end + "3,\"x" + end + "y\"" + end + ",4"))
          .containsExactly("2: 1|2", "4: 3|x" + end + "y", "6: |4");
    }
  }

  @Test
  void shouldReadQuotesAsTheyAreWritten() throws Exception {
    assertThat(csv("a,b\n\"\",\"\"\"\"\n5\" pipe,x\n \"a\",b\n\"a\" ,\"b\"  \n"))
        .containsExactly("2: |\"", "3: 5\" pipe|x", "4:  \"a\"|b", "5: a|b");
  }

  @Test
  void shouldLoseOneLineToAQuoteWhereverItWasMeantToBeClosed() throws Exception {
    assertThat(csv("a,b\n1,\"x\n2,\"y\"\n3,z\n4,\"open\n5,\"w\",v\n6,u"))
        .containsExactly(
            "line 2: found text after a closing quote in line 3, expected cells whose quotes are"
                + " closed, and doubled within them [1,\"x]",
            "3: 2|y",
            "4: 3|z",
            "line 5: found text after a closing quote in line 6, expected cells whose quotes are"
                + " closed, and doubled within them [4,\"open]",
            "line 6: found 3 columns, expected 2 [5,\"w\",v]",
            "7: 6|u");
    assertThat(csv("a,b\n1,\"x\n2,y\n"))
        .containsExactly(
            "line 2: found a quote that nothing closes up to the end of the file, expected cells"
                + " whose quotes are closed, and doubled within them [1,\"x]",
            "3: 2|y");
  }

  @Test
  void shouldRejectAWholeRowOfSeveralLines() throws Exception {
    assertThat(csv("a,b\n1,\"x\n2,y\",3\n4,z\n"))
        .containsExactly(
            "line 2: found 3 columns up to line 3, expected 2 [1,\"x\n2,y\",3]", "4: 4|z");
  }

  @Test
  void shouldNotTakeARowOfTabsForAnEmptyLine() throws Exception {
    assertThat(rows("a.tsv", "a\tb\n\t\n  \n")).containsExactly("2: |");
    assertThat(rows("a.csv", "a\nx\n  \n\ny\n")).containsExactly("2: x", "3:   ", "5: y");
  }

  @Test
  void shouldRefuseAFileWhoseHeaderIsNone() {
    assertThatThrownBy(() -> csv("a,b,a\n1,2,3\n"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found two columns 'a', the 1. and the 3., expected each name once");
    assertThatThrownBy(() -> csv("\n\r\n"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found it empty");
    assertThatThrownBy(() -> csv("a,\"b\n1,2\n"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("cannot read the column names: line 1: found a quote that nothing");
  }

  @Test
  void shouldRefuseAnArrayOfJson() {
    assertThatThrownBy(() -> rows("a.json", "\uFEFF[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found a JSON array, expected a JSON object per line")
        .hasMessageContaining("jq -c '.[]'");
  }

  @Test
  void shouldReadOneJsonObjectALine() throws Exception {
    assertThat(
            rows(
                "a.ndjson",
                "{\"a\":1.10}\r\n{\"a\":1}{\"a\":2}\n5\n{\"a\":1,\"a\":2}\n{\"a\":NaN}"))
        .containsExactly(
            "1: 1.10",
            "line 2: found text after the JSON object, expected one per line [{\"a\":1}{\"a\":2}]",
            "line 3: found no JSON object [5]",
            "line 4: Duplicate field 'a' [{\"a\":1,\"a\":2}]",
            "5: NaN");
  }

  @Test
  void shouldTellWideTextByItsZeros() throws IOException {
    for (String charset : List.of("UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32")) {
      Path file = dir.resolve(charset + ".csv");
      Files.write(file, "a,b\n1,2\n".getBytes(charset));
      assertThatThrownBy(() -> RowReader.open(file, Optional.empty()))
          .as(charset)
          .isInstanceOf(MillraceException.class)
          .hasMessageContaining("expected UTF-8");
    }
  }

  @Test
  void shouldRejectBytesOfAnotherEncodingAndKeepTheReplacementCharacter() throws Exception {
    Path file = dir.resolve("a.csv");
    byte[] text = "a,b\n1,caf?\n2,\uFFFD\n".getBytes(StandardCharsets.UTF_8);
    text[9] = (byte) 0xE9;
    Files.write(file, text);

    assertThat(rows(file))
        .containsExactly(
            "line 2: found bytes that are no UTF-8, expected UTF-8; convert the file, such as by"
                + " 'iconv -f WINDOWS-1252 -t UTF-8' [1,caf\uFFFD]",
            "3: 2|\uFFFD");
  }

  private List<String> csv(String text) throws IOException {
    return rows("a.csv", text);
  }

  private List<String> rows(String name, String text) throws IOException {
    return rows(Files.writeString(dir.resolve(name), text));
  }

  /** Each row or what is wrong with it, in a line. */
  private static List<String> rows(Path file) {
    List<String> found = new ArrayList<>();
    try (RowReader reader = RowReader.open(file, Optional.empty())) {
      while (true) {
        try {
          Optional<Row> row = reader.next();
          if (row.isEmpty()) {
            return found;
          }
          String cells = String.valueOf(row.get().value("a"));
          if (row.get().has("b") && row.get().value("b") != null) {
            cells += "|" + row.get().value("b");
          }
          found.add(row.get().line() + ": " + cells);
        } catch (BadRowException e) {
          found.add(e.getMessage() + " [" + e.text() + "]");
        }
      }
    }
  }
}
