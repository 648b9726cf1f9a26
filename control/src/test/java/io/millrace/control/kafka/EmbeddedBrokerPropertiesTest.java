package io.millrace.control.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerPropertiesTest {
  @TempDir Path dir;

  @Test
  void shouldWriteWhatItSays() throws IOException {
    EmbeddedBrokerProperties properties =
        new EmbeddedBrokerProperties(dir.resolve("new/broker"), 19092, 19093);
    Path file = properties.write(Map.of("num.io.threads", "9"));
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      read.load(reader);
    }
    assertThat(read)
        .containsEntry("num.io.threads", "9")
        .containsEntry("advertised.listeners", "PLAINTEXT://127.0.0.1:19092")
        .containsEntry("controller.quorum.voters", "1@127.0.0.1:19093")
        .hasSize(properties.settings().size());
    assertThat(properties.bootstrapServers()).isEqualTo("127.0.0.1:19092");
    assertThat(properties.formatArguments("id")).contains("id", file.toString());
  }

  @Test
  void shouldSayThatItCannotWrite() throws IOException {
    Path file = Files.createFile(dir.resolve("file"));
    EmbeddedBrokerProperties properties = new EmbeddedBrokerProperties(file, 1, 2);
    assertThatThrownBy(() -> properties.write(Map.of()))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DIR_NOT_WRITABLE))
        .hasMessageStartingWith("cannot start the broker: found that " + file)
        .hasMessageEndingWith("expected a writable directory; change its rights or set data.dir");
  }
}
