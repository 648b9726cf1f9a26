package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** What tests do with the engine itself: which images they take, and that nothing stays behind. */
@NeedsContainers
class LeftoversIT {
  @Test
  void shouldRemoveContainersOfTestJvmsThatAreGoneAndNoOthers() throws Exception {
    Process ended = new ProcessBuilder("sleep", "60").start();
    Leftovers.Owner owner = Leftovers.Owner.of(ended.toHandle());
    assertThat(owner.gone()).isFalse();
    DockerClient client = DockerClientFactory.lazyClient();
    try (GenericContainer<?> own = Leftovers.own(sleeping());
        GenericContainer<?> other = sleeping().withLabels(Map.of(Leftovers.LABEL, owner.label()))) {
      own.start();
      other.start();
      Leftovers.remove(client);
      assertThat(client.inspectContainerCmd(other.getContainerId()).exec()).isNotNull();

      ended.destroyForcibly().waitFor();
      assertThat(owner.gone()).isTrue();
      Leftovers.remove(client);
      assertThat(own.isRunning()).isTrue();
      String gone = other.getContainerId();
      Eventually.await(
          "it to be gone, though another test JVM may be the one that removes it",
          Duration.ofSeconds(30),
          () ->
              client
                  .listContainersCmd()
                  .withShowAll(true)
                  .withIdFilter(Set.of(gone))
                  .exec()
                  .isEmpty());
    } finally {
      ended.destroyForcibly();
    }
  }

  @Test
  void shouldFailAtOnceWithoutAnImageThatIsBuiltHere() {
    assertThatThrownBy(() -> Images.there("millrace/nothing:0", "deploy/images/build"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("cannot start a container: found no image ")
        .hasMessageEndingWith(
            "millrace/nothing:0, expected one built on this machine; run deploy/images/build");
  }

  private static GenericContainer<?> sleeping() {
    return new GenericContainer<>(Images.kafka()).withCommand("sleep", "300");
  }
}
