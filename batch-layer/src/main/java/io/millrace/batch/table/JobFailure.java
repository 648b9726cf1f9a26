package io.millrace.batch.table;

import io.millrace.control.error.MillraceException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is behind an exception of a job, in a line for people. Stateless. */
public final class JobFailure {
  private static final int LONGEST = 400;

  /** How Spark quotes what a task threw, when that is nowhere else. */
  private static final Pattern QUOTED = Pattern.compile("most recent failure: .*?\\): (.*)");

  private static final Pattern DISK_FULL =
      Pattern.compile("(?i)no space left on device|disk quota exceeded|not enough space");

  private JobFailure() {}

  /** The reason, never empty: what is deepest in the chain of causes. */
  public static String reason(Throwable thrown) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = thrown; at != null && !causes.contains(at); at = at.getCause()) {
      causes.add(at);
      if (at instanceof MillraceException known) {
        return known.getMessage();
      }
      Matcher full = DISK_FULL.matcher(String.valueOf(at.getMessage()));
      if (full.find()) {
        return "found a full disk ("
            + full.group().toLowerCase(java.util.Locale.ROOT)
            + "), expected room for the lake and for Spark's own files; make some, it is tried again";
      }
    }
    return line(causes.get(causes.size() - 1));
  }

  private static String line(Throwable root) {
    String message = root.getMessage() == null ? "" : root.getMessage();
    Matcher quoted = QUOTED.matcher(message);
    String first = quoted.find() ? quoted.group(1) : message.lines().findFirst().orElse("");
    String name = root.getClass().getSimpleName();
    if (first.isBlank()) {
      return name;
    }
    String text =
        root instanceof FileSystemException || !first.contains(" ") ? name + ": " + first : first;
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
