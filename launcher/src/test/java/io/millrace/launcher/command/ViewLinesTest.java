package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ViewLinesTest {
  private static final Optional<ServingClient.Seam> POSITION =
      Optional.of(
          new ServingClient.Seam(
              Optional.of("run-1"), Position.of(Map.of(0, 5L)), Position.of(Map.of(0, 7L)), 12));

  private final ViewLines lines = new ViewLines(Console.plain(System.out), ControlState.EMPTY);

  @Test
  void shouldShowWhatIsWrongWithAViewThatAnswers() {
    List<String> said =
        lines.all(
            List.of(
                view("good", Optional.empty(), Optional.empty(), POSITION),
                view("refused", Optional.empty(), Optional.of("run-2 is refused"), POSITION),
                view(
                    "new", Optional.of("it is being compiled"), Optional.empty(), Optional.empty()),
                view("gap", Optional.of("a gap"), Optional.of("a gap"), Optional.empty())));

    assertThat(said.get(1)).startsWith("good").contains("ready").contains("12 ms");
    assertThat(said.get(2)).startsWith("refused").contains("problem").doesNotContain("ready");
    assertThat(said.get(3)).startsWith("new").contains("not ready");
    assertThat(said.subList(5, said.size()))
        .containsExactly(
            "! refused: run-2 is refused", "! new: it is being compiled", "! gap: a gap");
  }

  @Test
  void shouldSayThatAnotherVersionIsOnItsWay() {
    ViewDefinition newest = definition("words", "w");
    ControlState state =
        new ControlState(
            Map.of(),
            Map.of(newest.id(), newest, "good/v", definition("good", "v")),
            Map.of(),
            Map.of());

    List<String> said =
        new ViewLines(Console.plain(System.out), state)
            .all(
                List.of(
                    view("good", Optional.empty(), Optional.empty(), POSITION),
                    view("words", Optional.empty(), Optional.empty(), POSITION)));

    assertThat(said.subList(3, said.size()))
        .containsExactly("! words: version v answers until the first run of version w");
  }

  private static ViewDefinition definition(String name, String version) {
    SourceDefinition orders =
        new SourceDefinition(
            "orders",
            "0",
            "shop.orders",
            ValueFormat.SINGLE_OBJECT,
            "{}",
            List.of(),
            Optional.empty(),
            Map.of());
    return new ViewDefinition(name, version, "SELECT …", orders, "", Map.of());
  }

  @Test
  void shouldSayThatThereAreNone() {
    assertThat(lines.all(List.of())).containsExactly("none");
    assertThat(lines.applied()).isEmpty();
  }

  private static ServingClient.View view(
      String name,
      Optional<String> reason,
      Optional<String> problem,
      Optional<ServingClient.Seam> position) {
    return new ServingClient.View(name, "v", "", "orders", reason, problem, position);
  }
}
