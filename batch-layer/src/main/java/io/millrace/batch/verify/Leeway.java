package io.millrace.batch.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.millrace.control.model.ValueJson;
import io.millrace.view.StateComparison;
import io.millrace.view.ViewProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the finished row of a group may be, given that its floating-point sums may be rounded
 * otherwise, and its sketches be made in another order: the row is finished of the state and of
 * each state at an edge of what rounding allows; a number is right within the sum of the ways that
 * they move it, another value if one of them has it. The edges are looked at only where a row is
 * not equal as it is. Not thread-safe.
 */
final class Leeway {
  /** The sum of moves is of the first order, and finishing rounds too. */
  private static final double SLACK = 1.1;

  private static final double FINISHING = 1e-14;

  private final List<JsonNode> row;
  private final boolean kept;
  private final Edges states;
  private List<List<Optional<List<JsonNode>>>> edges;

  /** Finishes the states at the edges, by aggregate; empty where HAVING drops the row. */
  interface Edges {
    List<List<Optional<List<JsonNode>>>> rows();
  }

  /**
   * @param row as finished of the state, or of one at an edge if HAVING drops that one
   * @param kept whether it is of the state
   */
  Leeway(List<JsonNode> row, boolean kept, Edges states) {
    this.row = row;
    this.kept = kept;
    this.states = states;
  }

  /** Empty if HAVING drops the row, whatever rounding does. */
  static Optional<Leeway> of(
      ViewProgram program, StateComparison comparison, byte[] key, byte[] state) {
    Edges edges =
        () ->
            comparison.edges(state).stream()
                .map(edge -> edge.stream().map(shifted -> row(program, key, shifted)).toList())
                .toList();
    Optional<List<JsonNode>> row = row(program, key, state);
    if (row.isPresent()) {
      return Optional.of(new Leeway(row.get(), true, edges));
    }
    return edges.rows().stream()
        .flatMap(List::stream)
        .flatMap(Optional::stream)
        .findFirst()
        .map(other -> new Leeway(other, false, edges));
  }

  private static Optional<List<JsonNode>> row(ViewProgram program, byte[] key, byte[] state) {
    return program
        .evaluate(key, program.decodeState(state))
        .map(
            values -> {
              List<JsonNode> nodes = new ArrayList<>();
              values.forEach(value -> nodes.add(node(value)));
              return nodes;
            });
  }

  private static JsonNode node(Object value) {
    JsonNode node = ValueJson.node(value);
    return node == null ? NullNode.instance : node;
  }

  List<JsonNode> row() {
    return row;
  }

  /** Whether HAVING keeps some of the rows and drops others. */
  boolean optional() {
    return !kept || edges().stream().flatMap(List::stream).anyMatch(Optional::isEmpty);
  }

  /** Whether each column of the row that has leeway is one that the group may have. */
  boolean allows(List<Verification.Rule> rules, List<JsonNode> found) {
    for (int i = 0; i < rules.size(); i++) {
      if (!allows(rules.get(i), i, found.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean allows(Verification.Rule rule, int column, JsonNode found) {
    return switch (rule) {
      case EXACT, OPEN -> true;
      case FLOATING -> allows(found, row.get(column), moved(nodes -> nodes.get(column)));
      case BOUNDED ->
          SketchBound.allows(
              found,
              row.get(column),
              moved(nodes -> nodes.get(column)).stream().flatMap(List::stream).toList());
    };
  }

  private List<List<Optional<List<JsonNode>>>> edges() {
    if (edges == null) {
      edges = states.rows();
    }
    return edges;
  }

  private List<List<JsonNode>> moved(Function<List<JsonNode>, JsonNode> reading) {
    return edges().stream()
        .map(edge -> edge.stream().flatMap(Optional::stream).map(reading).toList())
        .toList();
  }

  private static boolean allows(JsonNode found, JsonNode centre, List<List<JsonNode>> moved) {
    if (found.equals(centre)) {
      return true;
    }
    if (found.isNumber() && centre.isNumber()) {
      double width = 0;
      for (List<JsonNode> edge : moved) {
        width +=
            edge.stream()
                .mapToDouble(node -> Math.abs(node.doubleValue() - centre.doubleValue()))
                .max()
                .orElse(0);
      }
      double difference = Math.abs(found.doubleValue() - centre.doubleValue());
      return difference <= SLACK * width + FINISHING * Math.abs(centre.doubleValue());
    }
    if (found.isArray() && centre.isArray() && found.size() == centre.size()) {
      for (int i = 0; i < found.size(); i++) {
        int at = i;
        if (!allows(found.get(i), centre.get(i), inside(moved, node -> node.get(at)))) {
          return false;
        }
      }
      return true;
    }
    if (found.isObject() && centre.isObject() && found.size() == centre.size()) {
      for (Map.Entry<String, JsonNode> field : found.properties()) {
        JsonNode wanted = centre.get(field.getKey());
        if (wanted == null
            || !allows(field.getValue(), wanted, inside(moved, n -> n.get(field.getKey())))) {
          return false;
        }
      }
      return true;
    }
    return moved.stream().anyMatch(edge -> edge.contains(found));
  }

  private static List<List<JsonNode>> inside(
      List<List<JsonNode>> moved, Function<JsonNode, JsonNode> reading) {
    return moved.stream()
        .map(edge -> edge.stream().map(reading).filter(Objects::nonNull).toList())
        .toList();
  }
}
