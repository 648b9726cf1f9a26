package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.launcher.local.EffectiveConfig;
import io.millrace.launcher.local.process.JvmCommand;
import io.millrace.testkit.Eventually;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that Kafka deletes before they are in the lake, given up for lost as the guide says, and
 * what answers say of them then.
 */
final class RecordsLostIT {
  private static final String VIEW = "lossy";

  @TempDir private Path dir;

  @Test
  void shouldNameInEachAnswerWhatWasGivenUpForLost() throws Exception {
    try (WordsSystem words = WordsSystem.start(dir, VIEW)) {
      words.send("old", 200);
      words.await(words.sent());
      assertThat(words.millrace("recompute", VIEW).code()).isZero();
      words.send("gone", 50);
      words.await(words.sent());
      delete(words, 250);

      WordsSystem.Ended refused = words.millrace("recompute", VIEW);
      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.text())
          .contains("has deleted records the lake has not got")
          .contains("0:200-250")
          .contains("--accept-loss " + words.source());
      assertThat(words.answer()).as("live state has them").isEqualTo(words.sent());
      assertThat(position(words).path("lost")).isEmpty();

      String said = recomputeMain(words, "--accept-loss", words.source(), "--view", VIEW);
      assertThat(said).contains(words.source() + ": gave up 0:200-250").contains(VIEW + ": run ");

      Map<String, Long> left = words.sent();
      left.remove("gone");
      words.await(left);
      JsonNode lost = new ObjectMapper().readTree("{\"0\": [{\"from\": 200, \"to\": 250}]}");
      assertThat(position(words).path("lost")).isEqualTo(lost);
      assertThat(position(words).path("boundary").path("0").asLong()).isEqualTo(250);

      words.send("later", 3);
      left.put("later", 3L);
      words.await(left);
      assertThat(words.millrace("recompute", VIEW).code()).isZero();
      Eventually.await(
          "the next run to answer",
          WordsSystem.PATIENCE,
          () -> position(words).path("boundary").path("0").asLong() == 253);
      assertThat(position(words).path("lost")).as("for good").isEqualTo(lost);
      assertThat(words.answer()).isEqualTo(left);
      assertThat(words.refused()).isFalse();
    }
  }

  /** As Kafka's retention does: nothing below the offset is there any more. */
  private static void delete(WordsSystem words, long below) throws Exception {
    try (Admin admin = Admin.create(words.config().adminProperties())) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(words.topic(), 0), RecordsToDelete.beforeOffset(below)))
          .all()
          .get();
    }
  }

  /** The position of an answer, as a client of the HTTP API reads it. */
  private static JsonNode position(WordsSystem words) throws Exception {
    URI rows =
        URI.create(EffectiveConfig.servingUrl(words.config()) + "/v1/views/" + VIEW + "/rows");
    String body =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(rows).build(), HttpResponse.BodyHandlers.ofString())
            .body();
    return new ObjectMapper().readTree(body).path("position");
  }

  /** Runs it beside the driver, to its end; returns what it said. */
  private String recomputeMain(WordsSystem words, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(0, List.of("--config", words.configFile().toString()));
    Path output = dir.resolve("recompute.txt");
    Process process =
        new JvmCommand(
                "io.millrace.batch.RecomputeMain", "512m", dir.resolve("recompute.log"), all, true)
            .layer(output)
            .start();
    try {
      assertThat(process.waitFor(WordsSystem.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      return Files.readString(output);
    } finally {
      process.destroyForcibly();
    }
  }
}
