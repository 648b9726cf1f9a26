package io.millrace.testkit.oracle;

import io.millrace.control.model.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Computes a view at a position, from scratch: of every event below it, add it to each group it
 * belongs to.
 *
 * <p>Asked for positions in ascending order it goes on from the last one; asked for any other it
 * begins again. Not thread-safe.
 */
public final class Oracle<E> {
  private final EventLog<E> log;
  private final Function<E, List<List<Object>>> groups;
  private final List<Supplier<Accumulator<E>>> aggregates;

  private Map<List<Object>, List<Accumulator<E>>> state = new HashMap<>();
  private Map<Integer, Integer> read = new HashMap<>();
  private Position at = Position.empty();

  /**
   * @param log may grow later
   * @param groups the keys of the groups an event belongs to: none if WHERE drops it, several with
   *     sliding windows
   * @param aggregates in the order of the columns
   */
  public Oracle(
      EventLog<E> log,
      Function<E, List<List<Object>>> groups,
      List<Supplier<Accumulator<E>>> aggregates) {
    this.log = log;
    this.groups = groups;
    this.aggregates = List.copyOf(aggregates);
  }

  /** By group key, the values of the aggregates over exactly the events below {@code position}. */
  public Map<List<Object>, List<Object>> rows(Position position) {
    if (!position.covers(at)) {
      state = new HashMap<>();
      read = new HashMap<>();
    }
    at = position;
    log.partitions()
        .forEach(
            (partition, entries) -> {
              int next = read.getOrDefault(partition, 0);
              while (next < entries.size()
                  && entries.get(next).offset() < position.offset(partition)) {
                add(entries.get(next++).event());
              }
              read.put(partition, next);
            });
    Map<List<Object>, List<Object>> rows = new HashMap<>();
    state.forEach((key, accumulators) -> rows.put(key, values(accumulators)));
    return rows;
  }

  /** A list that may hold null. */
  private static <E> List<Object> values(List<Accumulator<E>> accumulators) {
    List<Object> values = new ArrayList<>();
    accumulators.forEach(accumulator -> values.add(accumulator.value()));
    return values;
  }

  private void add(E event) {
    for (List<Object> key : groups.apply(event)) {
      state
          .computeIfAbsent(key, k -> aggregates.stream().map(Supplier::get).toList())
          .forEach(accumulator -> accumulator.add(event));
    }
  }
}
