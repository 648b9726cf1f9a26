package io.millrace.launcher.client;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;

/** Looks up what people name. Stateless. */
public final class Names {
  private Names() {}

  /**
   * @throws MillraceException {@code VIEW_UNKNOWN} with the names there are
   */
  public static ViewDefinition requireView(ControlState state, String name) {
    return state
        .current(name)
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.VIEW_UNKNOWN,
                    "cannot find view '"
                        + name
                        + "': found "
                        + (state.views().isEmpty()
                            ? "no views; apply a folder by 'millrace apply DIR'"
                            : "only "
                                + String.join(
                                    ", ",
                                    state.currentViews().stream()
                                        .map(ViewDefinition::name)
                                        .toList()))));
  }

  /**
   * @throws MillraceException {@code BAD_REQUEST} with the names there are
   */
  public static SourceDefinition requireSource(ControlState state, String name) {
    SourceDefinition source = state.sources().get(name);
    if (source == null) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot find source '"
              + name
              + "': found "
              + (state.sources().isEmpty()
                  ? "no sources; apply a folder by 'millrace apply DIR'"
                  : "only "
                      + String.join(", ", state.sources().keySet().stream().sorted().toList())));
    }
    return source;
  }
}
