package io.millrace.testkit;

import io.millrace.control.config.MillraceConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Configurations for tests. */
public final class TestConfig {
  private TestConfig() {}

  /** The defaults over a broker, with free ports and all local state in {@code dataDir}. */
  public static MillraceConfig of(TestBroker broker, Path dataDir) {
    return of(broker, dataDir, Map.of());
  }

  /**
   * As {@link #of(TestBroker, Path)}.
   *
   * @param overrides dotted keys, as from {@code --set}
   */
  public static MillraceConfig of(TestBroker broker, Path dataDir, Map<String, String> overrides) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
    settings.put("data.dir", dataDir.toAbsolutePath().toString());
    settings.put("serving.port", "0");
    // Several tests share the processors: their first connection may take its time.
    settings.put("kafka.connect.timeout", "1m");
    settings.putAll(overrides);
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }
}
