package io.millrace.lake;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.iceberg.Table;

/**
 * The file beside a batch view that lists the group keys of a correction: {@code
 * docs/spec/batch-view.md}. Stateless.
 */
public final class CorrectedGroups {
  /** How many bytes of keys a correction lists at most; one that touched more names all groups. */
  public static final long MOST_BYTES = 16L << 20;

  /** What a key costs besides its own bytes. */
  public static final int OVERHEAD = 4;

  private static final int VERSION = 1;

  private CorrectedGroups() {}

  /**
   * Writes the keys, in any order.
   *
   * @return where they are
   */
  public static String write(Table view, String runId, Collection<ByteBuffer> keys) {
    // A name that begins so is no orphan to Iceberg.
    String location = view.location() + "/_corrections/" + runId + ".keys";
    try (DataOutputStream out =
        new DataOutputStream(
            new GZIPOutputStream(view.io().newOutputFile(location).createOrOverwrite()))) {
      out.writeByte(VERSION);
      for (ByteBuffer key : keys) {
        byte[] bytes = new byte[key.remaining()];
        key.duplicate().get(bytes);
        out.writeInt(bytes.length);
        out.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + location, e);
    }
    return location;
  }

  /**
   * @throws UncheckedIOException if the file is not there, breaks off, or is something else
   */
  public static Set<ByteBuffer> read(Table view, String location) {
    Set<ByteBuffer> keys = new HashSet<>();
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(view.io().newInputFile(location).newStream()))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new IOException("found version " + version + ", expected " + VERSION);
      }
      // Only the end of the whole is no byte at all; a file that breaks off throws.
      for (int first = in.read(); first >= 0; first = in.read()) {
        int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (length < 0 || length > MOST_BYTES) {
          throw new IOException("found a key of " + length + " bytes");
        }
        byte[] key = new byte[length];
        in.readFully(key);
        keys.add(ByteBuffer.wrap(key));
      }
      return keys;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + location, e);
    }
  }

  /** Deletes the file; nothing happens if it is gone. */
  public static void delete(Table view, String location) {
    view.io().deleteFile(location);
  }
}
