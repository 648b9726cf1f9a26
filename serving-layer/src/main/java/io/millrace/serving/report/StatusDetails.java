package io.millrace.serving.report;

import io.millrace.control.error.MillraceException;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import java.util.Map;

/** What the status topic says of a view, as {@code view.<name>.<what>}. Stateless. */
public final class StatusDetails {
  private StatusDetails() {}

  public static void of(
      String name, ServedViews.Version version, long nowMs, Map<String, String> details) {
    String prefix = "view." + name + ".";
    details.put(prefix + "version", version.definition().version());
    version.failure().ifPresent(e -> details.put(prefix + "error", text(e)));
    version.served().ifPresent(view -> of(prefix, view, nowMs, details));
  }

  private static void of(String prefix, ServedView view, long nowMs, Map<String, String> details) {
    view.runs()
        .answered()
        .ifPresent(run -> details.put(prefix + "groups", Long.toString(run.groups())));
    view.runs()
        .lastAudit()
        .ifPresent(audit -> details.put(prefix + "audit", audit.outcome().name()));
    try (ViewPin pin = view.pin(QueryLayer.MERGED)) {
      details.put(prefix + "state", "ready");
      pin.run().ifPresent(run -> details.put(prefix + "run", run.run().runId()));
      details.put(prefix + "boundary", pin.seam().boundary().toString());
      details.put(prefix + "live", pin.seam().live().toString());
      details.put(prefix + "ageMs", Long.toString(pin.ageMs(QueryLayer.MERGED, nowMs)));
    } catch (MillraceException e) {
      details.put(prefix + "state", e.getMessage());
    }
    view.problem().ifPresent(e -> details.put(prefix + "error", text(e)));
  }

  private static String text(MillraceException e) {
    return e.code() + " " + e.getMessage();
  }
}
