package io.millrace.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free TCP ports, of those that systems do not give to outgoing connections: one of these could
 * take a port before the server that it was found for. No port is given out twice. Thread-safe.
 */
public final class Ports {
  private static final int FIRST = 20_000;
  private static final int COUNT = 12_000;

  private static int next = ThreadLocalRandom.current().nextInt(COUNT);

  private Ports() {}

  /** Distinct loopback ports that nothing listened on a moment ago. */
  public static synchronized int[] free(int count) {
    int[] ports = new int[count];
    int found = 0;
    for (int tries = 0; found < count && tries < COUNT; tries++) {
      int port = FIRST + next;
      next = (next + 1) % COUNT;
      if (free(port, "127.0.0.1") && free(port, "0.0.0.0")) {
        ports[found++] = port;
      }
    }
    if (found < count) {
      throw new IllegalStateException("cannot find " + count + " free ports: found " + found);
    }
    return ports;
  }

  private static boolean free(int port, String address) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(address))) {
      return socket.isBound();
    } catch (BindException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for a free port", e);
    }
  }
}
