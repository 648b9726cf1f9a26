package io.millrace.schemas;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * The two headers by which an Avro value names the schema it was written with. {@code
 * docs/spec/records.md} has the layout.
 */
public final class WireFormat {
  /** Length of the single-object header: {@code C3 01} and the fingerprint. */
  public static final int SINGLE_OBJECT_HEADER = 10;

  /** Length of the registry header: a zero byte and the schema id. */
  public static final int REGISTRY_HEADER = 5;

  private static final byte MARK_0 = (byte) 0xC3;
  private static final byte MARK_1 = 1;
  private static final VarHandle LITTLE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private WireFormat() {}

  /** The CRC-64-AVRO fingerprint of the schema's parsing canonical form. */
  public static long fingerprint(Schema schema) {
    return SchemaNormalization.parsingFingerprint64(schema);
  }

  /** A new header for single-object values written with {@code schema}. */
  public static byte[] singleObjectHeader(Schema schema) {
    return ByteBuffer.allocate(SINGLE_OBJECT_HEADER)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MARK_0)
        .put(MARK_1)
        .putLong(fingerprint(schema))
        .array();
  }

  /** A new header for values in the registry format. */
  public static byte[] registryHeader(int schemaId) {
    return ByteBuffer.allocate(REGISTRY_HEADER).put((byte) 0).putInt(schemaId).array();
  }

  /** Whether the bytes start with a whole single-object header. */
  public static boolean isSingleObject(byte[] value) {
    return value.length >= SINGLE_OBJECT_HEADER && value[0] == MARK_0 && value[1] == MARK_1;
  }

  /** Whether the bytes start with a whole registry header. */
  public static boolean isRegistry(byte[] value) {
    return value.length >= REGISTRY_HEADER && value[0] == 0;
  }

  /** The fingerprint of a value for which {@link #isSingleObject} holds. */
  public static long singleObjectFingerprint(byte[] value) {
    return (long) LITTLE_LONG.get(value, 2);
  }

  /** The schema id of a value for which {@link #isRegistry} holds. */
  public static int registryId(byte[] value) {
    return (int) BIG_INT.get(value, 1);
  }
}
