package io.millrace.serving.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ViewPin;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Pins that queries with more pages come back to. A cursor is the number of its lease and the last
 * group key it returned, so a page can be asked for again.
 *
 * <p>A lease ends when it has not been used for the timeout. Beyond {@link #CLIENT_LEASES} of its
 * own a client loses those it has only been offered first, then the one unused for longest; no
 * client loses any because of another: where {@link #MAX_LEASES} are open, no more are given.
 * Thread-safe.
 */
public final class Cursors implements AutoCloseable {
  /** How many positions are held for cursors at once. */
  static final int MAX_LEASES = 1_024;

  /** How many of them for one client. */
  static final int CLIENT_LEASES = 64;

  /**
   * The header that names the lease of an answer's cursor, the same on all pages: its first {@link
   * #LEASE_TEXT} characters. A load balancer that remembers who sent it sends the next page's
   * request to the same replica, which alone holds the position.
   */
  public static final String LEASE_HEADER = "Millrace-Cursor-Lease";

  private static final int ID_BYTES = 16;

  /** Characters of a cursor that are of its lease alone: six bits each. */
  private static final int LEASE_TEXT = ID_BYTES * 8 / 6;

  private static final class Lease {
    private final ViewPin pin;
    private final String question;
    private final String client;
    private boolean used;
    private long usedAtNanos;

    private Lease(ViewPin pin, String question, String client, long usedAtNanos) {
      this.pin = pin;
      this.question = question;
      this.client = client;
      this.usedAtNanos = usedAtNanos;
    }
  }

  /**
   * An opened cursor.
   *
   * @param lease its lease
   * @param pin what it reads, retained for the caller
   * @param after the last group key returned
   */
  record Opened(byte[] lease, ViewPin pin, byte[] after) {}

  private final long timeoutNanos;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();

  /** By id; the one used longest ago first. */
  private final Map<ByteBuffer, Lease> leases = new LinkedHashMap<>(16, 0.75f, true);

  private boolean closed;

  public Cursors(Duration timeout, LongSupplier nanoTime) {
    this.timeoutNanos = timeout.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * Leases {@code pin}, which is retained, to the cursors of one question.
   *
   * @throws MillraceException {@code BUSY}
   */
  synchronized byte[] lease(ViewPin pin, String question, String client) {
    expire();
    makeRoom(client);
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    if (closed || !pin.retain()) {
      throw new IllegalStateException("cannot lease a position: serving is stopping");
    }
    leases.put(ByteBuffer.wrap(id), new Lease(pin, question, client, nanoTime.getAsLong()));
    return id;
  }

  private void makeRoom(String client) {
    List<Map.Entry<ByteBuffer, Lease>> own =
        leases.entrySet().stream().filter(entry -> entry.getValue().client.equals(client)).toList();
    if (own.size() >= CLIENT_LEASES) {
      Map.Entry<ByteBuffer, Lease> evicted =
          own.stream()
              .filter(entry -> !entry.getValue().used)
              .findFirst()
              .orElseGet(() -> own.get(0));
      leases.remove(evicted.getKey());
      evicted.getValue().pin.close();
    }
    if (leases.size() >= MAX_LEASES) {
      throw new MillraceException(
          ErrorCode.BUSY,
          "cannot hold a position for another cursor: found "
              + leases.size()
              + " open, expected fewer; ask again in a few seconds, or with a limit that takes all"
              + " rows at once");
    }
  }

  static String token(byte[] lease, byte[] after) {
    byte[] bytes = Arrays.copyOf(lease, lease.length + after.length);
    System.arraycopy(after, 0, bytes, lease.length, after.length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What {@link #LEASE_HEADER} says for a cursor of {@link #token}. */
  public static String leaseOf(String token) {
    return token.substring(0, LEASE_TEXT);
  }

  /**
   * @throws MillraceException {@code BAD_REQUEST} if the text is no cursor, or one of another
   *     question; {@code CURSOR_EXPIRED}
   */
  public synchronized Opened open(String token, String question) {
    expire();
    byte[] bytes = decode(token);
    byte[] id = Arrays.copyOf(bytes, ID_BYTES);
    Lease lease = leases.get(ByteBuffer.wrap(id));
    if (lease == null || !lease.pin.retain()) {
      throw new MillraceException(
          ErrorCode.CURSOR_EXPIRED,
          "cannot go on at this cursor: found its position let go, expected it used within "
              + Duration.ofNanos(timeoutNanos).toSeconds()
              + " s; start again without cursor");
    }
    if (!lease.question.equals(question)) {
      lease.pin.close();
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot go on at this cursor: found another view, layer or conditions than it was made"
              + " for, expected the same; repeat the first request's parameters, or start again"
              + " without cursor");
    }
    lease.used = true;
    lease.usedAtNanos = nanoTime.getAsLong();
    return new Opened(id, lease.pin, Arrays.copyOfRange(bytes, ID_BYTES, bytes.length));
  }

  /** Lets go of leases that were unused for too long. */
  public synchronized void expire() {
    long now = nanoTime.getAsLong();
    Iterator<Lease> oldestFirst = leases.values().iterator();
    while (oldestFirst.hasNext()) {
      Lease lease = oldestFirst.next();
      if (now - lease.usedAtNanos < timeoutNanos) {
        return;
      }
      oldestFirst.remove();
      lease.pin.close();
    }
  }

  /** Lets go of the leases on one view version. */
  public synchronized void forget(ServedView view) {
    Map<ByteBuffer, Lease> all = new HashMap<>(leases);
    all.forEach(
        (id, lease) -> {
          if (lease.pin.view() == view) {
            leases.remove(id);
            lease.pin.close();
          }
        });
  }

  public synchronized int open() {
    return leases.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    leases.values().forEach(lease -> lease.pin.close());
    leases.clear();
  }

  private static byte[] decode(String token) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    if (bytes.length < ID_BYTES) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot go on at cursor '"
              + token
              + "': found text that is no cursor, expected one from an earlier answer; start again"
              + " without cursor");
    }
    return bytes;
  }
}
