package io.millrace.serving.http;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.format.AnswerFormat;
import io.millrace.serving.format.AnswerWriter;
import io.millrace.serving.query.SqlQueries;
import io.millrace.serving.query.SqlQuery;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.spool.Spools;
import io.millrace.serving.view.NotReachedException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Answers questions in SQL. Thread-safe. */
final class SqlEndpoint {
  private final SqlQueries sql;
  private final Spools spools;
  private final ServingMetrics metrics;

  SqlEndpoint(SqlQueries sql, Spools spools, ServingMetrics metrics) {
    this.sql = sql;
    this.spools = spools;
    this.metrics = metrics;
  }

  /**
   * @param named the form that the request names
   */
  Reply answer(Supplier<SqlQuery> query, Optional<String> named, Wishes wishes, Duration waited) {
    boolean answered = true;
    long started = System.nanoTime();
    String outcome = ErrorCode.INTERNAL.name();
    String layer = "unknown";
    long rows = 0;
    try {
      SqlQuery asked = query.get();
      layer = asked.layer().label();
      AnswerFormat format = wishes.format(named);
      try (AnswerWriter answer = AnswerWriter.of(format, wishes.bytes(format, spools))) {
        sql.answer(asked, answer);
        rows = answer.rows();
        Reply reply = Answers.of(answer, format, wishes.gzip(format), named);
        outcome = "OK";
        return reply;
      }
    } catch (MillraceException e) {
      answered = !(e instanceof NotReachedException behind && HttpApi.mayWait(behind, waited));
      outcome = e.code().name();
      throw e;
    } finally {
      if (answered) {
        metrics.query("sql", layer, outcome, rows, System.nanoTime() - started);
      }
    }
  }
}
