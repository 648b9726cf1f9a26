package io.millrace.serving.swap;

/**
 * What a {@link RunSwitch} is doing about the next run. Which run answers meanwhile is another
 * matter: it does until the next one has taken its place.
 *
 * <pre>
 *              cannot be read
 *          ┌───────────────────┐
 *          ▼                   │
 *   ┌──▶ IDLE ─── chosen ──▶ LOADING ─── rows are here ──▶ LOADED ◀─── too early ───┐
 *   │                                                     │  │                      │
 *   ├──────── swapped in unaudited, or let go ────────────┘  └── seam fits ──▶ AUDITING
 *   │                                                                            │
 *   └────────────────────── swapped in, or refused ──────────────────────────────┘
 *
 *   any ──▶ CLOSED
 * </pre>
 */
enum SwitchState {
  /** No run is on its way. */
  IDLE,
  /** Its rows are being read. */
  LOADING,
  /** Its rows are here; live state must reach it and fit. */
  LOADED,
  /** It is compared with the run before and live state. */
  AUDITING,
  /** The view version is retired. */
  CLOSED;

  /**
   * @return {@code next}
   * @throws IllegalStateException if the drawing has no such move
   */
  SwitchState to(SwitchState next) {
    boolean drawn =
        switch (this) {
          case IDLE -> next == LOADING;
          case LOADING -> next == LOADED || next == IDLE;
          case LOADED -> next == AUDITING || next == IDLE;
          case AUDITING -> next == LOADED || next == IDLE;
          case CLOSED -> false;
        };
    if (drawn || (next == CLOSED && this != CLOSED)) {
      return next;
    }
    throw new IllegalStateException(
        "cannot switch runs: found the move " + this + " to " + next + ", expected one drawn");
  }
}
