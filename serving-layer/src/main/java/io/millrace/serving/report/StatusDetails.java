package io.millrace.serving.report;

import io.millrace.control.error.MillraceException;
import java.util.Map;

/** What the status topic says of a view, as {@code view.<name>.<what>}. Stateless. */
public final class StatusDetails {
  private StatusDetails() {}

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

  private static String text(MillraceException e) {
    return e.code() + " " + e.getMessage();
  }
}
