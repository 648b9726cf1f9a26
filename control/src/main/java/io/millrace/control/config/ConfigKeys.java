package io.millrace.control.config;

import io.millrace.control.config.ConfigKey.Group;
import io.millrace.control.config.ConfigKey.Single;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Every key there is, in the order of the guide. */
final class ConfigKeys {
  static final Single<String> NAMESPACE =
      one(
          "namespace",
          "name",
          "millrace",
          "First word of the names of Millrace's own topics, so that installations can share a"
              + " cluster.",
          ConfigTypes::namespace,
          MillraceConfig::namespace);
  static final Single<Path> DATA_DIR =
      one(
          "data.dir",
          "path",
          "./data",
          "All local state: broker, lake, stores, logs. Relative to the working directory.",
          ConfigTypes::path,
          c -> c.dataDir().toString());
  static final Single<Boolean> DATA_SLOTS =
      one(
          "data.slots",
          "true or false",
          "false",
          "Whether several processes of one layer share data.dir, as scaled containers share a"
              + " volume: each keeps to the first subdirectory slot-N that no other uses.",
          ConfigTypes::bool,
          c -> Boolean.toString(c.dataSlots()));

  static final Single<String> BOOTSTRAP_SERVERS =
      new Single<>(
          "kafka.bootstrap.servers",
          "host:port, …",
          "",
          "Your Kafka cluster. Unset: `millrace up` starts a broker of its own.",
          ConfigTypes::addresses,
          c -> c.kafka().bootstrapServers());
  static final Single<Integer> KAFKA_PORT =
      one(
          "kafka.port",
          "port",
          "19092",
          "Port of the broker that `millrace up` starts; 0 chooses a free one.",
          ConfigTypes.integer(0, 65_535),
          c -> Integer.toString(c.kafka().port()));
  static final Single<Integer> TOPIC_PARTITIONS =
      one(
          "kafka.topic.partitions",
          "number",
          "4",
          "Partitions of source topics that `millrace apply` creates.",
          ConfigTypes.integer(1, 10_000),
          c -> Integer.toString(c.kafka().topicPartitions()));
  static final Single<Integer> REPLICATION_FACTOR =
      one(
          "kafka.replication.factor",
          "number",
          "1",
          "Replicas of topics that Millrace creates.",
          ConfigTypes.integer(1, 32),
          c -> Integer.toString(c.kafka().replicationFactor()));
  static final Single<Duration> CONNECT_TIMEOUT =
      one(
          "kafka.connect.timeout",
          "duration",
          "10s",
          "How long to look for a broker before giving up.",
          ConfigTypes.duration("100ms", "10m"),
          c -> Durations.format(c.kafka().connectTimeout()));
  static final Group KAFKA_PROPERTIES =
      new Group(
          "kafka.properties.*",
          "text",
          "none",
          "Handed to every Kafka client as they are, such as `security.protocol`.",
          c -> c.kafka().properties());

  static final Group LAKE_PROPERTIES =
      new Group(
          "lake.properties.*",
          "text",
          "`type: hadoop`, `warehouse: <data.dir>/lake`",
          "Properties of the Iceberg catalog that holds the lake and the batch views.",
          c -> c.lake().properties());

  static final Single<Integer> SPEED_THREADS =
      one(
          "speed.threads",
          "number",
          "1",
          "Stream threads of a speed-layer process.",
          ConfigTypes.integer(1, 256),
          c -> Integer.toString(c.speed().threads()));
  static final Single<Duration> COMMIT_INTERVAL =
      one(
          "speed.commit.interval",
          "duration",
          "50ms",
          "How often the speed layer commits what it counted; about the delay of live answers.",
          ConfigTypes.duration("1ms", "1m"),
          c -> Durations.format(c.speed().commitInterval()));
  static final Single<Duration> CUT_INTERVAL =
      one(
          "speed.cut.interval",
          "duration",
          "5s",
          "Least time between two cuts of a partition; no shorter than the commit interval.",
          ConfigTypes.duration("1ms", "1d"),
          c -> Durations.format(c.speed().cutInterval()));
  static final Single<Duration> HEARTBEAT_INTERVAL =
      one(
          "speed.heartbeat.interval",
          "duration",
          "1s",
          "How often progress is renewed while nothing arrives; no shorter than the commit"
              + " interval.",
          ConfigTypes.duration("1ms", "1h"),
          c -> Durations.format(c.speed().heartbeatInterval()));
  static final Single<Integer> HOT_GROUPS =
      one(
          "speed.hot.groups",
          "number",
          "200000",
          "Groups kept on the heap, per task; colder ones are left to the store.",
          ConfigTypes.integer(1, 100_000_000),
          c -> Integer.toString(c.speed().hotGroups()));
  static final Single<Long> HOT_BYTES =
      one(
          "speed.hot.bytes",
          "size",
          "256m",
          "What groups on the heap may take, about, of all tasks of a process together.",
          ConfigTypes.bytes("1m", "1024g"),
          c -> ConfigTypes.sizeText(c.speed().hotBytes()));
  static final Single<Long> STATE_MAX_BYTES =
      one(
          "speed.state.max.bytes",
          "size",
          "8m",
          "The largest state of one group that a view may keep live: its topics take records of this"
              + " size.",
          ConfigTypes.bytes("16k", "64m"),
          c -> ConfigTypes.sizeText(c.speed().maxStateBytes()));
  static final Group SPEED_PROPERTIES =
      new Group(
          "speed.properties.*",
          "text",
          "none",
          "Handed to Kafka Streams as they are.",
          c -> c.speed().properties());

  static final Single<String> MASTER =
      one(
          "batch.master",
          "Spark master",
          "local[*]",
          "Where the batch layer's Spark runs.",
          ConfigTypes::words,
          c -> c.batch().master());
  static final Single<String> SCHEDULE =
      one(
          "batch.schedule",
          "Quartz cron",
          "0 0/5 * * * ?",
          "When views run that have no schedule of their own.",
          ConfigTypes::cron,
          c -> c.batch().schedule());
  static final Single<String> SCHEDULE_OVERRIDE =
      new Single<>(
          "batch.schedule.override",
          "Quartz cron",
          "",
          "When all views run, whatever their own schedule says.",
          ConfigTypes::cron,
          c -> c.batch().scheduleOverride());
  static final Single<Duration> ARCHIVE_INTERVAL =
      one(
          "batch.archive.interval",
          "duration",
          "60s",
          "How often events go into the lake, runs or not. Less than the retention of every source"
              + " topic; the shorter, the smaller the files.",
          ConfigTypes.duration("1s", "1d"),
          c -> Durations.format(c.batch().archiveInterval()));
  static final Single<Integer> KEEP_RUNS =
      one(
          "batch.keep.runs",
          "number",
          "5",
          "Completed runs kept per view; at least 2.",
          ConfigTypes.integer(2, 10_000),
          c -> Integer.toString(c.batch().keepRuns()));
  static final Group BATCH_PROPERTIES =
      new Group(
          "batch.properties.*",
          "text",
          "none",
          "Spark settings, handed over as they are.",
          c -> c.batch().properties());

  static final Single<String> SERVING_HOST =
      one(
          "serving.host",
          "host",
          "127.0.0.1",
          "Address the serving layer listens on; 0.0.0.0 for all.",
          ConfigTypes::words,
          c -> c.serving().host());
  static final Single<Integer> SERVING_PORT =
      one(
          "serving.port",
          "port",
          "8080",
          "Port the serving layer listens on; 0 chooses a free one.",
          ConfigTypes.integer(0, 65_535),
          c -> Integer.toString(c.serving().port()));
  static final Single<Duration> CURSOR_TIMEOUT =
      one(
          "serving.cursor.timeout",
          "duration",
          "60s",
          "How long an unused cursor keeps its position.",
          ConfigTypes.duration("1s", "1d"),
          c -> Durations.format(c.serving().cursorTimeout()));
  static final Single<Duration> WAIT_LONGEST =
      one(
          "serving.wait.longest",
          "duration",
          "30s",
          "How long a question may wait for the position that it names; it waits for 2s, or less,"
              + " unless it says so.",
          ConfigTypes.duration("0ms", "90s"),
          c -> Durations.format(c.serving().waitLongest()));
  static final Single<Duration> SQL_TIME =
      one(
          "serving.sql.time",
          "duration",
          "10s",
          "How long a question in SQL may take.",
          ConfigTypes.duration("100ms", "90s"),
          c -> Durations.format(c.serving().sql().time()));
  static final Single<Long> SQL_MEMORY =
      one(
          "serving.sql.memory",
          "size",
          "32m",
          "What a question in SQL may hold on the heap, about: groups, rows in order.",
          ConfigTypes.bytes("1m", "64g"),
          c -> ConfigTypes.sizeText(c.serving().sql().memory()));
  static final Single<Integer> SQL_ROWS =
      one(
          "serving.sql.rows",
          "number",
          "1000000",
          "Most rows of an answer to a question in SQL.",
          ConfigTypes.integer(1, 10_000_000),
          c -> Integer.toString(c.serving().sql().rows()));
  static final Single<Long> SQL_BYTES =
      one(
          "serving.sql.bytes",
          "size",
          "256m",
          "Most bytes of an answer; the largest are in files, eight times as much in all, until they are read.",
          ConfigTypes.bytes("64k", "16g"),
          c -> ConfigTypes.sizeText(c.serving().sql().bytes()));

  static final Single<Integer> SQL_SCANS =
      one(
          "serving.sql.scans",
          "number",
          "4",
          "How many questions in SQL that scan are answered at once; one for single groups waits for"
              + " none.",
          ConfigTypes.integer(1, 1_024),
          c -> Integer.toString(c.serving().sql().scans()));

  static final Single<Long> LOOKUP_BYTES =
      one(
          "serving.lookup.bytes",
          "size",
          "1g",
          "Most bytes of keys and rows of a lookup table; each replica has the disk for it twice.",
          ConfigTypes.bytes("64k", "64g"),
          c -> ConfigTypes.sizeText(c.serving().lookupBytes()));
  static final Single<String> PGWIRE_PORT =
      one(
          "serving.pgwire.port",
          "port, auto or none",
          "auto",
          "Port for Postgres' clients, on serving.host. auto: 5433, or a free one where that is"
              + " taken; 0 chooses a free one; none: they are not served.",
          ConfigTypes::portOrWord,
          c -> c.serving().pgwire().port());
  static final Single<Integer> PGWIRE_CONNECTIONS =
      one(
          "serving.pgwire.connections",
          "number",
          "64",
          "How many connections of Postgres' clients there may be at once.",
          ConfigTypes.integer(1, 10_000),
          c -> Integer.toString(c.serving().pgwire().connections()));

  static final Single<String> MONITOR_HOST =
      one(
          "monitor.host",
          "host",
          "127.0.0.1",
          "Address of each layer's health and metrics; 0.0.0.0 for all.",
          ConfigTypes::words,
          c -> c.monitor().host());
  static final Single<Integer> MONITOR_PORT =
      new Single<>(
          "monitor.port",
          "port",
          "",
          "Port of each layer's health and metrics, such as 9464; 0 chooses a free one. Unset: none.",
          ConfigTypes.integer(0, 65_535),
          c -> c.monitor().port().map(port -> Integer.toString(port)));

  static final Single<String> MEMORY_BROKER =
      memory("broker", "512m", MillraceConfig.Memory::broker);
  static final Single<String> MEMORY_SPEED = memory("speed", "768m", MillraceConfig.Memory::speed);
  static final Single<String> MEMORY_BATCH = memory("batch", "1280m", MillraceConfig.Memory::batch);
  static final Single<String> MEMORY_SERVING =
      memory("serving", "512m", MillraceConfig.Memory::serving);

  static final Single<Duration> UP_PATIENCE =
      one(
          "up.patience",
          "duration",
          "3m",
          "How long `millrace up` and `millrace demo` wait, while they start, without a sign that"
              + " anything moves.",
          ConfigTypes.duration("1s", "1d"),
          c -> Durations.format(c.up().patience()));
  static final Single<Duration> UP_LIMIT =
      one(
          "up.limit",
          "duration",
          "2h",
          "How long they wait for everything to be ready, however much moves; no shorter than"
              + " up.patience.",
          ConfigTypes.duration("1s", "7d"),
          c -> Durations.format(c.up().limit()));

  static final List<ConfigKey> ALL =
      List.of(
          NAMESPACE,
          DATA_DIR,
          DATA_SLOTS,
          BOOTSTRAP_SERVERS,
          KAFKA_PORT,
          TOPIC_PARTITIONS,
          REPLICATION_FACTOR,
          CONNECT_TIMEOUT,
          KAFKA_PROPERTIES,
          LAKE_PROPERTIES,
          SPEED_THREADS,
          COMMIT_INTERVAL,
          CUT_INTERVAL,
          HEARTBEAT_INTERVAL,
          HOT_GROUPS,
          HOT_BYTES,
          STATE_MAX_BYTES,
          SPEED_PROPERTIES,
          MASTER,
          SCHEDULE,
          SCHEDULE_OVERRIDE,
          ARCHIVE_INTERVAL,
          KEEP_RUNS,
          BATCH_PROPERTIES,
          SERVING_HOST,
          SERVING_PORT,
          CURSOR_TIMEOUT,
          WAIT_LONGEST,
          SQL_TIME,
          SQL_MEMORY,
          SQL_ROWS,
          SQL_BYTES,
          SQL_SCANS,
          LOOKUP_BYTES,
          PGWIRE_PORT,
          PGWIRE_CONNECTIONS,
          MONITOR_HOST,
          MONITOR_PORT,
          MEMORY_BROKER,
          MEMORY_SPEED,
          MEMORY_BATCH,
          MEMORY_SERVING,
          UP_PATIENCE,
          UP_LIMIT);

  private ConfigKeys() {}

  private static <T> Single<T> one(
      String name,
      String type,
      String defaultText,
      String doc,
      Function<String, T> parse,
      Function<MillraceConfig, String> text) {
    return new Single<>(
        name, type, defaultText, doc, parse, config -> Optional.of(text.apply(config)));
  }

  private static Single<String> memory(
      String process, String defaultText, Function<MillraceConfig.Memory, String> size) {
    return one(
        "memory." + process,
        "size",
        defaultText,
        "-Xmx of the local " + process + " process.",
        ConfigTypes::size,
        config -> size.apply(config.memory()));
  }
}
