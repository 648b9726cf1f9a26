package io.millrace.control.error;

import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/**
 * Why something failed, in a line or two for people: never empty, never {@code null}, never a stack
 * trace. Stateless.
 */
public final class Reason {
  private static final int LONGEST = 600;
  private static final int LONGEST_CAUSE = 250;
  private static final String CAUSE = "Caused by: ";

  /** How the next of several problems begins. */
  private static final Pattern NEXT_PROBLEM = Pattern.compile("(and: |cannot ).*");

  private Reason() {}

  /** What it says and, unless it is in Millrace's own words, what is behind it. */
  public static String of(Throwable thrown) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = thrown; at != null && !causes.contains(at); at = at.getCause()) {
      causes.add(at);
    }
    while (causes.size() > 1 && saysNothing(causes.get(0), causes.get(1))) {
      causes.remove(0);
    }
    Throwable first = causes.get(0);
    Throwable root = causes.get(causes.size() - 1);
    String said = brief(words(first));
    if (first instanceof MillraceException || root == first) {
      return said;
    }
    return with(said, ": ", brief(words(root)));
  }

  /**
   * The same of a text: its first line, the problems it lists, and the last cause of the stack
   * trace that it quotes.
   */
  public static String brief(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty()) {
      return "no reason given";
    }
    StringBuilder said = new StringBuilder(lines.get(0).strip());
    String cause = "";
    boolean listing = true;
    for (String line : lines.subList(1, lines.size())) {
      String stripped = line.strip();
      listing &= NEXT_PROBLEM.matcher(stripped).matches();
      if (listing) {
        said.append("; ").append(stripped);
      } else if (stripped.startsWith(CAUSE)) {
        cause = stripped.substring(CAUSE.length());
      }
    }
    return with(said.toString(), "; ", cause);
  }

  private static String with(String said, String joint, String cause) {
    if (cause.isEmpty() || said.contains(cause)) {
      return cut(said, LONGEST);
    }
    String end = joint + cut(cause, LONGEST_CAUSE);
    return cut(said, LONGEST - end.length()) + end;
  }

  private static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }

  /** Whether {@code wrapper} has no words but those of its cause. */
  private static boolean saysNothing(Throwable wrapper, Throwable cause) {
    String message = wrapper.getMessage();
    return wrapper instanceof ExecutionException
        || wrapper instanceof CompletionException
        || message == null
        || message.isBlank()
        || message.equals(cause.toString());
  }

  private static String words(Throwable thrown) {
    String name = thrown.getClass().getSimpleName();
    String message = thrown.getMessage();
    if (message == null || message.isBlank() || message.equals("null")) {
      return name.equals("TimeoutException") ? "no answer in time" : name;
    }
    // These name a file, an index or a class, and not what is the matter with it.
    boolean bare = thrown instanceof FileSystemException || !message.strip().contains(" ");
    return bare ? name + ": " + message : message;
  }
}
