package io.millrace.speed.view;

/**
 * How much housekeeping a flush may still do, so that its transaction ends well within its timeout:
 * some, and a multiple of what the flush itself wrote, so that it keeps up. Shared by a task's
 * views. For one thread.
 */
public final class Budget {
  private static final long STATES = 2_000;
  private static final long BYTES = 8L << 20;
  private static final int MULTIPLE = 4;

  private long states;
  private long bytes;

  private Budget(long states, long bytes) {
    this.states = states;
    this.bytes = bytes;
  }

  /** Of a flush that wrote so many states, so large together. */
  public static Budget after(long states, long bytes) {
    return new Budget(STATES + MULTIPLE * states, BYTES + MULTIPLE * bytes);
  }

  /** Whether one more state may be written. */
  public boolean isLeft() {
    return states > 0 && bytes > 0;
  }

  /** A state was written, read or deleted, key and value of so many bytes together. */
  public void spend(long size) {
    states--;
    bytes -= size;
  }
}
