package io.millrace.serving.lookup.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.control.model.LookupDefinition.Format;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What CSV and JSON files say, and where they cannot be read. */
class TextLookupTest {
  @TempDir private Path dir;

  private record Read(List<List<Object>> rows, List<Long> numbers) {}

  @ParameterizedTest
  @ValueSource(strings = {"id,name\n1,a\n2,b\n", "id,name\r\n1,a\r\n2,b\r\n", "id,name\n1,a\n2,b"})
  void shouldReadLinesHoweverTheyEnd(String text) throws IOException {
    Read read = csv(text, Map.of(), "id", "name");
    assertThat(read.rows).containsExactly(List.of("1", "a"), List.of("2", "b"));
    assertThat(read.numbers).containsExactly(2L, 3L);
  }

  @Test
  void shouldFindColumnsByTheirNamesAndLeaveOthersOut() throws IOException {
    assertThat(csv("\ufeffx, Name ,ID\n?,a,1\n", Map.of(), "id", "name").rows)
        .containsExactly(List.of("1", "a"));
  }

  @Test
  void shouldTellNullFromAnEmptyText() throws IOException {
    assertThat(csv("a,b,c\n,\"\",x\nx,,\"\"\r\nx,y,\r\n", Map.of(), "a", "b", "c").rows)
        .containsExactly(
            Arrays.asList(null, "", "x"),
            Arrays.asList("x", null, ""),
            Arrays.asList("x", "y", null));
    assertThat(csv("a,b\nNA,\"NA\"\n,x\n", Map.of("nullValue", "NA"), "a", "b").rows)
        .containsExactly(Arrays.asList(null, null), Arrays.asList(null, "x"));
  }

  @Test
  void shouldReadQuotes() throws IOException {
    Read read =
        csv(
            "a,b\n\"x, \"\"y\"\"\",\" z \"\n\"two\nlines\", plain \n5\" nail,d\n",
            Map.of(),
            "a",
            "b");
    assertThat(read.rows)
        .containsExactly(
            List.of("x, \"y\"", " z "), List.of("two\nlines", " plain "), List.of("5\" nail", "d"));
    assertThat(read.numbers).as("a value may be several lines long").containsExactly(2L, 3L, 5L);
    assertThat(
            csv("a|b\n'x|y'|'\\''\n", Map.of("sep", "|", "quote", "'", "escape", "\\"), "a", "b")
                .rows)
        .containsExactly(List.of("x|y", "'"));
    assertThat(csv("a b\n1 2\n", Map.of("sep", " "), "a", "b").rows)
        .containsExactly(List.of("1", "2"));
  }

  @Test
  void shouldSkipEmptyLinesAndReadWithoutHeader() throws IOException {
    Read read = csv("1,a\n\n2,b\r\n\r\n", Map.of("header", "false"), "id", "name");
    assertThat(read.rows).containsExactly(List.of("1", "a"), List.of("2", "b"));
    assertThat(read.numbers).containsExactly(1L, 3L);
  }

  @Test
  void shouldReadOtherEncodings() throws IOException {
    Charset latin = StandardCharsets.ISO_8859_1;
    Files.write(dir.resolve("t.csv"), "a\nMüller\n".getBytes(latin));
    assertThat(read(definition(Format.CSV, "t.csv", Map.of("encoding", "ISO-8859-1"), "a")).rows)
        .containsExactly(List.of("Müller"));
    assertThatThrownBy(() -> read(definition(Format.CSV, "t.csv", Map.of(), "a")))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("t.csv, line ")
        .hasMessageContaining("found bytes that are no UTF-8 there or soon after");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,b;1,2;3 | line 3: found 1 values, expected 2",
        "a,b;1,2,3 | line 2: found 3 values, expected 2",
        "a,c;1,2 | line 1: found columns [a, c], expected one named b",
        "a,A;1,2 | line 1: found column A twice, expected names that differ",
        "a,;1,2 | line 1: found no name for column 2, expected one for each column",
        "'' | line 1: found its end, expected a line with the names of the columns",
        "a,b;1,2;\"x\"y,2 | line 3: found what is no CSV",
        "a,b;1,2;\"x,2;3,4;5,6 | line 3: found a quote that is not closed",
        "a,b;1,2;3,\"x;4,y; | line 3: found a quote that is not closed",
        "a,b;1,\"x | line 2: found a quote that is not closed",
        "\"a,b;1,2 | line 1: found a quote that is not closed",
      })
  void shouldSayWhereACsvFileCannotBeRead(String text, String problem) {
    assertThatThrownBy(() -> csv(text.replace(';', '\n'), Map.of(), "a", "b"))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot load lookup t: t.csv, " + problem)
        .hasMessageEndingWith("; correct the file");
  }

  @Test
  void shouldLeaveOutNoLineWhateverItBeginsWith() throws IOException {
    assertThat(csv("a,b\n\0x,1\n#y,2\n", Map.of(), "a", "b").rows)
        .containsExactly(List.of("\0x", "1"), List.of("#y", "2"));
    assertThatThrownBy(() -> csv("a,b\nx,1\n\0\0\0\0", Map.of(), "a", "b"))
        .hasMessageContaining("line 3: found 1 values, expected 2");
  }

  @Test
  void shouldRefuseLinesThatNoLineFeedEnds() {
    assertThatThrownBy(() -> csv("a,b,c\r1,2,3\r4,5,6\r", Map.of(), "a", "b"))
        .hasMessageContaining("line 1: found a carriage return in the name of column 3");
  }

  @Test
  void shouldSayThatAFileIsCutWithinACharacter() throws IOException {
    Files.write(dir.resolve("t.csv"), new byte[] {'a', '\n', 'x', (byte) 0xc3});
    assertThatThrownBy(() -> read(definition(Format.CSV, "t.csv", Map.of(), "a")))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found bytes that are no UTF-8 there or soon after");
  }

  @Test
  void shouldNameTheColumnsOfAHeader() throws IOException {
    Files.writeString(dir.resolve("t.csv"), "id,Name\n1,2\n");
    assertThat(
            new LookupContents(() -> null).of(definition(Format.CSV, "t.csv", Map.of())).columns())
        .containsExactly(new Column("id", "STRING"), new Column("Name", "STRING"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\": 1, \"name\": \"a\"}\n{\"NAME\": null, \"id\": 12345678901234567890.10, \"x\": [1]}\n",
        "[{\"id\": 1, \"name\": \"a\"},\n{\"name\": null, \"id\": 12345678901234567890.10}]",
      })
  void shouldReadObjectsOneAfterTheOtherOrInAnArray(String text) throws IOException {
    Read read = json(text, "id", "name");
    assertThat(read.rows)
        .containsExactly(List.of("1", "a"), Arrays.asList("12345678901234567890.10", null));
    assertThat(read.numbers).containsExactly(1L, 2L);
    assertThat(json("{\"id\": true}{\"id\": 1e3}{}", "id").rows)
        .containsExactly(List.of("true"), List.of("1000"), Collections.singletonList(null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"a\": 1};{\"a\": | line 2: found what is no JSON",
        "{\"a\": 1};{\"a\": 1, \"a\": 2} | line 2: found field a twice",
        "{\"a\": 1, \"A\": 2} | line 1: found field A twice, whatever its case",
        "{\"a\": 1};{\"a\": [2]} | line 2: column a: found an array, expected one value",
        "{\"a\": 1};2 | line 2: found 2, expected an object {…} for each row",
        "[{\"a\": 1}];{} | line 2: found more after the array",
        "[{\"a\": 1} | line 1: found what is no JSON",
        "[ | line 1: found what is no JSON",
        "~~ | line 1: found an empty file, expected objects; write [] if there are none",
        "{\"a\": 1, \"x\": [1} | line 1: found what is no JSON",
      })
  void shouldSayWhereAJsonFileCannotBeRead(String text, String problem) {
    assertThatThrownBy(() -> json(text.replace(';', '\n'), "a"))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot load lookup t: t.json, " + problem);
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void shouldOpenNoPipeAndNoDevice() throws Exception {
    Path pipe = dir.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (String path : List.of(pipe.toString(), "/dev/zero", dir.toString())) {
      for (Format format : List.of(Format.CSV, Format.PARQUET)) {
        LookupContent content =
            new LookupContents(() -> null).of(definition(format, path, Map.of()));
        for (ThrowingCallable each :
            List.<ThrowingCallable>of(
                content::stamp, content::id, content::columns, content::rows)) {
          assertThatThrownBy(each)
              .isInstanceOf(MillraceException.class)
              .hasMessageContaining("found no file there but a directory or a device");
        }
      }
    }
  }

  /** As many a service wraps its rows: one object that holds them all. */
  @Test
  void shouldHoldNoMoreOfAnObjectThanItsColumns() throws IOException {
    Path file = dir.resolve("t.json");
    byte[] part = "[1,2,3,4,5,6,7,8,9],".repeat(50_000).getBytes(StandardCharsets.UTF_8);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write("{\"a\": 7, \"data\": [".getBytes(StandardCharsets.UTF_8));
      // 60 MB; as a tree, a gigabyte.
      for (int i = 0; i < 60; i++) {
        out.write(part);
      }
      out.write("0]}".getBytes(StandardCharsets.UTF_8));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(read(definition(Format.JSON, "t.json", Map.of(), "a")).rows)
        .containsExactly(List.of("7"));
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8 << 20);
  }

  private Read csv(String text, Map<String, String> options, String... columns) throws IOException {
    Files.writeString(dir.resolve("t.csv"), text);
    return read(definition(Format.CSV, "t.csv", options, columns));
  }

  private Read json(String text, String... columns) throws IOException {
    Files.writeString(dir.resolve("t.json"), text);
    return read(definition(Format.JSON, "t.json", Map.of(), columns));
  }

  private static Read read(LookupDefinition definition) {
    List<List<Object>> rows = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    try (LookupRows each = new LookupContents(() -> null).of(definition).rows()) {
      while (each.next()) {
        rows.add(each.values());
        numbers.add(each.number());
      }
    }
    return new Read(rows, numbers);
  }

  private LookupDefinition definition(
      Format format, String file, Map<String, String> options, String... columns) {
    return new LookupDefinition(
        "t",
        "v",
        format,
        dir.resolve(file).toString(),
        List.of("a"),
        Arrays.stream(columns).map(name -> new Column(name, "STRING")).toList(),
        Duration.ofMinutes(1),
        options,
        List.of());
  }
}
