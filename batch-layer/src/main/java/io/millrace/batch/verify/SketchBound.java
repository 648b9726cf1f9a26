package io.millrace.batch.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Whether what a sketch answers lies between the edges of its bound: in the order of the values,
 * which stand in JSON as numbers, or as text where they are decimals, times or intervals. Arrays
 * are compared element by element. Stateless.
 */
final class SketchBound {
  private static final JsonNode NOT_A_NUMBER = TextNode.valueOf("NaN");

  /** Past every number of SQL. */
  private static final BigDecimal INFINITE = new BigDecimal("1E400");

  private static final List<Function<String, BigDecimal>> READINGS =
      List.of(
          BigDecimal::new,
          text -> nanos(Instant.parse(text)),
          text -> BigDecimal.valueOf(LocalDate.parse(text).toEpochDay()),
          text -> nanos(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC)),
          text -> BigDecimal.valueOf(Period.parse(text).toTotalMonths()),
          text -> {
            Duration time = Duration.parse(text);
            return nanos(time.getSeconds(), time.getNano());
          });

  private SketchBound() {}

  /**
   * @param centre what the state is finished to
   * @param edges what the states at its edges are finished to; not a number: it may be any value
   */
  static boolean allows(JsonNode found, JsonNode centre, List<JsonNode> edges) {
    if (found.equals(centre) || edges.contains(NOT_A_NUMBER)) {
      return true;
    }
    if (found.isArray() && centre.isArray()) {
      if (found.size() != centre.size()) {
        return false;
      }
      for (int i = 0; i < found.size(); i++) {
        int at = i;
        List<JsonNode> inside = edges.stream().map(edge -> edge.path(at)).toList();
        if (!allows(found.get(i), centre.get(i), inside)) {
          return false;
        }
      }
      return true;
    }
    Optional<BigDecimal> place = place(found);
    List<BigDecimal> bounds =
        Stream.concat(edges.stream(), Stream.of(centre))
            .flatMap(node -> place(node).stream())
            .sorted()
            .toList();
    return place.isPresent()
        && !bounds.isEmpty()
        && place.get().compareTo(bounds.get(0)) >= 0
        && place.get().compareTo(bounds.get(bounds.size() - 1)) <= 0;
  }

  /** Where a value stands in the order of its type; empty for NULL and what has none. */
  private static Optional<BigDecimal> place(JsonNode node) {
    if (node.isNumber()) {
      return Optional.of(node.decimalValue());
    }
    if (!node.isTextual()) {
      return Optional.empty();
    }
    String text = node.textValue();
    if (text.endsWith("Infinity")) {
      return Optional.of(text.startsWith("-") ? INFINITE.negate() : INFINITE);
    }
    for (Function<String, BigDecimal> reading : READINGS) {
      try {
        return Optional.of(reading.apply(text));
      } catch (NumberFormatException | DateTimeParseException e) {
        // It is of another type.
      }
    }
    return Optional.empty();
  }

  private static BigDecimal nanos(Instant time) {
    return nanos(time.getEpochSecond(), time.getNano());
  }

  private static BigDecimal nanos(long seconds, int nanos) {
    return BigDecimal.valueOf(seconds).movePointRight(9).add(BigDecimal.valueOf(nanos));
  }
}
