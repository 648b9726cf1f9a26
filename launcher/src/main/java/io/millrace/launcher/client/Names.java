package io.millrace.launcher.client;

import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import java.util.Comparator;
import java.util.List;

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
                        + known(
                            state.currentViews().stream().map(ViewDefinition::name).toList(),
                            name,
                            "views")));
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
              + known(state.sources().keySet().stream().sorted().toList(), name, "sources"));
    }
    return source;
  }

  private static String known(List<String> names, String name, String kind) {
    if (names.isEmpty()) {
      return "no " + kind + "; apply a folder by 'millrace apply DIR'";
    }
    String near =
        names.stream()
            .min(Comparator.comparingInt(known -> EditDistance.between(known, name)))
            .filter(known -> EditDistance.between(known, name) <= Math.max(2, name.length() / 3))
            .map(known -> "; did you mean '" + known + "'?")
            .orElse("");
    return "only " + String.join(", ", names) + near;
  }
}
