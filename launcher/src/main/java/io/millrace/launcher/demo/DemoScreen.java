package io.millrace.launcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.local.LocalSystem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the demo shows while events flow. Not thread-safe. */
final class DemoScreen {
  private static final String ALARM_VIEW = "card_activity";
  private static final int ALARM_PAYMENTS = 20;
  private static final Duration COUNT_ROWS = Duration.ofSeconds(2);
  private static final int PAGE = 10_000;

  private final Console console;
  private final LocalSystem system;
  private final ServingClient serving;
  private final Map<String, Long> rows = new HashMap<>();
  private Optional<String> alarm = Optional.empty();
  private Duration counted = Duration.ofSeconds(-10);

  DemoScreen(Console console, LocalSystem system) {
    this.console = console;
    this.system = system;
    this.serving = new ServingClient(system.config());
  }

  /**
   * @param passed since events began to flow
   * @param whole how long they are to flow
   */
  void show(Duration passed, Optional<Duration> whole, long sent) {
    List<String> lines = new ArrayList<>();
    lines.add(
        console.bold(clock(passed) + whole.map(all -> " of " + clock(all)).orElse(""))
            + "   "
            + Text.count(sent)
            + " events sent");
    try {
      List<ServingClient.View> views = serving.views();
      if (passed.minus(counted).compareTo(COUNT_ROWS) >= 0) {
        counted = passed;
        views.stream().filter(ServingClient.View::ready).forEach(view -> count(view.name()));
      }
      table(views).lines(console).forEach(line -> lines.add("  " + line));
    } catch (MillraceException e) {
      lines.add(console.yellow("  ! ") + e.getMessage());
    }
    alarm.ifPresent(text -> lines.add(console.red("  ⚠ ") + text));
    if (console.live()) {
      console.block(lines);
    } else {
      lines.forEach(console::line);
    }
  }

  private Table table(List<ServingClient.View> views) {
    ControlState state = system.control().state();
    Table table =
        new Table(List.of("view", ">rows", ">in batch", ">+ live", ">age", ">runs", "newest run"));
    for (ViewDefinition view : state.currentViews()) {
      List<RunRecord> runs = state.runs(view.id(), RunRecord.Status.COMPLETED);
      Optional<ServingClient.Seam> seam =
          views.stream()
              .filter(v -> v.name().equals(view.name()))
              .findFirst()
              .flatMap(ServingClient.View::position);
      long batch = seam.map(s -> s.boundary().min(s.live()).total()).orElse(0L);
      table.row(
          List.of(
              view.name(),
              rows.containsKey(view.name()) ? Text.count(rows.get(view.name())) : "–",
              seam.map(s -> Text.count(batch)).orElse("–"),
              seam.map(s -> Text.count(s.live().total() - batch)).orElse("–"),
              seam.map(s -> Text.duration(Duration.ofMillis(Math.max(0, s.ageMs())))).orElse("–"),
              Integer.toString(runs.size()),
              seam.flatMap(ServingClient.Seam::runId)
                  .orElse(console.dim(seam.isPresent() ? "live alone so far" : "not ready yet"))));
    }
    return table;
  }

  /** Counts a view's merged rows; for the card view, looks for the busiest card. */
  private void count(String view) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("limit", Integer.toString(PAGE));
    long found = 0;
    Optional<List<JsonNode>> busiest = Optional.empty();
    ServingClient.Page page;
    do {
      page = serving.rows(view, parameters);
      found += page.rows().size();
      if (view.equals(ALARM_VIEW)) {
        int payments = List.copyOf(page.columns().keySet()).indexOf("payments");
        for (List<JsonNode> row : page.rows()) {
          long count = row.get(payments).asLong();
          if (count >= ALARM_PAYMENTS
              && (busiest.isEmpty() || count >= busiest.get().get(payments).asLong())) {
            busiest = Optional.of(row);
          }
        }
      }
      page.cursor().ifPresent(cursor -> parameters.put("cursor", cursor));
    } while (page.cursor().isPresent());
    rows.put(view, found);
    busiest.ifPresent(row -> alarm = Optional.of(alarmText(row)));
  }

  private static String alarmText(List<JsonNode> row) {
    return row.get(0).asText()
        + " paid "
        + row.get(2).asText()
        + " times at about "
        + row.get(4).asText()
        + " terminals within 10 minutes, "
        + row.get(3).asText()
        + " in all";
  }

  private static String clock(Duration time) {
    return String.format("%02d:%02d", time.toMinutes(), time.toSecondsPart());
  }
}
