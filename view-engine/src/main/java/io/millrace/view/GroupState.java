package io.millrace.view;

/**
 * The aggregate buffers of one group, mutable and on heap. Belongs to the {@link ViewProgram} (or
 * another program of the same {@link CompiledView}) that made it. Opaque outside this module.
 */
public interface GroupState {
  /** About how many bytes of heap it holds; for budgets, not exact. */
  int approximateBytes();
}
