package io.millrace.control.model;

import io.millrace.schemas.SingleObject;
import java.util.List;
import java.util.Optional;

/**
 * The values of flush records in a speed topic: {@link Progress} as Avro single objects ({@code
 * docs/spec/speed-topic.md}). Thread-safe.
 */
public final class SpeedRecords {
  private static final SingleObject<io.millrace.schemas.Progress> CODEC =
      SingleObject.of(io.millrace.schemas.Progress.class);

  private SpeedRecords() {}

  /** Law: {@code decode(encode(p))} equals {@code p}. */
  public static byte[] encode(Progress progress) {
    return CODEC.encode(
        new io.millrace.schemas.Progress(
            progress.birth(),
            progress.cuts(),
            progress.position(),
            progress.rejected(),
            progress.failed(),
            progress.flushedAtMs(),
            progress.recordTimestampMs(),
            progress.instance(),
            progress.topicId().orElse(null),
            progress.speedTopicId().orElse(null)));
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a progress record, or contradict
   *     themselves
   */
  public static Progress decode(byte[] value) {
    io.millrace.schemas.Progress read = CODEC.decode(value);
    return new Progress(
        read.getBirth(),
        List.copyOf(read.getCuts()),
        read.getPosition(),
        read.getRejected(),
        read.getFailed(),
        read.getFlushedAtMs(),
        read.getRecordTimestampMs(),
        read.getInstance(),
        Optional.ofNullable(read.getTopicId()),
        Optional.ofNullable(read.getSpeedTopicId()));
  }
}
