package io.millrace.serving.format;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.query.PageReader;
import io.millrace.serving.spool.AnswerBytes;
import io.millrace.serving.spool.KeptAnswer;
import io.millrace.view.query.QueryPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * Writes an answer row by row, in one form; its rows are never held as objects. It is kept until it
 * is whole, within a bound, so that what goes wrong at the last row is an error and no answer that
 * breaks off. Thread-confined; to be closed.
 */
public abstract class AnswerWriter implements PageReader, AutoCloseable {
  private final AnswerBytes bytes;
  private List<QueryPlan.Column> columns = List.of();
  private List<Relation> relations = List.of();
  private List<Lookup> lookups = List.of();
  private List<String> notes = List.of();
  private long rows;
  private boolean more;
  private Optional<String> cursor = Optional.empty();

  AnswerWriter(AnswerBytes bytes) {
    this.bytes = bytes;
  }

  /** For the rows of a question in SQL, in any form. */
  public static AnswerWriter of(AnswerFormat format, AnswerBytes bytes) {
    return switch (format) {
      case JSON -> new JsonAnswer(bytes, new JsonHead.OfQuestion());
      case NDJSON -> new NdjsonAnswer(bytes);
      case CSV -> new CsvAnswer(bytes);
      case ARROW -> new ArrowAnswer(bytes);
      case PARQUET -> new ParquetAnswer(bytes);
    };
  }

  /** For the rows of one view, which as JSON have a head of their own. */
  public static AnswerWriter ofView(AnswerFormat format, String layer, AnswerBytes bytes) {
    return format == AnswerFormat.JSON
        ? new JsonAnswer(bytes, new JsonHead.OfView(layer))
        : of(format, bytes);
  }

  /**
   * @throws MillraceException {@code NOT_ACCEPTABLE} where the form cannot say a column's values
   */
  @Override
  public final void begin(
      List<QueryPlan.Column> columns,
      List<Relation> relations,
      List<Lookup> lookups,
      List<String> notes) {
    this.columns = List.copyOf(columns);
    this.relations = List.copyOf(relations);
    this.lookups = List.copyOf(lookups);
    this.notes = List.copyOf(notes);
    io(this::start);
  }

  @Override
  public final void row(List<Object> values) {
    rows++;
    io(() -> write(values));
    if (bytes.size() > bytes.most()) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found more than "
              + bytes.most()
              + " bytes by row "
              + rows
              + ", expected fewer; ask for fewer rows or columns, or raise serving.sql.bytes");
    }
  }

  @Override
  public final void end(boolean more) {
    this.more = more;
    io(
        () -> {
          finish();
          bytes.finish();
        });
  }

  @Override
  public final void end(boolean more, Optional<String> cursor) {
    this.cursor = cursor;
    end(more);
  }

  abstract void start() throws IOException;

  abstract void write(List<Object> values) throws IOException;

  abstract void finish() throws IOException;

  /** Lets go of what was needed to write; more than once at will. */
  abstract void release();

  final AnswerBytes bytes() {
    return bytes;
  }

  final List<QueryPlan.Column> columns() {
    return columns;
  }

  public final List<Relation> relations() {
    return relations;
  }

  public final List<Lookup> lookups() {
    return lookups;
  }

  public final List<String> notes() {
    return notes;
  }

  /** How many rows have been written. */
  public final long rows() {
    return rows;
  }

  public final boolean more() {
    return more;
  }

  public final Optional<String> cursor() {
    return cursor;
  }

  /** All of it, the caller's to close; after the end. */
  public final KeptAnswer kept() {
    return bytes.kept();
  }

  @Override
  public final void close() {
    release();
    bytes.close();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void io(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
