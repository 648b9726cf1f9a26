package io.millrace.testkit.laws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One of Spark's own SQL tests: its statements in order, with the answers that Spark's build
 * checks.
 *
 * @param name path below the tests' folder, without endings: {@code "udf/udf-having"}
 */
record GoldenFile(String name, List<Entry> entries) {
  private static final Path FOLDER = Path.of("target", "golden", "sql-tests", "results");

  /**
   * A statement.
   *
   * @param number from 1, in the file
   * @param output the rows, a line each; or an error
   */
  record Entry(int number, String query, String schema, String output) {
    /** Whether there is an answer: a statement that gives none, or fails, has no columns. */
    boolean answered() {
      return !schema.equals("struct<>");
    }

    List<String> rows() {
      return output.isEmpty() ? List.of() : List.of(output.split("\n", -1));
    }
  }

  /** All of them, by name. */
  static List<GoldenFile> all() {
    try (Stream<Path> paths = Files.walk(FOLDER)) {
      return paths
          .filter(path -> path.toString().endsWith(".sql.out"))
          .sorted()
          .map(GoldenFile::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GoldenFile read(Path path) {
    String name = FOLDER.relativize(path).toString().replace(".sql.out", "");
    List<Entry> entries = new ArrayList<>();
    try {
      String[] parts = Files.readString(path).split("-- !query\n");
      for (int i = 1; i < parts.length; i++) {
        String[] schema = parts[i].split("\n-- !query schema\n", 2);
        String[] output = schema[1].split("\n-- !query output\n", 2);
        String rows =
            output[1].endsWith("\n\n\n") ? chopped(output[1], 3) : output[1].stripTrailing();
        entries.add(new Entry(i, schema[0], output[0], rows));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new GoldenFile(name, entries);
  }

  private static String chopped(String text, int end) {
    return text.substring(0, text.length() - end);
  }
}
