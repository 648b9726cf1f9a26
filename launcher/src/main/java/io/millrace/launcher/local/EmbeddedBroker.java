package io.millrace.launcher.local;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.EmbeddedBrokerProperties;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.FreePorts;
import io.millrace.launcher.local.process.JvmCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/** Prepares the broker's directory and says how it is started. Stateless. */
final class EmbeddedBroker {
  /** A small broker: few partitions are compacted, so their cleaner needs no 128 MiB of heap. */
  private static final Map<String, String> SMALL =
      Map.of("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));

  private EmbeddedBroker() {}

  /**
   * Writes the settings and formats the storage if it is new.
   *
   * @return how to start it
   */
  static JvmCommand prepare(DataDirectory dir, int port, String maxHeap, List<String> own) {
    EmbeddedBrokerProperties properties =
        new EmbeddedBrokerProperties(
            dir.kafka(), port, FreePorts.choose(EmbeddedBrokerProperties.HOST, 0, "kafka.port"));
    properties.write(SMALL);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code;
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      code = StorageTool.execute(properties.formatArguments(clusterId(dir)), out);
    }
    if (code != 0) {
      throw new MillraceException(
          ErrorCode.INTERNAL,
          "cannot format the broker's storage in "
              + dir.kafka()
              + ": "
              + said.toString(StandardCharsets.UTF_8).strip());
    }
    return new JvmCommand(
        BrokerMain.class.getName(),
        maxHeap,
        dir.log("broker"),
        List.of(
            "--parent-pid",
            Long.toString(ProcessHandle.current().pid()),
            properties.file().toString()),
        false,
        own);
  }

  /** That of the storage, where it is formatted already: it must not change. */
  private static String clusterId(DataDirectory dir) {
    Path formatted = dir.kafka().resolve("logs").resolve("meta.properties");
    if (!Files.exists(formatted)) {
      return Uuid.randomUuid().toString();
    }
    Properties meta = new Properties();
    try (Reader reader = Files.newBufferedReader(formatted)) {
      meta.load(reader);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot read " + formatted + ": " + e + "; change its rights or set data.dir",
          e);
    }
    return meta.getProperty("cluster.id");
  }
}
