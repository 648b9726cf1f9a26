package io.millrace.view;

import java.util.List;
import java.util.Optional;

/**
 * A view, runnable on one thread. The laws that hold, for all states a, b, c of one group:
 *
 * <ul>
 *   <li>{@code merge} is associative and commutative, {@code newState()} its identity;
 *   <li>updating {@code newState()} with rows r1…rn equals merging the states of any split of them;
 *   <li>{@code decode(encode(a))} equals a;
 *   <li>{@code evaluate} of the state of rows r1…rn equals the row Spark computes for them.
 * </ul>
 *
 * <p>"Equals" is exact for all types but floating point (relative 1e-9: sums depend on their order)
 * and order-dependent sketches (their own error bound).
 *
 * <p>Not thread-safe: one per thread.
 */
public interface ViewProgram {
  /**
   * Filters, projects and explodes the row, and updates every group it belongs to (none, one, or
   * several with sliding windows, explode or grouping sets).
   *
   * @throws RuntimeException what a view expression throws on this row. States of groups that were
   *     looked up before the throw may already be updated.
   */
  void update(SourceRow row, Groups groups);

  /** The state of no rows. */
  GroupState newState();

  /** Reads a state; the array is not kept. */
  GroupState decodeState(byte[] bytes);

  byte[] encodeState(GroupState state);

  /** Adds {@code from} to {@code into}; {@code from} is unchanged and shares nothing with it. */
  void merge(GroupState into, GroupState from);

  /**
   * The finished row of a group, in the order of {@link CompiledView#columns}, as plain Java
   * values: {@code null, Boolean, Byte, Short, Integer, Long, Float, Double, BigDecimal, String,
   * byte[], LocalDate, Instant} (TIMESTAMP), {@code LocalDateTime} (TIMESTAMP_NTZ), {@code Period,
   * Duration} (intervals), {@code List} (ARRAY), {@code Map} (MAP), {@code LinkedHashMap<String,
   * Object>} (STRUCT).
   *
   * @param groupKey the key's bytes, {@link GroupKey#toBytes}
   * @return empty if HAVING drops the row
   */
  Optional<List<Object>> evaluate(byte[] groupKey, GroupState state);
}
