package io.millrace.launcher.local;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.EmbeddedBrokerProperties;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole system on this machine: a broker, unless the configuration names one, and one process
 * per layer, supervised until {@link #close}. Thread-safe.
 */
public final class LocalSystem implements AutoCloseable {
  /** Main class of each layer. The layers are started, never called. */
  private static final Map<String, String> LAYERS = layers();

  private static final Logger LOG = LoggerFactory.getLogger(LocalSystem.class);
  private static final Duration START = Duration.ofSeconds(180);
  private static final Duration STOP_LAYERS = Duration.ofMillis(6200);
  private static final Duration STOP_BROKER = Duration.ofMillis(2500);
  private static final String BROKER = "broker";

  private final DataDirectory dir;
  private final MillraceConfig config;
  private final DataDirectory.Lock lock;
  private final Supervisor supervisor;
  private final List<String> jvmOptions;
  private Admin admin;
  private ControlLog control;
  private boolean closed;

  private LocalSystem(
      DataDirectory dir,
      MillraceConfig config,
      DataDirectory.Lock lock,
      SystemListener listener,
      boolean brief) {
    this.dir = dir;
    this.config = config;
    this.lock = lock;
    this.supervisor = new Supervisor(dir, listener);
    this.jvmOptions = brief ? JvmCommand.BRIEF : List.of();
  }

  /**
   * Starts everything and returns when it is ready.
   *
   * @param wanted the configuration; port 0 takes a free one, {@link #config} has it
   * @param brief whether it is to be fast soon, for minutes and few events, rather than at its
   *     fastest later
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}, {@code ALREADY_RUNNING}, {@code
   *     PORT_IN_USE}, {@code BROKER_UNREACHABLE}, or what stopped a process from starting; nothing
   *     is left running
   */
  public static LocalSystem start(MillraceConfig wanted, SystemListener listener, boolean brief) {
    DataDirectory dir = new DataDirectory(wanted.dataDir());
    dir.prepare();
    DataDirectory.Lock lock = dir.lock();
    LocalSystem system = null;
    try {
      MillraceConfig config = EffectiveConfig.of(wanted);
      config.write(dir.effectiveConfig());
      system = new LocalSystem(dir, config, lock, listener, brief);
      system.startAll(wanted.kafka().bootstrapServers().isEmpty());
      return system;
    } catch (RuntimeException e) {
      if (system == null) {
        lock.close();
      } else {
        system.close();
      }
      throw e;
    }
  }

  private void startAll(boolean embedded) {
    if (embedded) {
      JvmCommand command =
          EmbeddedBroker.prepare(dir, config.kafka().port(), config.memory().broker(), jvmOptions);
      String where = EmbeddedBrokerProperties.HOST + ":" + config.kafka().port();
      Map<String, Object> impatient = config.adminProperties();
      impatient.putIfAbsent("reconnect.backoff.max.ms", 200);
      // Kept: a broker that crashed is asked again.
      admin = Admin.create(impatient);
      Child broker = new Child(BROKER, where, command, dir.output(BROKER));
      await(BROKER, supervisor.start(broker, process -> brokerAnswers(admin)));
    }
    control = ControlLog.open(config);
    Map<String, CompletableFuture<Void>> ready = new LinkedHashMap<>();
    for (String layer : LAYERS.keySet()) {
      String where = layer.equals("serving") ? servingUrl() : "";
      ready.put(
          layer,
          supervisor.start(
              new Child(layer, where, command(layer), dir.output(layer)), running(layer)));
    }
    ready.forEach(this::await);
  }

  private JvmCommand command(String layer) {
    String heap =
        switch (layer) {
          case "speed" -> config.memory().speed();
          case "batch" -> config.memory().batch();
          default -> config.memory().serving();
        };
    return new JvmCommand(
        LAYERS.get(layer),
        heap,
        dir.log(layer),
        List.of(
            "--config",
            dir.effectiveConfig().toString(),
            "--parent-pid",
            Long.toString(ProcessHandle.current().pid())),
        layer.equals("batch") && config.batch().master().startsWith("local"),
        jvmOptions);
  }

  private static Map<String, String> layers() {
    Map<String, String> layers = new LinkedHashMap<>();
    layers.put("speed", "io.millrace.speed.SpeedMain");
    layers.put("batch", "io.millrace.batch.BatchMain");
    layers.put("serving", "io.millrace.serving.ServingMain");
    return layers;
  }

  /** Ready is what a layer says of itself: this very process, running or degraded. */
  private Predicate<Process> running(String layer) {
    return process -> {
      String pid = ":" + process.pid();
      List<LayerStatus> statuses = control.statuses(Duration.ofSeconds(2));
      return statuses.stream()
          .anyMatch(
              status ->
                  status.layer().equals(layer)
                      && status.instance().endsWith(pid)
                      && status.ready());
    };
  }

  private static boolean brokerAnswers(Admin admin) {
    try {
      return !admin
          .describeCluster(new DescribeClusterOptions().timeoutMs(1000))
          .nodes()
          .get(1500, TimeUnit.MILLISECONDS)
          .isEmpty();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the broker does not answer yet", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void await(String process, CompletableFuture<Void> ready) {
    try {
      ready.get(START.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MillraceException known) {
        throw known;
      }
      throw new IllegalStateException("cannot start " + process, e.getCause());
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.INTERNAL,
          "cannot start "
              + process
              + ": found it not ready after "
              + START.toSeconds()
              + " s; see "
              + dir.log(process),
          e);
    } catch (InterruptedException e) {
      // Cleared on purpose: what has been started must now be stopped in order.
      throw new MillraceException(
          ErrorCode.INTERNAL, "cannot start " + process + ": it was stopped while starting", e);
    }
  }

  /** The configuration with every address and port filled in. */
  public MillraceConfig config() {
    return config;
  }

  public DataDirectory directory() {
    return dir;
  }

  public ControlLog control() {
    return control;
  }

  /** Base URL of the serving layer. */
  public String servingUrl() {
    return EffectiveConfig.servingUrl(config);
  }

  public List<ProcessTable.Entry> processes() {
    return supervisor.entries();
  }

  /** Process of the given name, if it is alive. */
  public Optional<ProcessHandle> process(String name) {
    return processes().stream()
        .filter(entry -> entry.name().equals(name) && entry.pid() > 0)
        .findFirst()
        .flatMap(entry -> ProcessHandle.of(entry.pid()));
  }

  /** Stops the layers, then the broker, within 10 s. Does nothing the second time. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    Instant began = Instant.now();
    supervisor.beginStop();
    supervisor.stop(List.of("serving", "batch", "speed"), STOP_LAYERS);
    if (control != null) {
      control.close();
    }
    supervisor.stop(List.of(BROKER), STOP_BROKER);
    supervisor.close();
    if (admin != null) {
      admin.close();
    }
    dir.deleteEffectiveConfig();
    lock.close();
    LOG.info("stopped in {} ms", Duration.between(began, Instant.now()).toMillis());
  }
}
