package io.millrace.launcher.command;

import io.millrace.control.error.Reason;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Views as {@code millrace status} and {@code millrace views} list them. */
final class ViewLines {
  private static final List<String> HEADINGS =
      List.of("view", "source", "state", "run", ">in batch", ">live", ">age", "comment");

  private final Console console;
  private final ControlState state;

  /**
   * @param state what was applied; empty if that is not known
   */
  ViewLines(Console console, ControlState state) {
    this.console = console;
    this.state = state;
  }

  /** What the serving layer says, and what it does not know of yet. */
  List<String> all(List<ServingClient.View> views) {
    Set<String> known = views.stream().map(ServingClient.View::name).collect(Collectors.toSet());
    List<ViewDefinition> missing =
        state.currentViews().stream().filter(view -> !known.contains(view.name())).toList();
    if (views.isEmpty() && missing.isEmpty()) {
      return List.of("none");
    }
    Table table = new Table(HEADINGS);
    views.forEach(view -> table.row(row(view)));
    missing.forEach(view -> table.row(unknown(view, "not known")));
    List<String> lines = new ArrayList<>(table.lines(console));
    views.forEach(view -> lines.addAll(troubles(view)));
    views.forEach(view -> coming(view).ifPresent(lines::add));
    missing.forEach(
        view ->
            lines.add(
                console.yellow("! ")
                    + view.name()
                    + ": applied, but the serving layer has not heard of it yet"));
    return lines;
  }

  /** What was applied, where the serving layer does not say how it is. */
  List<String> applied() {
    if (state.views().isEmpty()) {
      return List.of();
    }
    Table table = new Table(HEADINGS);
    state.currentViews().forEach(view -> table.row(unknown(view, "unknown")));
    List<String> lines = new ArrayList<>(table.lines(console));
    for (ViewDefinition view : state.currentViews()) {
      refusal(view)
          .ifPresent(
              refused ->
                  lines.add(
                      console.red("! ")
                          + view.name()
                          + ": run "
                          + refused.runId()
                          + " is refused: "
                          + Reason.brief(refused.reason())));
    }
    return lines;
  }

  private Optional<Refusal> refusal(ViewDefinition view) {
    return state.runs(view.id(), RunRecord.Status.COMPLETED).stream()
        .reduce((older, newer) -> newer)
        .flatMap(run -> state.refusal(run.runId()));
  }

  private List<String> unknown(ViewDefinition view, String what) {
    return List.of(
        view.name(), view.source().name(), console.yellow(what), "", "", "", "", view.comment());
  }

  private List<String> row(ServingClient.View view) {
    if (view.position().isEmpty()) {
      return List.of(
          view.name(), view.source(), console.yellow("not ready"), "", "", "", "", view.comment());
    }
    ServingClient.Seam seam = view.position().get();
    long batch = seam.boundary().min(seam.live()).total();
    return List.of(
        view.name(),
        view.source(),
        state(view),
        seam.runId().orElse("none yet"),
        Text.count(batch),
        Text.count(seam.live().total() - batch),
        Text.duration(Duration.ofMillis(Math.max(0, seam.ageMs()))),
        view.comment());
  }

  private String state(ServingClient.View view) {
    if (!view.ready()) {
      return console.yellow("not ready");
    }
    return view.problem().isPresent() ? console.red("problem") : console.green("ready");
  }

  /** That another version of it is on its way. */
  private Optional<String> coming(ServingClient.View view) {
    return state
        .current(view.name())
        .filter(newest -> view.ready() && !newest.version().equals(view.version()))
        .map(
            newest ->
                console.yellow("! ")
                    + view.name()
                    + ": version "
                    + view.version()
                    + " answers until the first run of version "
                    + newest.version());
  }

  /** Why it is not ready, and what is wrong with it, a line each. */
  private List<String> troubles(ServingClient.View view) {
    List<String> lines = new ArrayList<>();
    view.problem().ifPresent(text -> lines.add(console.red("! ") + view.name() + ": " + text));
    view.reason()
        .filter(text -> view.problem().filter(text::equals).isEmpty())
        .ifPresent(text -> lines.add(console.yellow("! ") + view.name() + ": " + text));
    return lines;
  }
}
