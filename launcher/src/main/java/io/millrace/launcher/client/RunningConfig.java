package io.millrace.launcher.client;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.config.MillraceConfig.Given;
import io.millrace.control.config.Secrets;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The configuration for a command beside a system that runs: the system's own, and of what is given
 * to the command that which it uses itself. Anything else that differs is refused where it was
 * written on the command line, or would be another system's; else it is said that it waits for the
 * next start.
 */
final class RunningConfig {
  static final String COMMAND_LINE = "--set";

  /** Where the command looks for the system, and so no matter of what that has. */
  static final String DATA_DIR = "data.dir";

  /** Settings by which one system is not another. */
  private static final Set<String> SYSTEM = Set.of("namespace", "kafka.bootstrap.servers");

  /** Ports that 0 leaves to the system: it has taken some. */
  private static final Set<String> CHOSEN = Set.of("kafka.port", "serving.port", "monitor.port");

  private final Path dataDir;
  private final Path file;
  private final MillraceConfig config;

  /**
   * @param file the configuration in effect
   */
  RunningConfig(Path dataDir, Path file) {
    this.dataDir = dataDir;
    this.file = file;
    this.config = load(Map.of());
  }

  private MillraceConfig load(Map<String, String> settings) {
    return MillraceConfig.load(Optional.of(file), Map.of(), settings);
  }

  /**
   * @param note told of each setting that is not in effect
   * @throws MillraceException {@code CONFIG_INVALID} with every setting that cannot be used
   */
  MillraceConfig with(List<Given> given, Uses uses, Consumer<String> note) {
    Map<String, String> used = new LinkedHashMap<>();
    List<String> refused = new ArrayList<>();
    for (Given setting : given) {
      String key = setting.key();
      if (uses.has(key)) {
        used.put(key, setting.text());
      } else if (!isInEffect(setting)) {
        if (setting.where().equals(COMMAND_LINE)) {
          refused.add(written(setting) + ", " + instead(key));
        } else if (SYSTEM.contains(key)) {
          refused.add(written(setting) + " in " + setting.where() + ", " + instead(key));
        } else if (!Uses.any(key)) {
          note.accept(
              written(setting)
                  + " in "
                  + setting.where()
                  + " is not in effect: "
                  + has(key)
                  + "; the next 'millrace up' uses it");
        }
      }
    }
    if (!refused.isEmpty()) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot use settings beside the system that runs on "
              + dataDir
              + ": found "
              + String.join("; found ", refused)
              + ", expected settings that this command uses; leave them out, stop the system by"
              + " 'millrace down' and start it with them, or set data.dir for another one");
    }
    return used.isEmpty() ? config : load(used);
  }

  private boolean isInEffect(Given setting) {
    String key = setting.key();
    if (key.equals(DATA_DIR) || CHOSEN.contains(key) && setting.text().equals("0")) {
      return true;
    }
    try {
      return load(Map.of(key, setting.text())).equals(config);
    } catch (MillraceException e) {
      // It does not go with the others, which are in effect.
      return false;
    }
  }

  private static String written(Given setting) {
    return setting.key()
        + "="
        + (Secrets.secret(setting.key()) ? "*****" : Secrets.withoutPasswords(setting.text()));
  }

  private String instead(String key) {
    return Uses.any(key) ? "which this command has no use for" : "but " + has(key);
  }

  private String has(String key) {
    Map<String, String> texts =
        MillraceConfig.given(Optional.of(file), Map.of(), Map.of()).stream()
            .collect(Collectors.toMap(Given::key, Given::text));
    String text = texts.get(key);
    if (text == null) {
      return "the system has none";
    }
    return "the system has " + (Secrets.secret(key) ? "another" : Secrets.withoutPasswords(text));
  }
}
