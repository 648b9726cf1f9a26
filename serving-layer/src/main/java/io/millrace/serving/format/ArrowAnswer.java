package io.millrace.serving.format;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.spool.AnswerBytes;
import io.millrace.view.ValueType;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Arrow's IPC stream, a batch at a time. Schema metadata {@code millrace.relations} and {@code
 * millrace.notes} are those of the answer as JSON.
 */
final class ArrowAnswer extends AnswerWriter {
  /** A batch goes out at so many rows, or bytes, about. */
  private static final int BATCH_ROWS = 8_192;

  private static final long BATCH_BYTES = 1 << 20;

  /** Vectors begin small, and grow with their batch: there may be thousands. */
  private static final int FIRST_ROWS = 64;

  /** Of one answer: several batches, for vectors double when they grow, and a row may be large. */
  private static final long MOST_MEMORY = 256L << 20;

  private BufferAllocator memory;
  private VectorSchemaRoot batch;
  private ArrowStreamWriter stream;
  private int rows;
  private long size;

  ArrowAnswer(AnswerBytes bytes) {
    super(bytes);
  }

  @Override
  void start() throws IOException {
    List<ValueType> types = Inexpressible.none(columns(), AnswerFormat.ARROW, Set.of());
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      fields.add(ArrowColumns.field(columns().get(i).name(), types.get(i)));
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("millrace.relations", PositionJson.relations(relations(), lookups()).toString());
    metadata.put("millrace.notes", AnswerHeaders.notes(notes()));
    memory = new RootAllocator(MOST_MEMORY);
    batch = VectorSchemaRoot.create(new Schema(fields, metadata), memory);
    batch.getFieldVectors().forEach(column -> column.setInitialCapacity(FIRST_ROWS));
    stream = new ArrowStreamWriter(batch, null, Channels.newChannel(bytes().out()));
    stream.start();
  }

  @Override
  void write(List<Object> values) throws IOException {
    try {
      for (int i = 0; i < values.size(); i++) {
        size += ArrowColumns.set(batch.getVector(i), rows, values.get(i));
      }
    } catch (OutOfMemoryException e) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer as arrow: found rows of more than "
              + MOST_MEMORY
              + " bytes in one batch, expected fewer; ask for fewer columns, or for another form",
          e);
    }
    rows++;
    if (rows == BATCH_ROWS || size >= BATCH_BYTES) {
      send();
    }
  }

  private void send() throws IOException {
    batch.setRowCount(rows);
    stream.writeBatch();
    // Memory that one large row took is given back.
    batch.clear();
    rows = 0;
    size = 0;
  }

  @Override
  void finish() throws IOException {
    if (rows > 0) {
      send();
    }
    stream.end();
  }

  @Override
  void release() {
    if (batch != null) {
      batch.close();
    }
    if (memory != null) {
      memory.close();
    }
  }
}
