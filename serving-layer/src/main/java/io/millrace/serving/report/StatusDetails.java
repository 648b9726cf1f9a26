package io.millrace.serving.report;

import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.LookupReport;
import java.util.Map;

/** What the status topic says of views and lookups. Stateless. */
public final class StatusDetails {
  private StatusDetails() {}

  /** As {@code view.<name>.<what>}. */
  public static void of(ViewReport view, Map<String, String> details) {
    String prefix = "view." + view.name() + ".";
    details.put(prefix + "version", view.definition().version());
    details.put(prefix + "state", view.unready().map(Throwable::getMessage).orElse("ready"));
    view.groups().ifPresent(groups -> details.put(prefix + "groups", Long.toString(groups)));
    view.audit().ifPresent(audit -> details.put(prefix + "audit", audit.outcome().name()));
    view.standing()
        .ifPresent(
            standing -> {
              standing.runId().ifPresent(run -> details.put(prefix + "run", run));
              details.put(prefix + "boundary", standing.boundary().toString());
              details.put(prefix + "live", standing.live().toString());
              details.put(prefix + "ageMs", Long.toString(standing.ageMs()));
            });
    view.error().ifPresent(e -> details.put(prefix + "error", text(e)));
  }

  /** As {@code lookup.<name>.<what>}. */
  public static void of(LookupReport lookup, Map<String, String> details) {
    String prefix = "lookup." + lookup.definition().name() + ".";
    details.put(prefix + "version", lookup.definition().version());
    lookup
        .standing()
        .ifPresent(
            at -> {
              details.put(prefix + "content", at.content());
              details.put(prefix + "rows", Long.toString(at.rows()));
              details.put(prefix + "loadedAt", at.loadedAt().toString());
            });
    details.put(prefix + "missed", Long.toString(lookup.missed()));
    lookup.problem().ifPresent(e -> details.put(prefix + "error", text(e)));
  }

  private static String text(MillraceException e) {
    return e.code() + " " + e.getMessage();
  }
}
