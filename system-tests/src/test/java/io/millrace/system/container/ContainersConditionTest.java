package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainersConditionTest {
  private static final Engine NONE = new Engine(false, "unix:///run/x.sock: No such file");

  @TempDir Path dir;

  @Test
  void shouldFindAnEngineThatListens() throws Exception {
    Path socket = dir.resolve("engine.sock");
    Map<String, String> environment = Map.of("DOCKER_HOST", "unix://" + socket);
    assertThat(Engine.find(environment, dir).answers()).isFalse();
    try (ServerSocketChannel engine = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      engine.bind(UnixDomainSocketAddress.of(socket));
      assertThat(Engine.find(environment, dir)).isEqualTo(new Engine(true, "unix://" + socket));
    }
    assertThat(Engine.find(environment, dir).answers()).as("a socket left behind").isFalse();
  }

  @Test
  void shouldSayWhereItLookedInVain() {
    Engine engine = Engine.find(Map.of("DOCKER_HOST", "tcp://127.0.0.1:1"), dir);
    assertThat(engine.answers()).isFalse();
    assertThat(engine.said()).contains("tcp://127.0.0.1:1").contains("refused");
  }

  @Test
  void shouldRunTestsWhereAnEngineAnswersAndLeaveThemOutWhereNoneDoes() {
    assertThat(ContainersCondition.decide(new Engine(true, "here"), "").isDisabled()).isFalse();
    assertThat(ContainersCondition.decide(NONE, "").getReason())
        .contains("no container engine answers: unix:///run/x.sock: No such file");
  }

  @Test
  void shouldFailWithoutAnEngineWhereOneIsRequired() {
    assertThatThrownBy(() -> ContainersCondition.decide(NONE, "required"))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "cannot run container tests: found no container engine that answers"
                + " (unix:///run/x.sock: No such file), expected one, as"
                + " -Dmillrace.containers=required says; start the engine");
  }

  @Test
  void shouldNameEveryTestThatWasNotRunInOneLine() {
    assertThat(ContainersCondition.notRun(NONE))
        .startsWith("Container tests not run: ")
        .contains("LeftoversIT")
        .endsWith(" (no container engine answers: unix:///run/x.sock: No such file)")
        .doesNotContain("\n");
  }

  @Test
  void shouldWaitForImagesThatAreBeingMade(@TempDir Path dir) throws Exception {
    Path file = Files.createFile(dir.resolve("images"));

    ContainersCondition.awaitImages("", Duration.ZERO);
    assertThatThrownBy(
            () -> ContainersCondition.awaitImages(file.toString(), Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("in vain for the images to be made");
    Files.delete(file);
    ContainersCondition.awaitImages(file.toString(), Duration.ZERO);
  }
}
