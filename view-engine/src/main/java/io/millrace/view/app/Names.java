package io.millrace.view.app;

import io.millrace.control.config.EditDistance;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.analysis.UnresolvedIdentifier;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.jdk.javaapi.CollectionConverters;

/** Names of tables and views: they become names of topics, of lake tables and of files. */
final class Names {
  private static final Pattern SAFE = Pattern.compile("[a-z][a-z0-9_]{0,79}");

  private Names() {}

  static String of(LogicalPlan identifier, SqlStatement statement) {
    String written =
        identifier instanceof UnresolvedIdentifier name
            ? String.join(".", CollectionConverters.asJava(name.nameParts()))
            : identifier.toString();
    String name = written.toLowerCase(Locale.ROOT);
    if (!SAFE.matcher(name).matches()) {
      throw statement
          .find(written)
          .error(
              io.millrace.control.error.ErrorCode.INVALID_SQL,
              "cannot use the name "
                  + written
                  + ": expected a letter and at most 79 letters (a to z), digits and underscores;"
                  + " choose another");
    }
    return name;
  }

  /** {@code "; did you mean x?"}, or the known names where none is near. */
  static String suggest(String unknown, Collection<String> known) {
    if (known.isEmpty()) {
      return "";
    }
    String nearest =
        known.stream()
            .min(Comparator.comparingInt(name -> EditDistance.between(name, unknown)))
            .orElseThrow();
    return EditDistance.between(nearest, unknown) <= Math.max(2, unknown.length() / 3)
        ? "; did you mean " + nearest + "?"
        : "; known are " + String.join(", ", known.stream().sorted().toList());
  }
}
