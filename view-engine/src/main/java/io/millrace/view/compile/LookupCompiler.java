package io.millrace.view.compile;

import io.millrace.control.model.LookupDefinition;
import io.millrace.view.internal.lookup.CatalystLookup;
import io.millrace.view.lookup.CompiledLookup;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks lookup tables. Stateless and thread-safe. */
public final class LookupCompiler {
  private LookupCompiler() {}

  /**
   * @throws io.millrace.control.error.MillraceException {@code INVALID_SQL}, {@code NOT_SUPPORTED}:
   *     a column's type, a key column that is no column, …
   */
  public static CompiledLookup compile(LookupDefinition lookup) {
    return CatalystLookup.compile(lookup);
  }

  /** The version of a definition with these parts: 16 hex digits. */
  public static String version(
      LookupDefinition.Format format,
      List<String> key,
      List<LookupDefinition.Column> columns,
      Map<String, String> options) {
    return CatalystLookup.version(format, key, columns, options);
  }

  /** What keeps a column of a lookup from having this type, in words; empty if nothing does. */
  public static Optional<String> problem(LookupDefinition.Column column) {
    return CatalystLookup.problem(column);
  }
}
