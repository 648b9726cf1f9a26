package io.millrace.control.kafka;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether a port speaks TLS although plain text is configured. Kafka's clients take the
 * first bytes of a TLS alert for the length of an answer and ask for 336 MB of heap: the process
 * may die of it before anybody has said what is wrong. Stateless.
 */
final class TlsProbe {
  private static final Logger LOG = LoggerFactory.getLogger(TlsProbe.class);
  private static final Duration LONGEST = Duration.ofSeconds(2);
  private static final int TLS_ALERT = 0x15;

  private TlsProbe() {}

  /**
   * Looks at the first address that accepts a connection; none is no problem of this class.
   *
   * @param clientProperties as {@link MillraceConfig#clientProperties}
   * @throws MillraceException {@code BROKER_UNREACHABLE} if plain text is configured and that one
   *     speaks TLS
   */
  static void check(Map<String, Object> clientProperties, Duration timeout) {
    Object protocol = clientProperties.getOrDefault("security.protocol", "PLAINTEXT");
    if (!protocol.toString().endsWith("PLAINTEXT")) {
      return;
    }
    Duration patience = timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
    for (String address : clientProperties.get("bootstrap.servers").toString().split("\\s*,\\s*")) {
      Optional<Boolean> tls = speaksTls(address, (int) patience.toMillis());
      if (tls.isPresent()) {
        if (tls.get()) {
          throw new MillraceException(
              ErrorCode.BROKER_UNREACHABLE,
              "cannot reach Kafka: found that "
                  + address
                  + " speaks TLS, expected "
                  + protocol
                  + "; set kafka.properties.security.protocol to SSL or SASL_SSL, or name another"
                  + " port in kafka.bootstrap.servers");
        }
        return;
      }
    }
  }

  /** Empty if there is no answer. */
  private static Optional<Boolean> speaksTls(String address, int timeoutMs) {
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket()) {
      InetSocketAddress broker =
          new InetSocketAddress(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
      if (broker.isUnresolved()) {
        throw new UnknownHostException(address);
      }
      socket.connect(broker, timeoutMs);
      socket.setSoTimeout(timeoutMs);
      OutputStream out = socket.getOutputStream();
      out.write(versionsRequest());
      out.flush();
      return Optional.of(new DataInputStream(socket.getInputStream()).readByte() == TLS_ALERT);
    } catch (IOException e) {
      LOG.debug("{} gives no answer to look at", address, e);
      return Optional.empty();
    }
  }

  /** ApiVersions, version 0, which every broker answers before a log-in. */
  private static byte[] versionsRequest() {
    short apiVersions = 18;
    short noClientId = -1;
    return ByteBuffer.allocate(14)
        .putInt(10)
        .putShort(apiVersions)
        .putShort((short) 0)
        .putInt(0)
        .putShort(noClientId)
        .array();
  }
}
