package io.millrace.control.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code CREATE VIEW} over one source, with all that is needed to compile it. Two definitions
 * with the same {@link #version} have the same states, byte for byte compatible.
 *
 * @param name the view's name; unique in an installation
 * @param version hash of the normalised definition, the source's schema, the state layout and the
 *     generation: 16 hex digits
 * @param sql the SELECT, as written
 * @param source the source, as it was when the view was applied
 * @param comment the COMMENT, or empty
 * @param properties the TBLPROPERTIES, as written
 * @param generation how often live state was begun anew for a view of this name ({@code millrace
 *     rebuild}); 0 at first. Views of two generations are two versions
 */
public record ViewDefinition(
    String name,
    String version,
    String sql,
    SourceDefinition source,
    String comment,
    Map<String, String> properties,
    int generation) {
  /** The TBLPROPERTIES key of the cron expression of a view's runs. */
  public static final String SCHEDULE = "schedule";

  /** The TBLPROPERTIES key of what an audit that finds a difference does. */
  public static final String AUDIT = "audit";

  /** Values of {@link #AUDIT}: the run is refused, which is the default, or only reported. */
  public static final List<String> AUDITS = List.of("stop", "report");

  public ViewDefinition {
    properties = Map.copyOf(properties);
    if (generation < 0) {
      throw new IllegalArgumentException(
          "cannot define view "
              + name
              + ": found generation "
              + generation
              + ", expected 0 or more");
    }
  }

  /** A view of the first generation. */
  public ViewDefinition(
      String name,
      String version,
      String sql,
      SourceDefinition source,
      String comment,
      Map<String, String> properties) {
    this(name, version, sql, source, comment, properties, 0);
  }

  /**
   * This view with more said of its source, and all else as it is.
   *
   * @param other of the same version as the source
   */
  public ViewDefinition withSource(SourceDefinition other) {
    return new ViewDefinition(name, version, sql, other, comment, properties, generation);
  }

  /** This view in another generation, of which it has another version, and all else as it is. */
  public ViewDefinition inGeneration(int other, String versionThen) {
    return new ViewDefinition(name, versionThen, sql, source, comment, properties, other);
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
