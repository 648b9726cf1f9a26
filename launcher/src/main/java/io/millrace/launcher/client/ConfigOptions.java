package io.millrace.launcher.client;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.config.Secrets;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.local.process.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a command finds its configuration. */
public final class ConfigOptions {
  private static final Path DEFAULT_FILE = Path.of("millrace.yaml");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "configuration (default: ./millrace.yaml, if there is one)")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "one setting, over file and environment; may be repeated")
  private Map<String, String> overrides = new LinkedHashMap<>();

  /** As the file, the environment and the options say. */
  public MillraceConfig wanted() {
    return wanted(Map.of());
  }

  /**
   * @param settings over file and environment, below the options
   */
  public MillraceConfig wanted(Map<String, String> settings) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    overrides.forEach(
        (key, value) -> {
          refuseSecret(key, value);
          all.put(key, value);
        });
    return MillraceConfig.load(file(), System.getenv(), all);
  }

  /**
   * The configuration for a command beside a system: that of {@code millrace up} on the same data
   * directory and what the command uses itself, or, where brokers are configured, the configuration
   * as it is given.
   *
   * @throws MillraceException {@code BROKER_UNREACHABLE} if neither is there; {@code
   *     CONFIG_INVALID} if a setting was given that has no effect
   */
  public MillraceConfig running(Uses uses) {
    MillraceConfig wanted = wanted();
    DataDirectory dir = new DataDirectory(wanted.dataDir());
    if (isRunning(dir)) {
      return new RunningConfig(dir.root(), dir.effectiveConfig())
          .with(given(), uses, note -> System.err.println("note: " + note));
    }
    if (wanted.kafka().bootstrapServers().isPresent()) {
      return wanted;
    }
    throw new MillraceException(
        ErrorCode.BROKER_UNREACHABLE,
        "cannot reach Millrace: found nothing running on the data directory "
            + dir.root()
            + ", expected a system; start it by 'millrace up', or set data.dir or"
            + " kafka.bootstrap.servers");
  }

  /**
   * Where a system is to be found, for a command that asks it for nothing.
   *
   * @throws MillraceException {@code CONFIG_INVALID} if a setting was given on the command line
   *     that has no effect
   */
  public DataDirectory directory() {
    DataDirectory dir = new DataDirectory(wanted().dataDir());
    List<MillraceConfig.Given> written =
        given().stream()
            .filter(setting -> setting.where().equals(RunningConfig.COMMAND_LINE))
            .filter(setting -> !setting.key().equals(RunningConfig.DATA_DIR))
            .toList();
    if (!written.isEmpty() && isRunning(dir)) {
      new RunningConfig(dir.root(), dir.effectiveConfig()).with(written, Uses.NOTHING, note -> {});
    }
    return dir;
  }

  private static boolean isRunning(DataDirectory dir) {
    return dir.owner().isPresent() && Files.exists(dir.effectiveConfig());
  }

  private List<MillraceConfig.Given> given() {
    return MillraceConfig.given(file(), System.getenv(), overrides);
  }

  /** {@link #running} as a file, for processes of the batch layer. */
  public Path runningFile(MillraceConfig running) {
    DataDirectory dir = new DataDirectory(running.dataDir());
    if (isRunning(dir)
        && MillraceConfig.load(Optional.of(dir.effectiveConfig()), Map.of(), Map.of())
            .equals(running)) {
      return dir.effectiveConfig();
    }
    Path file = dir.clientConfig();
    running.write(file);
    // It holds secrets, and nobody reads it after this command.
    file.toFile().deleteOnExit();
    return file;
  }

  private static void refuseSecret(String key, String value) {
    if (Secrets.secret(key) && !MillraceConfig.refers(value)) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot use --set "
              + key
              + ": found a secret on the command line, where every user of this machine can read"
              + " it, expected ${file:PATH} or ${env:NAME}; write it so, or into the configuration"
              + " file");
    }
  }

  private Optional<Path> file() {
    if (file != null) {
      return Optional.of(file);
    }
    return Files.exists(DEFAULT_FILE) ? Optional.of(DEFAULT_FILE) : Optional.empty();
  }

  /** These options again, as arguments of another millrace command. */
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    file().ifPresent(path -> arguments.addAll(List.of("--config", path.toString())));
    overrides.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    return arguments;
  }
}
