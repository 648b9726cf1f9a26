package io.millrace.launcher.client;

import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.app.ApplicationFolder;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Views that go on although no folder has them any more, and how they end. Stateless. */
public final class LeftViews {
  private LeftViews() {}

  /**
   * Names of views that are in effect over the folder's sources and are not in the folder. A source
   * belongs to one folder, so these can be nobody else's.
   *
   * @return ascending
   */
  static List<String> of(ControlState state, ApplicationFolder folder) {
    Set<String> sources =
        folder.sources().stream().map(SourceDefinition::name).collect(Collectors.toSet());
    Set<String> views =
        folder.views().stream().map(ViewDefinition::name).collect(Collectors.toSet());
    return state.currentViews().stream()
        .filter(view -> sources.contains(view.source().name()))
        .map(ViewDefinition::name)
        .filter(name -> !views.contains(name))
        .toList();
  }

  /**
   * Retires every version of the views. Each layer forgets them; the batch layer then deletes their
   * topics and tables. The source's topic and its records in the lake stay.
   *
   * @throws io.millrace.control.error.MillraceException {@code VIEW_UNKNOWN} if there is no view of
   *     a name; then none is retired
   */
  public static void retire(ControlLog control, ControlState state, List<String> names) {
    names.forEach(name -> Names.requireView(state, name));
    for (ViewDefinition version : List.copyOf(state.views().values())) {
      if (names.contains(version.name())) {
        control.retireView(version.id());
      }
    }
  }
}
