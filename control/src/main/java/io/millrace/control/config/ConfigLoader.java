package io.millrace.control.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.control.config.ConfigKey.Group;
import io.millrace.control.config.ConfigKey.Single;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes a {@link MillraceConfig} of texts, and texts of it. One per load. */
final class ConfigLoader {
  private final List<String> problems = new ArrayList<>();
  private final ConfigSources sources;

  private ConfigLoader(Map<String, String> environment) {
    sources = new ConfigSources(environment, problems);
  }

  static MillraceConfig load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
    return read(file, environment, overrides).build();
  }

  static List<MillraceConfig.Given> given(
      Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
    List<MillraceConfig.Given> given = new ArrayList<>();
    read(file, environment, overrides)
        .sources
        .values()
        .forEach(
            (key, value) ->
                given.add(
                    new MillraceConfig.Given(
                        key, ConfigSources.withoutReferences(value.text()), value.where())));
    return given;
  }

  private static ConfigLoader read(
      Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
    ConfigLoader loader = new ConfigLoader(environment);
    file.ifPresent(loader.sources::addFile);
    loader.sources.addEnvironment();
    loader.sources.addOverrides(overrides);
    return loader;
  }

  static String toYaml(MillraceConfig config) {
    Map<String, String> values = new LinkedHashMap<>();
    for (ConfigKey key : ConfigKeys.ALL) {
      if (key instanceof Single<?> single) {
        single
            .text()
            .apply(config)
            .ifPresent(text -> values.put(key.name(), ConfigSources.withoutReferences(text)));
      } else if (key instanceof Group group) {
        new TreeMap<>(group.values().apply(config))
            .forEach(
                (name, text) ->
                    values.put(group.prefix() + name, ConfigSources.withoutReferences(text)));
      }
    }
    try {
      return YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .build()
          .writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write the configuration as YAML", e);
    }
  }

  private MillraceConfig build() {
    refuseUnknown();
    refuseOwn();
    Path dataDir = read(ConfigKeys.DATA_DIR);
    MillraceConfig config =
        new MillraceConfig(
            read(ConfigKeys.NAMESPACE),
            dataDir,
            read(ConfigKeys.DATA_SLOTS),
            new MillraceConfig.Kafka(
                Optional.ofNullable(read(ConfigKeys.BOOTSTRAP_SERVERS)),
                read(ConfigKeys.KAFKA_PORT),
                read(ConfigKeys.TOPIC_PARTITIONS),
                read(ConfigKeys.REPLICATION_FACTOR),
                read(ConfigKeys.CONNECT_TIMEOUT),
                read(ConfigKeys.KAFKA_PROPERTIES)),
            new MillraceConfig.Lake(lake(dataDir)),
            new MillraceConfig.Speed(
                read(ConfigKeys.SPEED_THREADS),
                read(ConfigKeys.COMMIT_INTERVAL),
                read(ConfigKeys.CUT_INTERVAL),
                read(ConfigKeys.HEARTBEAT_INTERVAL),
                read(ConfigKeys.HOT_GROUPS),
                read(ConfigKeys.HOT_BYTES),
                read(ConfigKeys.STATE_MAX_BYTES),
                read(ConfigKeys.SPEED_PROPERTIES)),
            new MillraceConfig.Batch(
                read(ConfigKeys.MASTER),
                read(ConfigKeys.SCHEDULE),
                Optional.ofNullable(read(ConfigKeys.SCHEDULE_OVERRIDE)),
                read(ConfigKeys.ARCHIVE_INTERVAL),
                read(ConfigKeys.KEEP_RUNS),
                read(ConfigKeys.BATCH_PROPERTIES)),
            new MillraceConfig.Serving(
                read(ConfigKeys.SERVING_HOST),
                read(ConfigKeys.SERVING_PORT),
                read(ConfigKeys.CURSOR_TIMEOUT),
                read(ConfigKeys.WAIT_LONGEST),
                new MillraceConfig.Sql(
                    read(ConfigKeys.SQL_TIME),
                    read(ConfigKeys.SQL_MEMORY),
                    read(ConfigKeys.SQL_ROWS),
                    read(ConfigKeys.SQL_BYTES),
                    read(ConfigKeys.SQL_SCANS)),
                read(ConfigKeys.LOOKUP_BYTES),
                new MillraceConfig.Pgwire(
                    read(ConfigKeys.PGWIRE_PORT), read(ConfigKeys.PGWIRE_CONNECTIONS))),
            new MillraceConfig.Monitor(
                read(ConfigKeys.MONITOR_HOST), Optional.ofNullable(read(ConfigKeys.MONITOR_PORT))),
            new MillraceConfig.Memory(
                read(ConfigKeys.MEMORY_BROKER),
                read(ConfigKeys.MEMORY_SPEED),
                read(ConfigKeys.MEMORY_BATCH),
                read(ConfigKeys.MEMORY_SERVING)),
            new MillraceConfig.Up(read(ConfigKeys.UP_PATIENCE), read(ConfigKeys.UP_LIMIT)));
    checkTogether(config);
    if (!problems.isEmpty()) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot use the configuration: " + String.join("\n  and: ", problems));
    }
    return config;
  }

  private void checkTogether(MillraceConfig config) {
    MillraceConfig.Speed speed = config.speed();
    if (speed.cutInterval().compareTo(speed.commitInterval()) < 0) {
      problems.add(
          shorter(ConfigKeys.CUT_INTERVAL.name(), Durations.format(speed.cutInterval()), speed));
    }
    if (speed.heartbeatInterval().compareTo(speed.commitInterval()) < 0) {
      problems.add(
          shorter(
              ConfigKeys.HEARTBEAT_INTERVAL.name(),
              Durations.format(speed.heartbeatInterval()),
              speed));
    }
    MillraceConfig.Up up = config.up();
    if (up.limit().compareTo(up.patience()) < 0) {
      problems.add(
          "found up.limit "
              + Durations.format(up.limit())
              + ", expected no less than up.patience, "
              + Durations.format(up.patience()));
    }
    MillraceConfig.Kafka kafka = config.kafka();
    if (kafka.bootstrapServers().isEmpty() && kafka.replicationFactor() > 1) {
      problems.add(
          "found kafka.replication.factor "
              + kafka.replicationFactor()
              + " without kafka.bootstrap.servers, expected 1: the broker that millrace starts is"
              + " one node");
    }
    int servingPort = config.serving().port();
    int monitorPort = config.monitor().port().orElse(0);
    if (kafka.bootstrapServers().isEmpty()) {
      different(ConfigKeys.KAFKA_PORT, kafka.port(), ConfigKeys.SERVING_PORT, servingPort);
      different(ConfigKeys.KAFKA_PORT, kafka.port(), ConfigKeys.MONITOR_PORT, monitorPort);
    }
    different(ConfigKeys.SERVING_PORT, servingPort, ConfigKeys.MONITOR_PORT, monitorPort);
  }

  private void different(Single<Integer> key, int port, Single<Integer> other, int otherPort) {
    if (port != 0 && port == otherPort) {
      problems.add(
          "found "
              + key.name()
              + " and "
              + other.name()
              + " both "
              + port
              + ", expected two different ports");
    }
  }

  private static String shorter(String key, String value, MillraceConfig.Speed speed) {
    return "found "
        + key
        + " "
        + value
        + ", expected no less than speed.commit.interval, "
        + Durations.format(speed.commitInterval());
  }

  private Map<String, String> lake(Path dataDir) {
    Map<String, String> properties = new TreeMap<>(read(ConfigKeys.LAKE_PROPERTIES));
    if (!properties.containsKey("catalog-impl")) {
      properties.putIfAbsent("type", "hadoop");
    }
    if ("hadoop".equals(properties.get("type"))) {
      properties.putIfAbsent(
          "warehouse", dataDir.toAbsolutePath().normalize().resolve("lake").toString());
    }
    return Map.copyOf(properties);
  }

  /** The value, else the default, else null; the default too where the value is a problem. */
  private <T> T read(Single<T> key) {
    ConfigSources.Value value = sources.values().get(key.name());
    if (value != null) {
      try {
        return key.parse().apply(value.text());
      } catch (IllegalArgumentException e) {
        problems.add("at '" + key.name() + "' in " + value.where() + " " + e.getMessage());
      }
    }
    return key.defaultText().isEmpty() ? null : key.parse().apply(key.defaultText());
  }

  private Map<String, String> read(Group group) {
    Map<String, String> found = new TreeMap<>();
    sources
        .values()
        .forEach(
            (key, value) -> {
              if (key.startsWith(group.prefix())) {
                found.put(key.substring(group.prefix().length()), value.text());
              }
            });
    return Map.copyOf(found);
  }

  private void refuseUnknown() {
    sources
        .values()
        .forEach(
            (key, value) -> {
              if (ConfigKeys.ALL.stream().noneMatch(known -> matches(known, key))) {
                problems.add(
                    "found unknown key '"
                        + key
                        + "' in "
                        + value.where()
                        + ", expected a key of docs/guide/configuration.md; did you mean '"
                        + nearest(key)
                        + "'?");
              }
            });
  }

  private void refuseOwn() {
    for (ConfigKey key : ConfigKeys.ALL) {
      if (key instanceof Group group) {
        read(group)
            .forEach(
                (name, text) ->
                    OwnSettings.reason(group.prefix(), name)
                        .ifPresent(reason -> problems.add(own(group.prefix() + name, reason))));
      }
    }
  }

  private String own(String key, String reason) {
    return "found '"
        + key
        + "' in "
        + sources.values().get(key).where()
        + ", expected none, as "
        + reason
        + "; drop it";
  }

  private static boolean matches(ConfigKey known, String key) {
    return known instanceof Group group
        ? key.startsWith(group.prefix()) && key.length() > group.prefix().length()
        : known.name().equals(key);
  }

  private static String nearest(String key) {
    return ConfigKeys.ALL.stream()
        .map(ConfigKey::name)
        .min(Comparator.comparingInt(known -> EditDistance.between(known, key)))
        .orElseThrow();
  }
}
