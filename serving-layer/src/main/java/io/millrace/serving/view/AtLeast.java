package io.millrace.serving.view;

import io.millrace.control.config.Durations;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourcePosition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The positions that an answer must have reached. Immutable.
 *
 * @param positions one for each source that is named
 * @param timeout how long to wait for them; empty: as long as by default
 */
public record AtLeast(List<SourcePosition> positions, Optional<Duration> timeout) {
  /** How a request calls the position. */
  public static final String POSITION = "at_least";

  /** How a request calls the time to wait for it. */
  public static final String TIMEOUT = "timeout";

  public AtLeast {
    positions = List.copyOf(positions);
  }

  /**
   * Reads what a request says.
   *
   * @param position as {@link SourcePosition#parseAll} reads it; null if there is none
   * @param timeout such as {@code 2s}; null if there is none
   * @return empty if the request names no position
   * @throws MillraceException {@code BAD_REQUEST}
   */
  public static Optional<AtLeast> read(String position, String timeout) {
    if (position == null) {
      if (timeout != null) {
        throw bad(
            "found %s '%s' without %s, expected both; leave it out, or say what to wait for"
                .formatted(TIMEOUT, timeout, POSITION));
      }
      return Optional.empty();
    }
    try {
      return Optional.of(
          new AtLeast(
              SourcePosition.parseAll(position),
              Optional.ofNullable(timeout).map(Durations::parse)));
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage() + "; correct " + POSITION + " or " + TIMEOUT);
    }
  }

  static MillraceException bad(String what) {
    return new MillraceException(ErrorCode.BAD_REQUEST, "cannot answer: " + what);
  }

  @Override
  public String toString() {
    return positions.stream().map(SourcePosition::toString).collect(Collectors.joining(";"));
  }
}
