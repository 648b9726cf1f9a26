package io.millrace.serving.merge;

import io.millrace.view.CompiledView;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * Merges the encoded states of a group and finishes its row.
 *
 * <p>Thread-safe: each call borrows a program of its own.
 */
public final class GroupMerge {
  private final CompiledView view;
  private final ConcurrentLinkedQueue<ViewProgram> idle = new ConcurrentLinkedQueue<>();

  public GroupMerge(CompiledView view) {
    this.view = view;
  }

  public CompiledView view() {
    return view;
  }

  /** Runs {@code work} with a program no other thread uses meanwhile. */
  public <T> T withProgram(Function<ViewProgram, T> work) {
    ViewProgram program = borrow();
    T result = work.apply(program);
    // Not in a finally: a program that threw may hold half of what it was doing.
    giveBack(program);
    return result;
  }

  /** A program no other thread uses until it is given back. */
  public ViewProgram borrow() {
    ViewProgram borrowed = idle.poll();
    return borrowed == null ? view.newProgram() : borrowed;
  }

  /**
   * @param program borrowed here, and at the end of what it was doing: not one that threw
   */
  public void giveBack(ViewProgram program) {
    idle.add(program);
  }

  /**
   * The finished row of a group; the state of no rows if no state is given.
   *
   * @param batchState encoded, or null
   * @param segmentStates encoded
   */
  public static Optional<List<Object>> row(
      ViewProgram program, byte[] key, byte[] batchState, List<byte[]> segmentStates) {
    return program.evaluate(key, state(program, batchState, segmentStates));
  }

  /** The merged state of a group; as {@link #row}. */
  public static GroupState state(
      ViewProgram program, byte[] batchState, List<byte[]> segmentStates) {
    GroupState state = batchState == null ? null : program.decodeState(batchState);
    for (byte[] segmentState : segmentStates) {
      GroupState segment = program.decodeState(segmentState);
      if (state == null) {
        state = segment;
      } else {
        program.merge(state, segment);
      }
    }
    return state == null ? program.newState() : state;
  }
}
