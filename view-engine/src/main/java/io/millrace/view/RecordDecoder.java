package io.millrace.view;

/**
 * Turns the bytes of a record's value into a row. The one decoder of every layer: the same bytes
 * give the same row, or the same rejection, wherever they are decoded.
 *
 * <p>Not thread-safe: one per thread.
 */
public interface RecordDecoder {
  /**
   * @param value the value bytes; null (a tombstone) is rejected. The row shares them: they must
   *     not change while it is in use
   * @param partition Kafka partition
   * @param offset Kafka offset
   * @param timestampMs Kafka timestamp, epoch ms; a negative one (a record may have none, which is
   *     −1) counts as 0
   * @return the row, valid until the next call
   * @throws RejectedRecordException if these bytes can never be decoded with the source's schemas
   * @throws io.millrace.control.error.MillraceException {@code REGISTRY_UNREACHABLE} if the schema
   *     could not be looked up now; the same record may succeed later
   */
  SourceRow decode(byte[] value, int partition, long offset, long timestampMs)
      throws RejectedRecordException;
}
