package io.millrace.control.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code CREATE VIEW} over one source, with all that is needed to compile it. Two definitions
 * with the same {@link #version} have the same states, byte for byte compatible.
 *
 * @param name the view's name; unique in an installation
 * @param version hash of the normalised definition, the source's schema and the state layout: 16
 *     hex digits
 * @param sql the SELECT, as written
 * @param source the source, as it was when the view was applied
 * @param comment the COMMENT, or empty
 * @param properties the TBLPROPERTIES, as written
 */
public record ViewDefinition(
    String name,
    String version,
    String sql,
    SourceDefinition source,
    String comment,
    Map<String, String> properties) {
  /** The TBLPROPERTIES key of the cron expression of a view's runs. */
  public static final String SCHEDULE = "schedule";

  /** The TBLPROPERTIES key of what an audit that finds a difference does. */
  public static final String AUDIT = "audit";

  /** Values of {@link #AUDIT}: the run is refused, which is the default, or only reported. */
  public static final List<String> AUDITS = List.of("stop", "report");

  public ViewDefinition {
    properties = Map.copyOf(properties);
  }

  /** The Quartz cron expression of the view's runs, if it has one of its own. */
  public Optional<String> schedule() {
    return Optional.ofNullable(properties.get(SCHEDULE));
  }

  /** {@code name/version}: names one version of a view wherever a single text must. */
  public String id() {
    return name + "/" + version;
  }
}
