package io.millrace.serving.format;

import io.millrace.serving.spool.AnswerBytes;
import io.millrace.view.ValueType;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/**
 * A Parquet file, compressed by Zstandard. Its metadata {@code millrace.relations}, {@code
 * millrace.notes} and {@code millrace.more} are those of the answer as JSON.
 */
final class ParquetAnswer extends AnswerWriter {
  /** What is held until it is written as one row group. */
  private static final long ROW_GROUP_BYTES = 4L << 20;

  private static final int PAGE_BYTES = 64 << 10;

  private ParquetWriter<List<Object>> writer;

  ParquetAnswer(AnswerBytes bytes) {
    super(bytes);
  }

  @Override
  void start() throws IOException {
    List<ValueType> types =
        Inexpressible.none(columns(), AnswerFormat.PARQUET, ParquetColumns.WITHOUT);
    writer =
        new Builder(
                new Stream(bytes().out()),
                new ParquetRows(ParquetColumns.message(columns(), types), types, this::metadata))
            .withConf(new PlainParquetConfiguration())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withPageSize(PAGE_BYTES)
            .withDictionaryPageSize(PAGE_BYTES)
            .withMaxRowCountForPageSizeCheck(1_000)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .build();
  }

  private Map<String, String> metadata() {
    return Map.of(
        "millrace.relations", PositionJson.relations(relations(), lookups()).toString(),
        "millrace.notes", AnswerHeaders.notes(notes()),
        "millrace.more", Boolean.toString(more()));
  }

  @Override
  void write(List<Object> values) throws IOException {
    writer.write(values);
  }

  @Override
  void finish() throws IOException {
    writer.close();
    writer = null;
  }

  @Override
  void release() {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException | RuntimeException e) {
        // The answer is an error already; it only lets go of buffers.
        org.slf4j.LoggerFactory.getLogger(ParquetAnswer.class).debug("cannot close", e);
      }
      writer = null;
    }
  }

  private static final class Builder extends ParquetWriter.Builder<List<Object>, Builder> {
    private final ParquetRows rows;

    private Builder(OutputFile file, ParquetRows rows) {
      super(file);
      this.rows = rows;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<List<Object>> getWriteSupport(Configuration configuration) {
      return rows;
    }

    @Override
    protected WriteSupport<List<Object>> getWriteSupport(ParquetConfiguration configuration) {
      return rows;
    }
  }

  /** A file that is written once from its beginning to its end. */
  private record Stream(OutputStream out) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new Counted(out);
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }

  private static final class Counted extends PositionOutputStream {
    private final OutputStream out;
    private long position;

    private Counted(OutputStream out) {
      this.out = out;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      position++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
