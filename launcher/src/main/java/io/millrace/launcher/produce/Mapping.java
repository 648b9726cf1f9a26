package io.millrace.launcher.produce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How the columns of a file become the fields of a source, as a YAML file says it:
 *
 * <pre>
 * separator: ";"                       # of CSV; default by the file's name
 * key: customer_id                     # field whose text is the record's key
 * fields:
 *   customer_id: CustomerID            # a column as it is; empty is null where the schema has null
 *   country: {column: Country, null-when: [Unspecified]}
 *   cancelled: {column: InvoiceNo, starts-with: C}
 *   ordered_at: {column: InvoiceDate, timestamp: "yyyy-MM-dd HH:mm:ss", zone: Europe/London}
 *   clicked_at: {column: Time, timestamp: epoch-seconds}      # or epoch-millis
 *   amount: {product: [Quantity, UnitPrice], round: 2}        # half up; without round: exact
 *   currency: {constant: GBP}
 * </pre>
 *
 * <p>A field that the mapping does not name takes the column of its own name, if there is one, else
 * its default.
 *
 * @param separator of CSV columns
 * @param key field of the record's key
 * @param fields by field name
 */
record Mapping(Optional<Character> separator, Optional<String> key, Map<String, FieldRule> fields) {
  private static final Set<String> TOP = Set.of("separator", "key", "fields");
  private static final Set<String> RULE =
      Set.of(
          "column",
          "constant",
          "product",
          "null-when",
          "starts-with",
          "timestamp",
          "zone",
          "round");

  /** Every field from the column of its own name. */
  static Mapping byName() {
    return new Mapping(Optional.empty(), Optional.empty(), Map.of());
  }

  /**
   * @throws MillraceException {@code CONFIG_INVALID} with every problem of the file
   */
  static Mapping load(Path file) {
    JsonNode root;
    try {
      root = new ObjectMapper(new YAMLFactory()).readTree(file.toFile());
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot read the mapping " + file + ": " + e.getMessage() + "; name a YAML file",
          e);
    }
    List<String> problems = new ArrayList<>();
    unknown("the mapping", root, TOP, problems);
    Map<String, FieldRule> fields = new LinkedHashMap<>();
    JsonNode written = root.path("fields");
    if (!written.isObject()) {
      problems.add("found no 'fields', expected a rule per field");
    } else {
      for (Map.Entry<String, JsonNode> entry : written.properties()) {
        rule(entry.getKey(), entry.getValue(), problems)
            .ifPresent(rule -> fields.put(entry.getKey(), rule));
      }
    }
    if (!problems.isEmpty()) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot use the mapping "
              + file
              + ":\n  "
              + String.join("\n  ", problems)
              + "\ncorrect the file");
    }
    return new Mapping(
        text(root, "separator").filter(s -> !s.isEmpty()).map(s -> s.charAt(0)),
        text(root, "key"),
        fields);
  }

  private static Optional<FieldRule> rule(String field, JsonNode node, List<String> problems) {
    if (node.isTextual()) {
      return Optional.of(new FieldRule.Column(node.asText(), Set.of()));
    }
    if (!node.isObject()) {
      problems.add(field + ": found " + node + ", expected a column's name or a rule");
      return Optional.empty();
    }
    unknown(field, node, RULE, problems);
    Optional<String> constant = text(node, "constant");
    if (constant.isPresent()) {
      return Optional.of(new FieldRule.Constant(constant.get()));
    }
    OptionalInt round =
        node.has("round") ? OptionalInt.of(node.get("round").asInt()) : OptionalInt.empty();
    if (node.has("product")) {
      List<String> columns = new ArrayList<>();
      node.get("product").forEach(column -> columns.add(column.asText()));
      return Optional.of(new FieldRule.Product(List.copyOf(columns), round));
    }
    Optional<String> column = text(node, "column");
    if (column.isEmpty()) {
      problems.add(field + ": found none of column, constant, product; expected one");
      return Optional.empty();
    }
    return ofColumn(field, column.get(), node, round, problems);
  }

  private static Optional<FieldRule> ofColumn(
      String field, String column, JsonNode node, OptionalInt round, List<String> problems) {
    Optional<String> prefix = text(node, "starts-with");
    if (prefix.isPresent()) {
      return Optional.of(new FieldRule.StartsWith(column, prefix.get()));
    }
    Optional<String> pattern = text(node, "timestamp");
    if (pattern.isPresent()) {
      try {
        return Optional.of(
            switch (pattern.get()) {
              case "epoch-seconds" -> new FieldRule.Epoch(column, 1_000_000_000L);
              case "epoch-millis" -> new FieldRule.Epoch(column, 1_000_000L);
              default ->
                  new FieldRule.Timestamp(
                      column,
                      DateTimeFormatter.ofPattern(pattern.get()),
                      text(node, "zone").map(ZoneId::of).orElse(ZoneOffset.UTC));
            });
      } catch (IllegalArgumentException | java.time.DateTimeException e) {
        problems.add(field + ": " + e.getMessage());
        return Optional.empty();
      }
    }
    if (round.isPresent()) {
      return Optional.of(new FieldRule.Rounded(column, round.getAsInt()));
    }
    Set<String> nulls = new LinkedHashSet<>();
    node.path("null-when").forEach(text -> nulls.add(text.asText()));
    return Optional.of(new FieldRule.Column(column, Set.copyOf(nulls)));
  }

  private static void unknown(
      String where, JsonNode node, Set<String> known, List<String> problems) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        problems.add(
            where
                + ": found '"
                + entry.getKey()
                + "', expected one of "
                + known.stream().sorted().toList());
      }
    }
  }

  private static Optional<String> text(JsonNode node, String name) {
    return node.has(name) ? Optional.of(node.get(name).asText()) : Optional.empty();
  }
}
