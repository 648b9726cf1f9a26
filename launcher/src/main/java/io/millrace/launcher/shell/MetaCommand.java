package io.millrace.launcher.shell;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What begins with a backslash. */
enum MetaCommand {
  HELP("\\?", "", "this list"),
  VIEWS("\\dt", "", "the views"),
  DESCRIBE("\\d", "[VIEW]", "the views, or the columns of one"),
  EXPANDED("\\x", "", "a line for each value, or a table again"),
  FORMAT("\\format", "[FORMAT]", "the form of answers: table, json, csv, ndjson, arrow, parquet"),
  OUTPUT("\\o", "[FILE]", "answers go to a file, each in place of the one before, or here again"),
  LIMIT("\\limit", "[N]", "at most this many rows, or all"),
  TIMING("\\timing", "", "how long answers take, or not"),
  QUIT("\\q", "", "leave, as does Ctrl-D");

  private final String name;
  private final String takes;
  private final String does;

  MetaCommand(String name, String takes, String does) {
    this.name = name;
    this.takes = takes;
    this.does = does;
  }

  static List<String> names() {
    return Stream.of(values()).map(command -> command.name).toList();
  }

  static Optional<MetaCommand> of(String word) {
    return Stream.of(values()).filter(command -> command.name.equals(word)).findFirst();
  }

  static List<String> help() {
    return Stream.of(values())
        .map(command -> "  %-18s %s".formatted(command.name + " " + command.takes, command.does))
        .toList();
  }
}
