package io.millrace.control.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.Position;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReplicaStandingsTest {
  @Test
  void shouldReadWhatIsSaid() {
    Position answered = Position.parse("0:120,1:98");
    Position loading = Position.parse("0:130,1:98");
    Map<String, String> details = new HashMap<>(Map.of("url", "http://h:1", "view.a.run", "r"));
    ReplicaStandings.say("a/01", List.of(answered, loading), details);
    ReplicaStandings.say("b/02", List.of(Position.empty()), details);
    ReplicaStandings.say("c/03", List.of(answered, Position.empty()), details);
    ReplicaStandings.say("d/04", List.of(), details);

    ReplicaStandings.sayRuns("a/01", List.of("r1", "r2"), details);
    ReplicaStandings.sayRuns("b/02", List.of(), details);
    LayerStatus status =
        new LayerStatus("serving", "h:1", "running", Instant.EPOCH, Instant.EPOCH, details);

    Map<String, ?> read = Map.copyOf(ReplicaStandings.of(status));

    assertThat(read.keySet()).containsExactlyInAnyOrder("a/01", "b/02", "c/03");
    assertThat(read.get("a/01")).isEqualTo(java.util.Set.of(answered, loading));
    assertThat(read.get("b/02")).isEqualTo(java.util.Set.of(Position.empty()));
    assertThat(read.get("c/03")).isEqualTo(java.util.Set.of(answered, Position.empty()));
    assertThat(ReplicaStandings.runs(status, "a/01")).isEqualTo(java.util.Set.of("r1", "r2"));
    assertThat(ReplicaStandings.runs(status, "b/02")).isEmpty();
  }
}
