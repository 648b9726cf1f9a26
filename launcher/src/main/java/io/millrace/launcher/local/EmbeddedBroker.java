package io.millrace.launcher.local;

import io.millrace.control.EmbeddedBrokerProperties;
import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
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
  static JvmCommand prepare(DataDirectory dir, int port, String maxHeap) {
    EmbeddedBrokerProperties properties =
        new EmbeddedBrokerProperties(
            dir.kafka(), port, FreePorts.choose(EmbeddedBrokerProperties.HOST, 0, "kafka.port"));
    properties.write(SMALL);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code;
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      code = StorageTool.execute(properties.formatArguments(Uuid.randomUuid().toString()), out);
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
            properties.file().toString()));
  }
}
