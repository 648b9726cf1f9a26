package io.millrace.launcher.local;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.EmbeddedBrokerProperties;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.process.LayerMain;
import io.millrace.launcher.local.process.Child;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.JvmCommand;
import io.millrace.launcher.local.process.ProcessTable;
import io.millrace.launcher.local.process.SystemListener;
import io.millrace.launcher.local.start.Startup;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
  private static final Duration STOP_LAYERS = Duration.ofMillis(6200);
  private static final Duration STOP_ALL = Duration.ofMillis(8700);

  /** A system that did not start ends for no one who waits, and its broker in order. */
  private static final Duration STOP_UNSTARTED_BROKER = Duration.ofSeconds(60);

  private static final Duration CLOSE_ADMIN = Duration.ofSeconds(1);

  private static final long READ_AGAIN_MS = 300;
  private static final String BROKER = "broker";

  private final DataDirectory dir;
  private final MillraceConfig config;
  private final DataDirectory.Lock lock;
  private final Supervisor supervisor;
  private final SystemListener listener;
  private final List<String> jvmOptions;
  private final Inquiry<List<LayerStatus>> statusReads = new Inquiry<>(this::readStatuses);
  private volatile List<LayerStatus> statuses = List.of();
  private volatile boolean hurried;
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
    this.listener = listener;
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
   *     PORT_IN_USE}, {@code BROKER_UNREACHABLE}, {@code NOT_STARTED}; nothing is left running
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
      Inquiry<Boolean> asked = new Inquiry<>(this::askBroker);
      await(Map.of(BROKER, supervisor.start(broker, process -> asked.answer().orElse(false))));
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
    await(ready);
    hurried = true;
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
      statusReads.answer().ifPresent(read -> statuses = read);
      return status(layer, process.pid()).filter(LayerStatus::ready).isPresent();
    };
  }

  private Optional<LayerStatus> status(String layer, long pid) {
    return ProcessHandle.of(pid)
        .flatMap(
            process ->
                OwnStatus.find(
                    statuses, layer, LayerMain.instance(pid), process.info().startInstant()));
  }

  private CompletableFuture<List<LayerStatus>> readStatuses() {
    Duration timeout = config.kafka().connectTimeout();
    return CompletableFuture.supplyAsync(
        () -> control.statuses(timeout),
        CompletableFuture.delayedExecutor(READ_AGAIN_MS, TimeUnit.MILLISECONDS));
  }

  private CompletableFuture<Boolean> askBroker() {
    DescribeClusterOptions patient =
        new DescribeClusterOptions().timeoutMs((int) config.kafka().connectTimeout().toMillis());
    return admin
        .describeCluster(patient)
        .nodes()
        .toCompletionStage()
        .thenApply(nodes -> !nodes.isEmpty())
        .toCompletableFuture();
  }

  private void await(Map<String, CompletableFuture<Void>> ready) {
    try {
      new Startup(dir, config.up(), listener, supervisor::entries, this::status).await(ready);
    } catch (InterruptedException e) {
      // Cleared on purpose: what has been started must now be stopped in order.
      hurried = true;
      throw new MillraceException(
          ErrorCode.NOT_STARTED,
          "cannot start " + String.join(", ", ready.keySet()) + ": it was stopped while starting",
          e);
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

  /** Where Postgres' clients ask, as the serving layer says. */
  public Optional<String> postgres() {
    return process("serving")
        .flatMap(process -> status("serving", process.pid()))
        .map(status -> status.details().get("pgwire"));
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
    // Of the time for all, the broker has what the layers left of it: one that is killed recovers.
    supervisor.stop(
        List.of(BROKER),
        hurried ? STOP_ALL.minus(Duration.between(began, Instant.now())) : STOP_UNSTARTED_BROKER);
    supervisor.close();
    if (admin != null) {
      // What the broker was asked last may have minutes left to be answered.
      admin.close(CLOSE_ADMIN);
    }
    dir.deleteEffectiveConfig();
    lock.close();
    LOG.info("stopped in {} ms", Duration.between(began, Instant.now()).toMillis());
  }
}
