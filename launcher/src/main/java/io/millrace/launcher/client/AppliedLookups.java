package io.millrace.launcher.client;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.app.ApplicationFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The lookups of a folder, put into effect and ended. For one thread. */
final class AppliedLookups {
  private final ControlLog control;

  AppliedLookups(ControlLog control) {
    this.control = control;
  }

  /**
   * Before anything is published.
   *
   * @throws MillraceException {@code INVALID_SQL} if a lookup would have the name of a view that is
   *     in effect, or a view that of a lookup: a question could not tell them apart
   */
  void check(ControlState state, ApplicationFolder folder) {
    for (LookupDefinition lookup : folder.lookups()) {
      if (state.current(lookup.name()).isPresent()) {
        throw taken("table", lookup.name(), "view");
      }
    }
    for (ViewDefinition view : folder.views()) {
      if (state.lookups().containsKey(view.name())) {
        throw taken("view", view.name(), "lookup table");
      }
    }
  }

  private static MillraceException taken(String kind, String name, String other) {
    return new MillraceException(
        ErrorCode.INVALID_SQL,
        "cannot apply "
            + kind
            + " "
            + name
            + ": found a "
            + other
            + " of that name in effect, expected none, as questions name both; choose another name,"
            + " or end that one by 'millrace drop "
            + name
            + "'");
  }

  Application.Change publish(ControlState state, LookupDefinition lookup) {
    LookupDefinition before = state.lookups().get(lookup.name());
    if (lookup.equals(before)) {
      return new Application.Change("lookup", lookup.name(), "unchanged", "");
    }
    control.publish(lookup);
    return new Application.Change(
        "lookup",
        lookup.name(),
        before == null ? "added" : "changed",
        (before != null && before.version().equals(lookup.version()) ? "same version " : "version ")
            + lookup.version()
            + ", from "
            + lookup.path());
  }

  /**
   * Lookups in effect that were applied with one of the folder's sources, and that it no longer
   * has.
   */
  List<Application.Change> left(
      ControlState state, ApplicationFolder folder, Application.Left left) {
    Set<String> sources =
        folder.sources().stream().map(SourceDefinition::name).collect(Collectors.toSet());
    Set<String> lookups =
        folder.lookups().stream().map(LookupDefinition::name).collect(Collectors.toSet());
    List<Application.Change> changes = new ArrayList<>();
    for (LookupDefinition lookup : state.lookups().values()) {
      String name = lookup.name();
      if (lookups.contains(name) || lookup.beside().stream().noneMatch(sources::contains)) {
        continue;
      }
      if (left == Application.Left.DROPPED) {
        control.retireLookup(name);
        changes.add(new Application.Change("lookup", name, "dropped", ""));
      } else {
        changes.add(
            new Application.Change(
                "lookup",
                name,
                "left",
                "not in this folder, and goes on; --prune or 'millrace drop "
                    + name
                    + "' ends it"));
      }
    }
    return changes;
  }
}
