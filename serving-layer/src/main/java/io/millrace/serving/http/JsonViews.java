package io.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.format.PositionJson;
import io.millrace.serving.report.Readiness;
import io.millrace.serving.report.ViewReport;
import io.millrace.serving.swap.Audit;
import io.millrace.view.CompiledView.Column;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The JSON bodies of the HTTP API, as {@code openapi.json} describes them. Stateless. */
final class JsonViews {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private JsonViews() {}

  static Reply error(int status, MillraceException error) {
    Reply reply = Reply.json(status, problem(error));
    return error.code() == ErrorCode.BUSY
        ? new Reply(status, reply.contentType(), reply.kept(), Map.of("Retry-After", "1"))
        : reply;
  }

  static ObjectNode problem(MillraceException error) {
    return NODES
        .objectNode()
        .put("code", error.code().name())
        .put("message", String.valueOf(error.getMessage()));
  }

  /** What the list of views says of each. */
  static ObjectNode summary(ViewReport view) {
    ObjectNode node = NODES.objectNode();
    node.put("name", view.name());
    node.put("version", view.definition().version());
    node.put("comment", view.definition().comment());
    node.put("source", view.definition().source().name());
    status(node, view);
    node.set("problem", view.problem().map(JsonViews::problem).orElse(null));
    node.set(
        "position",
        view.standing()
            .map(at -> PositionJson.of(at.runId(), at.boundary(), at.live(), at.ageMs(), at.lost()))
            .orElse(null));
    return node;
  }

  static ObjectNode readiness(Readiness.Answer now) {
    ObjectNode body = NODES.objectNode();
    body.put("status", now.ready() ? "ready" : "not_ready");
    ArrayNode reasons = body.putArray("reasons");
    now.reasons().forEach(reasons::add);
    ArrayNode views = body.putArray("views");
    for (Readiness.View view : now.views()) {
      views
          .addObject()
          .put("name", view.name())
          .put("status", view.unready().isEmpty() ? "ready" : "not_ready")
          .put("reason", view.unready().orElse(null));
    }
    return body;
  }

  private static void status(ObjectNode node, ViewReport view) {
    node.put("status", view.ready() ? "ready" : "not_ready");
    node.put("reason", view.unready().map(Throwable::getMessage).orElse(null));
  }

  /** All that is known of a view. */
  static ObjectNode details(
      List<ViewReport> newestFirst, ViewReport answering, ControlState state) {
    ObjectNode node = summary(answering);
    node.put("topic", answering.definition().source().topic());
    node.put("sql", answering.definition().sql());
    ArrayNode columns = node.putArray("columns");
    answering.columns().forEach(c -> columns.add(column(c)));
    Optional<String> answered = answering.answeredRun();
    ArrayNode runNodes = node.putArray("runs");
    state.runs().values().stream()
        .filter(run -> run.view().equals(answering.name()))
        .sorted(Comparator.comparing(RunRecord::runId).reversed())
        .forEach(run -> runNodes.add(run(run, answered, state)));
    node.set("audit", answering.audit().map(JsonViews::audit).orElse(null));
    ArrayNode versions = node.putArray("versions");
    for (ViewReport version : newestFirst) {
      ObjectNode one = versions.addObject().put("version", version.definition().version());
      status(one, version);
    }
    return node;
  }

  private static ObjectNode column(Column column) {
    return NODES
        .objectNode()
        .put("name", column.name())
        .put("type", column.type())
        .put("nullable", column.nullable())
        .put("key", column.key())
        .put("exact", column.exact());
  }

  private static ObjectNode run(RunRecord run, Optional<String> answered, ControlState state) {
    ObjectNode node = NODES.objectNode();
    node.put("runId", run.runId());
    node.put("version", run.version());
    node.put("status", run.status().name());
    node.put("answered", answered.filter(run.runId()::equals).isPresent());
    node.set("boundary", PositionJson.offsets(run.boundary()));
    node.put("rows", run.rows());
    node.put("startedAt", run.startedAt().toString());
    node.put("finishedAt", run.finishedAt().map(Object::toString).orElse(null));
    node.put("trigger", run.trigger());
    node.put("error", run.error().orElse(null));
    node.put("refused", state.refusal(run.runId()).map(Refusal::reason).orElse(null));
    node.set(
        "audit",
        Optional.ofNullable(state.audits().get(run.runId())).map(JsonViews::audit).orElse(null));
    return node;
  }

  private static ObjectNode audit(RunAudit audit) {
    return NODES
        .objectNode()
        .put("outcome", audit.outcome().name())
        .put("base", audit.base().isEmpty() ? null : audit.base())
        .put("detail", audit.detail())
        .put("by", audit.by())
        .put("at", audit.at().toString());
  }

  private static ObjectNode audit(Audit.Report report) {
    return NODES
        .objectNode()
        .put("outcome", report.outcome().name())
        .put("run", report.run())
        .put("base", report.base().isEmpty() ? null : report.base())
        .put("groups", report.groups())
        .put("different", report.different())
        .put("detail", report.detail());
  }
}
