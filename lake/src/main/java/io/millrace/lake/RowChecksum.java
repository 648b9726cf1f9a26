package io.millrace.lake;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of a batch view's rows, whatever order they come in: the sum, modulo 2^64, of a hash
 * of each row's {@code _key} and {@code _state}. The hash is xxHash64, of the key with the seed 42
 * and of the state with the key's hash as the seed, which is Spark SQL's {@code xxhash64(_key,
 * _state)}; {@code docs/spec/batch-view.md} has it. It finds what was changed by accident, and is
 * no protection from somebody who can write the manifest too.
 *
 * <p>Law: of rows split in any way, the sum of the parts' checksums is that of the whole. Not
 * thread-safe.
 *
 * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash</a>
 */
public final class RowChecksum {
  private static final String SCHEME = "xxh64:";
  private static final long SEED = 42;
  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private long sum;

  public void add(byte[] key, byte[] state) {
    sum += hash(state, hash(key, SEED));
  }

  /** What a manifest says of the rows added so far. */
  public String text() {
    return text(sum);
  }

  /** What a manifest says of rows whose hashes have this sum. */
  public static String text(long sum) {
    return SCHEME + String.format("%016x", sum);
  }

  /** Whether a manifest's text is a checksum of this kind, and not one of a later release. */
  public static boolean knows(String text) {
    return text.startsWith(SCHEME);
  }

  /** xxHash64. */
  static long hash(byte[] data, long seed) {
    int at = 0;
    long hash;
    if (data.length >= 32) {
      long a = seed + PRIME_1 + PRIME_2;
      long b = seed + PRIME_2;
      long c = seed;
      long d = seed - PRIME_1;
      for (; at <= data.length - 32; at += 32) {
        a = round(a, (long) LONG.get(data, at));
        b = round(b, (long) LONG.get(data, at + 8));
        c = round(c, (long) LONG.get(data, at + 16));
        d = round(d, (long) LONG.get(data, at + 24));
      }
      hash =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      hash = merge(merge(merge(merge(hash, a), b), c), d);
    } else {
      hash = seed + PRIME_5;
    }
    hash += data.length;
    for (; at <= data.length - 8; at += 8) {
      hash ^= round(0, (long) LONG.get(data, at));
      hash = Long.rotateLeft(hash, 27) * PRIME_1 + PRIME_4;
    }
    if (at <= data.length - 4) {
      hash ^= ((int) INT.get(data, at) & 0xFFFFFFFFL) * PRIME_1;
      hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
      at += 4;
    }
    for (; at < data.length; at++) {
      hash ^= (data[at] & 0xFFL) * PRIME_5;
      hash = Long.rotateLeft(hash, 11) * PRIME_1;
    }
    hash ^= hash >>> 33;
    hash *= PRIME_2;
    hash ^= hash >>> 29;
    hash *= PRIME_3;
    return hash ^ (hash >>> 32);
  }

  private static long round(long accumulator, long input) {
    return Long.rotateLeft(accumulator + input * PRIME_2, 31) * PRIME_1;
  }

  private static long merge(long hash, long accumulator) {
    return (hash ^ round(0, accumulator)) * PRIME_1 + PRIME_4;
  }
}
