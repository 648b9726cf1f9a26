package io.millrace.system.container;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether a container engine is there. It is asked for without Testcontainers, which would take an
 * engine that it cannot use for none, and tests that should fail would be left out.
 *
 * @param answers whether something accepts connections where an engine listens
 * @param said where it was found, or where it was looked for and what was found there
 */
record Engine(boolean answers, String said) {
  /** Looks where {@code DOCKER_HOST} says, or else in the usual places. */
  static Engine find() {
    return find(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static Engine find(Map<String, String> environment, Path userHome) {
    List<String> refusals = new ArrayList<>();
    for (URI place : places(environment, userHome)) {
      try {
        connect(place);
        return new Engine(true, place.toString());
      } catch (IOException | RuntimeException e) {
        refusals.add(place + ": " + e.getMessage());
      }
    }
    return new Engine(false, String.join("; ", refusals));
  }

  private static List<URI> places(Map<String, String> environment, Path userHome) {
    String host = environment.get("DOCKER_HOST");
    if (host != null && !host.isBlank()) {
      return List.of(URI.create(host.strip()));
    }
    List<Path> sockets = new ArrayList<>(List.of(Path.of("/var/run/docker.sock")));
    if (environment.containsKey("XDG_RUNTIME_DIR")) {
      sockets.add(Path.of(environment.get("XDG_RUNTIME_DIR"), "docker.sock"));
    }
    sockets.add(userHome.resolve(".docker/run/docker.sock"));
    List<URI> places = new ArrayList<>();
    for (Path socket : sockets) {
      // The first is named even if it is missing: so the reason says where an engine would be.
      if (places.isEmpty() || Files.exists(socket)) {
        places.add(URI.create("unix://" + socket));
      }
    }
    return places;
  }

  private static void connect(URI place) throws IOException {
    boolean local = "unix".equals(place.getScheme());
    SocketAddress address =
        local
            ? UnixDomainSocketAddress.of(place.getPath())
            : new InetSocketAddress(place.getHost(), place.getPort());
    try (SocketChannel channel =
        local ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open()) {
      channel.connect(address);
    }
  }
}
