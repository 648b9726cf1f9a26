package io.millrace.view.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells a job that failed because an expression threw on a record from one that failed for what is
 * around it: files, memory, executors. Stateless.
 */
final class RecordFailure {
  /** Whose code a stack trace is looked at for; what is between is called by it. */
  private static final Pattern KNOWN =
      Pattern.compile("(org\\.apache\\.(spark|iceberg|hadoop|parquet|kafka)|io\\.millrace)\\..*");

  /** Where Spark makes the exceptions that its expressions throw. */
  private static final Pattern MAKERS =
      Pattern.compile("org\\.apache\\.spark\\.(Spark\\w+|sql\\.errors\\..*|unsafe\\..*)");

  private static final String EXPRESSIONS = "org.apache.spark.sql.catalyst.";

  /** A line of a stack trace that an exception has only as text. */
  private static final Pattern FRAME =
      Pattern.compile("(?m)^\\s+at (?:[^/\\s]+/)*([\\w.$]+)\\.[^.(]+\\(");

  private RecordFailure() {}

  static boolean is(Throwable thrown) {
    List<Throwable> causes = causes(thrown);
    if (causes.stream().anyMatch(RecordFailure::ofSurroundings)) {
      return false;
    }
    Throwable root = causes.get(causes.size() - 1);
    return fromExpression(frames(root)) || fromExpression(framesInText(root));
  }

  private static boolean ofSurroundings(Throwable cause) {
    return cause instanceof IOException
        || cause instanceof InterruptedException
        || cause instanceof Error;
  }

  private static boolean fromExpression(List<String> classes) {
    return classes.stream()
        .filter(name -> KNOWN.matcher(name).matches() && !MAKERS.matcher(name).matches())
        .findFirst()
        .filter(name -> name.startsWith(EXPRESSIONS))
        .isPresent();
  }

  private static List<String> frames(Throwable thrown) {
    return Arrays.stream(thrown.getStackTrace()).map(StackTraceElement::getClassName).toList();
  }

  private static List<String> framesInText(Throwable thrown) {
    List<String> classes = new ArrayList<>();
    Matcher matcher = FRAME.matcher(String.valueOf(thrown.getMessage()));
    while (matcher.find()) {
      classes.add(matcher.group(1));
    }
    return classes;
  }

  private static List<Throwable> causes(Throwable thrown) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = thrown; at != null && !causes.contains(at); at = at.getCause()) {
      causes.add(at);
    }
    return causes;
  }
}
