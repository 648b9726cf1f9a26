package io.millrace.launcher.local.process;

/**
 * What one supervised process is doing.
 *
 * <pre>
 * STARTING ──▶ RUNNING ──▶ STOPPED
 *    ▲  │         │           ▲
 *    │  └────┬────┘           │
 *    │       ▼                │
 *    └──── WAITING ───────────┤   died; started again after a pause
 *            │                │
 *            ▼                │
 *          FAILED ────────────┘   given up: its configuration cannot work
 * </pre>
 */
public enum ProcessState {
  STARTING,
  RUNNING,
  WAITING,
  FAILED,
  STOPPED;

  boolean mayBecome(ProcessState next) {
    return switch (this) {
      case STARTING -> next != STARTING;
      case RUNNING -> next == WAITING || next == FAILED || next == STOPPED;
      case WAITING -> next == STARTING || next == FAILED || next == STOPPED;
      case FAILED -> next == STOPPED;
      case STOPPED -> false;
    };
  }
}
