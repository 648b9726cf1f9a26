package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.produce.ProduceJob;
import io.millrace.producer.AvroWriter;
import io.millrace.producer.TopicWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Files that are sent as {@code millrace produce} does, without a process of their own. */
public final class Sent {
  private Sent() {}

  /** Sends each row of a file to a source. */
  public static void file(MillraceConfig config, String source, Path file) throws IOException {
    SourceDefinition definition;
    try (ControlLog control = ControlLog.open(config)) {
      definition = control.catchUp(Duration.ofSeconds(30)).sources().get(source);
    }
    try (TopicWriter topic = TopicWriter.open(config, definition, Duration.ZERO)) {
      ProduceJob.Options options =
          new ProduceJob.Options(
              file,
              Optional.empty(),
              0,
              1,
              1,
              Optional.empty(),
              Optional.empty(),
              Optional.empty());
      ProduceJob job = new ProduceJob(options, AvroWriter.schema(definition), topic);
      ProduceJob.Result result = job.run((sent, fraction) -> true);
      assertThat(result.ended()).isEmpty();
      assertThat(result.bad()).isZero();
    }
  }
}
