package io.millrace.system.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Network;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/**
 * Says of every container, network and volume which test JVM it belongs to, and removes those whose
 * JVM is gone. Testcontainers removes this JVM's own when it ends; without its Ryuk container
 * nobody else would remove those of a JVM that was killed.
 */
final class Leftovers {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  /** Label: {@code host/pid/start} of the JVM. */
  static final String LABEL = "io.millrace.test.jvm";

  private static final Owner SELF = Owner.of(ProcessHandle.current());

  /**
   * @param host engines can be shared: only a host knows its own processes
   * @param started tells a process from a later one with the same id
   */
  record Owner(String host, long pid, long started) {
    static Owner of(ProcessHandle process) {
      return new Owner(hostName(), process.pid(), startOf(process));
    }

    static Owner parse(String label) {
      String[] parts = label.split("/");
      return new Owner(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }

    boolean gone() {
      return host.equals(hostName())
          && ProcessHandle.of(pid).filter(p -> p.isAlive() && startOf(p) == started).isEmpty();
    }

    String label() {
      return host + "/" + pid + "/" + started;
    }

    private static long startOf(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "localhost";
      }
    }
  }

  static {
    remove(DockerClientFactory.lazyClient());
  }

  private Leftovers() {}

  /** For networks and volumes, which are no containers. */
  static Map<String, String> labels() {
    return Map.of(LABEL, SELF.label());
  }

  /** The same container, labelled as this JVM's. */
  static <T extends GenericContainer<?>> T own(T container) {
    container.withLabels(labels());
    return container;
  }

  /** Removes what belongs to test JVMs of this host that are gone. */
  static void remove(DockerClient client) {
    for (Container container : containers(client)) {
      if (Owner.parse(container.getLabels().get(LABEL)).gone()) {
        remove(client, container);
      }
    }
    for (Network network : networks(client)) {
      if (Owner.parse(network.getLabels().get(LABEL)).gone()) {
        remove(client, network);
      }
    }
    for (InspectVolumeResponse volume : volumes(client)) {
      if (Owner.parse(volume.getLabels().get(LABEL)).gone()) {
        remove(client, volume);
      }
    }
  }

  private static List<Container> containers(DockerClient client) {
    return client.listContainersCmd().withShowAll(true).withLabelFilter(List.of(LABEL)).exec();
  }

  private static List<Network> networks(DockerClient client) {
    return client.listNetworksCmd().withFilter("label", List.of(LABEL)).exec();
  }

  private static List<InspectVolumeResponse> volumes(DockerClient client) {
    return client.listVolumesCmd().withFilter("label", List.of(LABEL)).exec().getVolumes();
  }

  private static void remove(DockerClient client, InspectVolumeResponse volume) {
    ifThere(() -> client.removeVolumeCmd(volume.getName()).exec());
  }

  private static void remove(DockerClient client, Container container) {
    ifThere(
        () ->
            client
                .removeContainerCmd(container.getId())
                .withForce(true)
                .withRemoveVolumes(true)
                .exec());
  }

  private static void remove(DockerClient client, Network network) {
    ifThere(() -> client.removeNetworkCmd(network.getId()).exec());
  }

  /** Somebody else may have removed it, or be about to. */
  private static void ifThere(Runnable removal) {
    try {
      removal.run();
    } catch (NotFoundException | ConflictException e) {
      LOG.debug("Left it to somebody else: {}", e.getMessage());
    }
  }
}
