package io.millrace.system.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import io.millrace.system.Http;
import io.millrace.system.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.lifecycle.Startables;

/**
 * The layers as containers of their images, as {@code docker-compose.yml} runs them: in one network
 * with a broker, on a read-only root, with a volume for state and one for the lake.
 */
final class LayerContainers implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(180);
  private static final long GIB = 1L << 30;

  private final Network network;
  private final KafkaNode broker;
  private final List<String> volumes = new ArrayList<>();
  private final Deque<GenericContainer<?>> started = new ArrayDeque<>();
  private final DockerClient engine = DockerClientFactory.lazyClient();
  private final String lake;
  private final Path logs;

  /**
   * @param logs directory for what each container said, kept when it is stopped at the end
   */
  LayerContainers(Path logs) {
    this.logs = logs;
    network =
        Network.builder()
            .createNetworkCmdModifier(command -> command.withLabels(Leftovers.labels()))
            .build();
    try {
      lake = volume();
      broker =
          KafkaNode.startIn(
              network,
              Map.of(
                  "transaction.state.log.num.partitions", "4",
                  "auto.create.topics.enable", "false"));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  KafkaNode broker() {
    return broker;
  }

  /** Not started, as each of them: {@link #start} does that. */
  GenericContainer<?> speed() {
    // Transactions for few events each are most of what the broker does.
    Map<String, String> settings = Map.of("MILLRACE_SPEED_COMMIT_INTERVAL", "250ms");
    return layer("speed-layer", settings, 9464, "/health/live");
  }

  GenericContainer<?> batch(String schedule) {
    Map<String, String> settings = Map.of("MILLRACE_BATCH_SCHEDULE_OVERRIDE", schedule);
    return layer("batch-layer", settings, 9464, "/health/live");
  }

  GenericContainer<?> serving() {
    return layer("serving-layer", Map.of(), 8080, "/v1/health/live");
  }

  /** Starts all of them at once, and returns when each says that it lives. */
  void start(GenericContainer<?>... containers) {
    List.of(containers).forEach(started::push);
    Startables.deepStart(containers).join();
  }

  static Http http(GenericContainer<?> serving) {
    return new Http("http://" + serving.getHost() + ":" + serving.getMappedPort(8080));
  }

  /** Ends it as {@code kill -9} does. */
  void kill(GenericContainer<?> container) {
    engine.killContainerCmd(container.getContainerId()).exec();
  }

  /** Starts what was killed, with the state it left. */
  void startAgain(GenericContainer<?> container) {
    engine.startContainerCmd(container.getContainerId()).exec();
  }

  /** Freezes every process of it, as a machine without a turn would. */
  void pause(GenericContainer<?> container) {
    engine.pauseContainerCmd(container.getContainerId()).exec();
  }

  void resume(GenericContainer<?> container) {
    engine.unpauseContainerCmd(container.getContainerId()).exec();
  }

  /** Cuts it off: nothing it sends arrives, and it hears nothing. */
  void cutOff(GenericContainer<?> container) {
    engine
        .disconnectFromNetworkCmd()
        .withNetworkId(network.getId())
        .withContainerId(container.getContainerId())
        .withForce(true)
        .exec();
  }

  void connect(GenericContainer<?> container) {
    engine
        .connectToNetworkCmd()
        .withNetworkId(network.getId())
        .withContainerId(container.getContainerId())
        .exec();
  }

  private GenericContainer<?> layer(
      String part, Map<String, String> settings, int port, String live) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("JAVA_TOOL_OPTIONS", Installation.NOT_OPTIMISED);
    environment.put("MILLRACE_KAFKA_BOOTSTRAP_SERVERS", KafkaNode.INSIDE);
    environment.put("MILLRACE_LAKE_PROPERTIES_WAREHOUSE", "/lake/warehouse");
    String state = volume();
    return Leftovers.own(new GenericContainer<>(Images.own(part)))
        .withNetwork(network)
        .withEnv(environment)
        .withExposedPorts(port)
        .waitingFor(Wait.forHttp(live).forPort(port).withStartupTimeout(START))
        .withTmpFs(Map.of("/tmp", "exec,mode=1777,size=256m"))
        .withCreateContainerCmdModifier(
            command ->
                command
                    .getHostConfig()
                    .withReadonlyRootfs(true)
                    .withMemory(part.equals("batch-layer") ? 2 * GIB : GIB)
                    .withBinds(
                        new Bind(state, new Volume("/var/lib/millrace")),
                        new Bind(lake, new Volume("/lake"))));
  }

  private String volume() {
    String name = engine.createVolumeCmd().withLabels(Leftovers.labels()).exec().getName();
    volumes.add(name);
    return name;
  }

  private void keepLog(GenericContainer<?> container, int number) {
    String image = container.getDockerImageName().replaceAll(".*/|:.*", "");
    try {
      Files.createDirectories(logs);
      Files.writeString(logs.resolve(image + "-" + number + ".log"), container.getLogs());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the log of " + image, e);
    }
  }

  @Override
  public void close() {
    int number = started.size();
    for (GenericContainer<?> container : started) {
      if (container.isCreated()) {
        keepLog(container, number);
      }
      container.stop();
      number--;
    }
    if (broker != null) {
      broker.close();
    }
    volumes.forEach(name -> engine.removeVolumeCmd(name).exec());
    network.close();
  }
}
