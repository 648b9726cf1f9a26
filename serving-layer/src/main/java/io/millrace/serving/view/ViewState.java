package io.millrace.serving.view;

/**
 * Where a view version is in its life here.
 *
 * <pre>
 *   COMPILING ──▶ SERVED ──▶ TOOK_OVER ──▶ RETIRED
 *       │            └────────────────────▶ ▲ ▲
 *       └───────▶ FAILED ───────────────────┘ │
 *       └─────────────────────────────────────┘
 * </pre>
 *
 * <p>Whether a served version is ready is asked of its data each time, and not kept.
 */
public enum ViewState {
  /** Its name is known; what it computes is not yet. */
  COMPILING,
  /** It cannot be compiled; the version says why. */
  FAILED,
  /** It follows live state and runs. Older versions answer before it while they are ahead. */
  SERVED,
  /** An answer has come from it: from then on no older version is asked before it. */
  TOOK_OVER,
  /** It has left the control topic; its data is let go. */
  RETIRED;

  /**
   * @return {@code next}
   * @throws IllegalStateException if the drawing has no such move
   */
  ViewState to(ViewState next) {
    boolean drawn =
        switch (this) {
          case COMPILING -> next == SERVED || next == FAILED || next == RETIRED;
          case SERVED -> next == TOOK_OVER || next == RETIRED;
          case FAILED, TOOK_OVER -> next == RETIRED;
          case RETIRED -> false;
        };
    if (!drawn) {
      throw new IllegalStateException(
          "cannot serve a view: found the move " + this + " to " + next + ", expected one drawn");
    }
    return next;
  }
}
