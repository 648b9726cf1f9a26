package io.millrace.speed.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommitCountersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CommitCounters commits = new CommitCounters(registry);

  @Test
  void shouldGoOnOverThreadsAndForgetThoseThatAreGone() {
    commits.count("orders", Map.of("first", 3.0));
    commits.count("orders", Map.of("first", 5.0));
    commits.count("orders", Map.of("second", 2.0));
    assertThat(counted("orders")).isEqualTo(7);

    // A name that comes again is another thread, which began at nothing.
    commits.count("orders", Map.of("second", 2.0, "first", 1.0));
    assertThat(counted("orders")).isEqualTo(8);
  }

  @Test
  void shouldForgetSourcesThatAreFollowedNoMore() {
    commits.count("orders", Map.of("first", 3.0));
    commits.count("returns", Map.of("other", 4.0));

    commits.retain(Set.of("returns"));

    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getTag("source"))
        .containsExactly("returns");
    commits.count("orders", Map.of("first", 1.0));
    assertThat(counted("orders")).isEqualTo(1);
  }

  private double counted(String source) {
    return registry.get("millrace.speed.commits").tag("source", source).counter().count();
  }
}
