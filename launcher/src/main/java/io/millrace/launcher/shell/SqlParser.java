package io.millrace.launcher.shell;

import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/** Tells JLine where a statement ends, and which word is completed. Stateless. */
final class SqlParser implements Parser {
  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    if (context != ParseContext.COMPLETE && !complete(line)) {
      throw new EOFError(-1, -1, "no semicolon yet", "");
    }
    int start = cursor;
    while (start > 0 && isOfWord(line.charAt(start - 1))) {
      start--;
    }
    int end = cursor;
    while (end < line.length() && isOfWord(line.charAt(end))) {
      end++;
    }
    return new Word(line, cursor, line.substring(start, end), cursor - start);
  }

  private static boolean complete(String line) {
    return line.isBlank() || line.stripLeading().startsWith("\\") || Statements.of(line).complete();
  }

  private static boolean isOfWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '\\';
  }

  private record Word(String line, int cursor, String word, int wordCursor)
      implements CompletingParsedLine {
    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return wordCursor;
    }

    @Override
    public int rawWordLength() {
      return word.length();
    }

    @Override
    public int wordIndex() {
      return 0;
    }

    @Override
    public List<String> words() {
      return List.of(word);
    }
  }
}
