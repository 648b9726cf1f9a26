package io.millrace.system.container;

import com.github.dockerjava.api.model.PortBinding;
import io.millrace.testkit.Ports;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** Containers that can be stopped and started again, and are found at the same address then. */
final class FixedPort {
  private static final int STOP_SECONDS = 30;

  private FixedPort() {}

  /**
   * Publishes a port of the container at a free port of this machine; the engine would choose
   * another at each start.
   */
  static int publish(GenericContainer<?> container, int port) {
    int free = Ports.free(1)[0];
    container.withCreateContainerCmdModifier(
        command -> command.getHostConfig().withPortBindings(PortBinding.parse(free + ":" + port)));
    return free;
  }

  /** Ends the container's process as SIGTERM does; the container and its files stay. */
  static void stop(GenericContainer<?> container) {
    DockerClientFactory.lazyClient()
        .stopContainerCmd(container.getContainerId())
        .withTimeout(STOP_SECONDS)
        .exec();
  }

  /** Starts what {@link #stop} ended; the caller waits for it to answer. */
  static void startAgain(GenericContainer<?> container) {
    DockerClientFactory.lazyClient().startContainerCmd(container.getContainerId()).exec();
  }
}
