package io.millrace.serving.lookup;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import java.time.Instant;
import java.util.Optional;

/**
 * How a lookup is, at one moment: what the API, the status topic and the metrics all say of it.
 * Immutable.
 *
 * @param definition as applied last
 * @param problem what keeps its newest content from being loaded
 * @param standing what answers; empty before the first content is loaded
 * @param missed how many rows of joins have found none in it, since it was taken up
 */
public record LookupReport(
    LookupDefinition definition,
    Optional<MillraceException> problem,
    Optional<Standing> standing,
    long missed) {
  /** Whether what answers is of the definition as it was applied last, not of one before. */
  public boolean current() {
    return standing
        .filter(at -> at.version().equals(definition.version()))
        .filter(at -> at.path().equals(definition.path()))
        .isPresent();
  }

  /**
   * What answers.
   *
   * @param version the definition's that it was read by
   * @param path where the definition had it
   * @param content id of the bytes
   * @param rows how many
   * @param bytes of keys and rows
   * @param loadedAt when it was whole
   * @param seenAt when the file was last found to hold it
   */
  public record Standing(
      String version,
      String path,
      String content,
      long rows,
      long bytes,
      Instant loadedAt,
      Instant seenAt) {}
}
