package io.millrace.launcher.command;

import io.millrace.control.model.LookupDefinition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is said of lookup tables, line by line. Stateless. */
final class LookupLines {
  private static final List<String> HEADINGS =
      List.of("lookup", "format", "state", "content", ">rows", ">age");

  private LookupLines() {}

  /** What the serving layer says, and what it does not know of yet. */
  static List<String> of(
      Console console, Collection<LookupDefinition> applied, List<ServingClient.Lookup> lookups) {
    Table table = new Table(HEADINGS);
    for (ServingClient.Lookup lookup : lookups) {
      table.row(
          List.of(
              lookup.name(),
              lookup.format(),
              state(console, lookup),
              lookup.content().map(ServingClient.Content::id).orElse(""),
              lookup.content().map(content -> Text.count(content.rows())).orElse(""),
              lookup
                  .content()
                  .map(content -> Text.duration(Duration.ofMillis(lookup.ageMs())))
                  .orElse("")));
    }
    Set<String> known =
        lookups.stream().map(ServingClient.Lookup::name).collect(Collectors.toSet());
    for (LookupDefinition lookup : applied) {
      if (!known.contains(lookup.name())) {
        table.row(
            List.of(
                lookup.name(),
                lookup.format().label(),
                console.yellow("not known"),
                "",
                "",
                "",
                ""));
      }
    }
    List<String> lines = new ArrayList<>(table.lines(console));
    for (ServingClient.Lookup lookup : lookups) {
      lookup
          .problem()
          .ifPresent(text -> lines.add(console.red("! ") + lookup.name() + ": " + text));
    }
    return lines;
  }

  private static String state(Console console, ServingClient.Lookup lookup) {
    if (lookup.problem().isPresent()) {
      return console.red("problem");
    }
    return lookup.content().isPresent() ? console.green("ready") : console.yellow("loading");
  }
}
