package io.millrace.control.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A position in the topic of one source, as a text that can be passed on: {@code
 * orders@Vw1uS3HrQVu2k1-3rSgxLA:0=1231,1=1002}. Offsets are exclusive, as those of {@link Position}
 * are. Immutable.
 *
 * <p>Law: {@code parse(p.toString())} equals {@code p}.
 *
 * @param source the source's name
 * @param topicId Kafka's id of the topic whose offsets these are: in another topic of the same name
 *     they mean nothing; empty if it is not known
 * @param position its offsets
 */
public record SourcePosition(String source, Optional<String> topicId, Position position) {
  private static final String FORM = "SOURCE@TOPIC-ID:PARTITION=OFFSET,…";
  private static final Pattern TEXT =
      Pattern.compile("([^@:;=,\\s]+)(?:@([A-Za-z0-9_-]{1,64}))?:(.*)", Pattern.DOTALL);
  private static final Pattern OFFSET = Pattern.compile("(\\d{1,9})=(\\d{1,18})");

  /**
   * Reads what {@link #toString} writes; {@code @TOPIC-ID} may be missing.
   *
   * @throws IllegalArgumentException "found …, expected …"
   */
  public static SourcePosition parse(String text) {
    Matcher parts = TEXT.matcher(text.strip());
    if (!parts.matches()) {
      throw other(text);
    }
    Map<Integer, Long> offsets = new TreeMap<>();
    if (!parts.group(3).isEmpty()) {
      for (String entry : parts.group(3).split(",", -1)) {
        Matcher offset = OFFSET.matcher(entry.strip());
        if (!offset.matches()
            || offsets.put(Integer.valueOf(offset.group(1)), Long.valueOf(offset.group(2)))
                != null) {
          throw other(text);
        }
      }
    }
    return new SourcePosition(
        parts.group(1), Optional.ofNullable(parts.group(2)), Position.of(offsets));
  }

  /**
   * Reads several, with {@code ;} between. Those of one topic become one: the smallest position
   * that covers each.
   *
   * @throws IllegalArgumentException "found …, expected …"
   */
  public static List<SourcePosition> parseAll(String text) {
    Map<String, SourcePosition> bySource = new LinkedHashMap<>();
    for (String each : text.split(";", -1)) {
      SourcePosition position = parse(each);
      bySource.merge(position.source(), position, SourcePosition::and);
    }
    return new ArrayList<>(bySource.values());
  }

  private SourcePosition and(SourcePosition other) {
    if (topicId.isPresent() && other.topicId.isPresent() && !topicId.equals(other.topicId)) {
      throw new IllegalArgumentException(
          "found positions of two topics of source "
              + source
              + ", with ids "
              + topicId.get()
              + " and "
              + other.topicId.get()
              + ", expected one");
    }
    return new SourcePosition(source, topicId.or(other::topicId), position.max(other.position));
  }

  private static IllegalArgumentException other(String text) {
    String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
    return new IllegalArgumentException("found '" + shown + "', expected " + FORM);
  }

  @Override
  public String toString() {
    return source
        + topicId.map(id -> "@" + id).orElse("")
        + ":"
        + position.offsets().entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(","));
  }
}
