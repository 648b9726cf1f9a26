package io.millrace.launcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.client.SourcePositions;
import io.millrace.launcher.client.Verifier;
import io.millrace.launcher.command.VerifyCommand;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Text;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the demo claims at its end: every view has had two runs, answers for all that was sent, and
 * equals a computation from scratch, row by row.
 */
final class DemoCheck {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int RUNS = 2;
  private static final int TOP = 4;

  /** By which column the rows shown first are chosen, largest first. */
  private static final Map<String, String> TOP_BY =
      Map.of(
          "sales_by_month", "revenue",
          "sales_by_hour", "revenue",
          "card_activity", "payments",
          "trending_items", "clicks");

  private final Console console;
  private final MillraceConfig config;
  private final Path effectiveConfig;
  private final Supplier<ControlState> control;
  private final StopSignal stop;
  private final Duration patience;
  private final ServingClient serving;

  /**
   * @param config of the system
   * @param effectiveConfig the file that has it
   * @param control what is applied now
   * @param patience how long to wait for runs and answers that are lacking at the end
   */
  DemoCheck(
      Console console,
      MillraceConfig config,
      Path effectiveConfig,
      Supplier<ControlState> control,
      StopSignal stop,
      Duration patience) {
    this.console = console;
    this.config = config;
    this.effectiveConfig = effectiveConfig;
    this.control = control;
    this.stop = stop;
    this.patience = patience;
    this.serving = new ServingClient(config);
  }

  /** Shows what it finds; returns whether all of it holds. */
  boolean check() {
    List<ViewDefinition> views = List.copyOf(control.get().currentViews());
    if (views.isEmpty()) {
      console.line(console.red("✗ ") + "found no view that is applied, expected some to check");
      return false;
    }
    List<String> wrong = new ArrayList<>();
    String lacking = lacking(views);
    Instant began = Instant.now();
    while (!lacking.isEmpty()) {
      if (Duration.between(began, Instant.now()).compareTo(patience) > 0) {
        wrong.add("after " + Text.duration(patience) + " still waiting for " + lacking);
        break;
      }
      console.block(List.of(console.dim("  waiting for " + lacking)));
      if (stop.await(POLL)) {
        return stopped();
      }
      lacking = lacking(views);
    }
    console.clearBlock();
    try (Verifier verifier = new Verifier(config, effectiveConfig)) {
      stop.whenAsked(verifier::close);
      for (ViewDefinition view : views) {
        console.line("");
        check(verifier, view, wrong);
        if (stop.isAsked()) {
          return stopped();
        }
      }
    }
    console.line("");
    if (wrong.isEmpty()) {
      console.line(
          console.green("✓ ")
              + views.size()
              + " views: every row equals a computation from scratch at the same position");
    } else {
      wrong.forEach(reason -> console.line(console.red("✗ ") + reason));
    }
    return wrong.isEmpty();
  }

  private boolean stopped() {
    console.clearBlock();
    console.line("stopped before everything was checked");
    return false;
  }

  /** What has to come yet, in words; empty if nothing. */
  private String lacking(List<ViewDefinition> views) {
    List<ServingClient.View> answering;
    try {
      answering = serving.views();
    } catch (MillraceException e) {
      return "the serving layer (" + e.getMessage() + ")";
    }
    SourcePositions ends =
        SourcePositions.read(
            config, views.stream().map(ViewDefinition::source).distinct().toList(), List.of());
    for (ViewDefinition view : views) {
      int runs = completed(view);
      if (runs < RUNS) {
        return "run " + (runs + 1) + " of " + view.name();
      }
      Position end = ends.line(view.source()).end();
      boolean covered =
          answering.stream()
              .filter(v -> v.name().equals(view.name()))
              .anyMatch(
                  v -> v.ready() && v.position().map(s -> s.live().covers(end)).orElse(false));
      if (!covered) {
        return view.name() + " to cover all that was sent";
      }
    }
    return "";
  }

  private int completed(ViewDefinition view) {
    return control.get().runs(view.id(), RunRecord.Status.COMPLETED).size();
  }

  private void check(Verifier verifier, ViewDefinition view, List<String> wrong) {
    try {
      show(verifier, view, wrong);
    } catch (MillraceException e) {
      console.line("  " + console.red("✗ ") + e.code() + ": " + e.getMessage());
      wrong.add(view.name() + " does not answer");
    }
  }

  private void show(Verifier verifier, ViewDefinition view, List<String> wrong) {
    console.line(console.bold(view.name()) + console.dim("   " + view.comment()));
    Verifier.Answer answer = verifier.fetch(view.name(), rows -> {});
    List<List<JsonNode>> top = top(view.name(), answer);
    RowsTable.of(answer.position().columns(), top)
        .lines(console)
        .forEach(line -> console.line("  " + line));
    int runs = completed(view);
    console.line(
        "  "
            + console.dim("merged    ")
            + Text.count(answer.rows())
            + " rows; "
            + runs
            + " completed runs");
    console.line("  " + RowsTable.position(answer.position().position(), console));
    if (runs < RUNS) {
      wrong.add(view.name() + " has had " + runs + " runs, expected at least " + RUNS);
    }
    if (!VerifyCommand.compare(console, verifier, answer)) {
      wrong.add(view.name() + " does not equal a computation from scratch");
    }
  }

  private static List<List<JsonNode>> top(String view, Verifier.Answer answer) {
    List<String> columns = List.copyOf(answer.position().columns().keySet());
    int by = columns.indexOf(TOP_BY.getOrDefault(view, columns.get(columns.size() - 1)));
    Comparator<List<JsonNode>> order =
        Comparator.comparingDouble(row -> -row.get(by).asDouble(Double.NEGATIVE_INFINITY));
    List<List<JsonNode>> best = new ArrayList<>();
    ObjectMapper json = new ObjectMapper();
    try (BufferedReader lines = Files.newBufferedReader(answer.file())) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        List<JsonNode> row = new ArrayList<>();
        json.readTree(line).forEach(row::add);
        best.add(row);
        if (best.size() > 2 * TOP) {
          best.sort(order);
          best.subList(TOP, best.size()).clear();
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot read " + answer.file(), e);
    }
    best.sort(order);
    return best.subList(0, Math.min(TOP, best.size()));
  }
}
