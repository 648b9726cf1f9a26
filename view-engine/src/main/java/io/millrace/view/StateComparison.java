package io.millrace.view;

import java.util.List;

/**
 * Whether two states of one group can be of the same records. The laws, for all rows r and all
 * splits p, q of them:
 *
 * <ul>
 *   <li>the merged states of p and those of q have no difference;
 *   <li>a row that is missing, that is there twice, or that changed what an exact aggregate sees,
 *       is a difference. What changed only in floating point is one if the change is larger than
 *       the rounding of all the sums could be, and only in a sketch if it is larger than what two
 *       sketches of the same values may differ by.
 * </ul>
 *
 * <p>How each aggregate is compared stands in {@code docs/spec/state.md}. Not thread-safe.
 */
public interface StateComparison {
  /**
   * @param expected a state as {@link ViewProgram#encodeState} gives it
   * @param found another
   * @return what differs, by aggregate; empty if they agree
   */
  List<Difference> compare(byte[] expected, byte[] found);

  /**
   * What other states of the same records rounding, or the bound of a sketch, allows, at its edges:
   * what is finished of the records in any order lies, to the first order, within the sum of what
   * is finished of these.
   *
   * @return for each aggregate that rounds, and for each sketch of {@link CompiledView#bounded}
   *     columns, the state with this aggregate at its bounds
   */
  List<List<byte[]>> edges(byte[] state);

  /**
   * @param aggregate the aggregate as SQL
   * @param expected its value on one side, for people
   * @param found its value on the other
   */
  record Difference(String aggregate, String expected, String found) {
    @Override
    public String toString() {
      return aggregate + " is " + found + " instead of " + expected;
    }
  }
}
