package io.millrace.launcher.shell;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/**
 * Completes views, the columns of those that the statement names, keywords and functions. Names
 * that SQL takes in backticks alone get them.
 */
final class SqlCompleter implements Completer {
  private static final List<String> KEYWORDS =
      List.of(
          "SELECT",
          "FROM",
          "WHERE",
          "GROUP BY",
          "HAVING",
          "ORDER BY",
          "LIMIT",
          "OFFSET",
          "AS",
          "AND",
          "OR",
          "NOT",
          "IN",
          "BETWEEN",
          "LIKE",
          "RLIKE",
          "IS NULL",
          "IS NOT NULL",
          "CASE",
          "WHEN",
          "THEN",
          "ELSE",
          "END",
          "CAST",
          "DISTINCT",
          "UNION ALL",
          "WITH",
          "VALUES",
          "ASC",
          "DESC",
          "NULLS FIRST",
          "NULLS LAST",
          "INTERVAL",
          "DATE",
          "TIMESTAMP",
          "EXPLAIN",
          "MEASURE",
          "FILTER",
          "TRUE",
          "FALSE",
          "NULL");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final KnownNames names;

  SqlCompleter(KnownNames names) {
    this.names = names;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    String word = line.word().substring(0, line.wordCursor());
    if (line.line().stripLeading().startsWith("\\")) {
      ofCommand(line, word, candidates);
      return;
    }
    Map<String, List<String>> views = names.views();
    String text = line.line().toLowerCase(Locale.ROOT);
    TreeSet<String> columns = new TreeSet<>();
    views.forEach(
        (view, its) -> {
          if (text.contains(view.toLowerCase(Locale.ROOT))) {
            columns.addAll(its);
          }
        });
    if (columns.isEmpty() && !word.isEmpty()) {
      views.values().forEach(columns::addAll);
    }
    columns.forEach(name -> add(candidates, word, quoted(name), "columns"));
    views.keySet().forEach(name -> add(candidates, word, quoted(name), "views"));
    if (!word.isEmpty()) {
      boolean small = word.equals(word.toLowerCase(Locale.ROOT));
      KEYWORDS.forEach(
          name -> add(candidates, word, small ? name.toLowerCase(Locale.ROOT) : name, "SQL"));
      names.functions().stream()
          .filter(name -> PLAIN.matcher(name).matches())
          .forEach(name -> add(candidates, word, name, "functions"));
    }
  }

  private void ofCommand(ParsedLine line, String word, List<Candidate> candidates) {
    if (word.startsWith("\\")) {
      MetaCommand.names().forEach(name -> add(candidates, word, name, "commands"));
    } else if (line.line().stripLeading().startsWith("\\d")) {
      names.views().keySet().forEach(name -> add(candidates, word, name, "views"));
    } else if (line.line().stripLeading().startsWith("\\format")) {
      for (var format : io.millrace.launcher.output.Format.values()) {
        add(candidates, word, format.name(), "formats");
      }
    }
  }

  private static void add(List<Candidate> candidates, String word, String name, String group) {
    String bare = name.replace("`", "").toLowerCase(Locale.ROOT);
    if (bare.startsWith(word.toLowerCase(Locale.ROOT))) {
      candidates.add(new Candidate(name, name, group, null, null, null, true));
    }
  }

  private static String quoted(String name) {
    return PLAIN.matcher(name).matches() ? name : "`" + name.replace("`", "``") + "`";
  }
}
