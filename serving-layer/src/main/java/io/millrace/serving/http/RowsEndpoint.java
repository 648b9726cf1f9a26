package io.millrace.serving.http;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.format.AnswerFormat;
import io.millrace.serving.format.AnswerWriter;
import io.millrace.serving.query.OrderedRows;
import io.millrace.serving.query.Queries;
import io.millrace.serving.query.RowsAnswer;
import io.millrace.serving.query.RowsQuery;
import io.millrace.serving.query.SqlReader.Relation;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.spool.Spools;
import io.millrace.serving.view.NotReachedException;
import io.millrace.view.query.QueryPlan;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Answers with rows of one view. Thread-safe. */
final class RowsEndpoint {
  private final Queries queries;
  private final OrderedRows ordered;
  private final Spools spools;
  private final ServingMetrics metrics;

  RowsEndpoint(Queries queries, OrderedRows ordered, Spools spools, ServingMetrics metrics) {
    this.queries = queries;
    this.ordered = ordered;
    this.spools = spools;
    this.metrics = metrics;
  }

  /**
   * @param metered what the metrics call the view
   */
  Reply answer(
      String view,
      String metered,
      Map<String, List<String>> parameters,
      String client,
      Wishes wishes,
      Duration waited) {
    boolean answered = true;
    long started = System.nanoTime();
    String outcome = ErrorCode.INTERNAL.name();
    String layer = "unknown";
    long rows = 0;
    try {
      RowsQuery query = new RowsQuery(view, parameters);
      layer = query.layer().label();
      AnswerFormat format = wishes.format(query.format());
      try (AnswerWriter answer = AnswerWriter.ofView(format, layer, wishes.bytes(format, spools))) {
        if (query.inSql()) {
          ordered.answer(query, client, answer);
        } else {
          write(queries.answer(query, client), answer);
        }
        rows = answer.rows();
        Reply reply = Answers.of(answer, format, wishes.gzip(format), query.format());
        outcome = "OK";
        return reply;
      }
    } catch (MillraceException e) {
      answered = !(e instanceof NotReachedException behind && HttpApi.mayWait(behind, waited));
      outcome = e.code().name();
      throw e;
    } finally {
      if (answered) {
        metrics.query(metered, layer, outcome, rows, System.nanoTime() - started);
      }
    }
  }

  private static void write(RowsAnswer answer, AnswerWriter to) {
    Relation relation =
        new Relation(
            answer.view(),
            answer.version(),
            answer.runId(),
            answer.boundary(),
            answer.live(),
            answer.reached(),
            answer.ageMs(),
            answer.lost());
    to.begin(
        answer.columns().stream().map(c -> new QueryPlan.Column(c.name(), c.type())).toList(),
        List.of(relation),
        List.of(),
        List.of());
    answer.rows().forEach(to::row);
    to.end(answer.more(), answer.cursor());
  }
}
