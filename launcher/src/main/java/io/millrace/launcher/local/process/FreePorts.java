package io.millrace.launcher.local.process;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** TCP ports to listen on. Stateless. */
public final class FreePorts {
  private FreePorts() {}

  /**
   * @param host the address to listen on
   * @param port the wanted port; 0: any
   * @param key the configuration key that says which
   * @return the port to use, free a moment ago
   * @throws MillraceException {@code PORT_IN_USE}
   */
  public static int choose(String host, int port, String key) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port), 1);
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.PORT_IN_USE,
          "cannot listen on "
              + host
              + ":"
              + port
              + ": found it not free ("
              + e.getMessage()
              + "), expected a free port; stop what uses it, or set "
              + key
              + " to another port (--set "
              + key
              + "=0 takes any free one)",
          e);
    }
  }
}
