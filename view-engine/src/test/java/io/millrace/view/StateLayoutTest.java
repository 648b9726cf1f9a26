package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.compile.ViewCompiler;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** States are read by the layout they were written with, or not at all. */
class StateLayoutTest {
  private static final String COUNT =
      "SELECT category, count(*) AS n FROM orders GROUP BY category";
  private static final String LARGEST =
      "SELECT category, max(kafka_offset) AS n FROM orders GROUP BY category";

  @Test
  void shouldRefuseBytesOfAnotherLayout() {
    byte[] counts = bytes(COUNT);
    byte[] largest = bytes(LARGEST);
    assertThat(counts).as("they look alike").hasSameSizeAs(largest);
    refuses(COUNT, largest, "found 21 bytes of version 2 with check");
  }

  @Test
  void shouldRefuseBytesThatAreNoState() {
    byte[] state = bytes(COUNT);
    byte[] older = state.clone();
    older[0] = 1;
    refuses(COUNT, older, "found 21 bytes of version 1 with check");
    refuses(COUNT, new byte[0], "found 0 bytes");
    refuses(COUNT, Arrays.copyOf(state, 5), "found 5 bytes of version 2");
    refuses(COUNT, Arrays.copyOf(state, state.length - 8), "found 13 bytes of version 2");
    refuses(COUNT, Arrays.copyOf(state, state.length + 1), "found 22 bytes of version 2");
  }

  @Test
  void shouldReadWhatItsLayoutWrote() {
    byte[] state = bytes(COUNT);
    ViewProgram other = TestView.compile(COUNT).newProgram();
    assertThat(other.encodeState(other.decodeState(state))).isEqualTo(state);
  }

  @Test
  void shouldSayThatAnAppliedViewHasAnotherVersionInThisRelease() {
    String version = ViewCompiler.version("v", COUNT, TestView.SOURCE);
    assertThat(ViewCompiler.compileApplied(applied(version)).definition().version())
        .isEqualTo(version);
    assertThatThrownBy(() -> ViewCompiler.compileApplied(applied("0000000000000001")))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LAYOUT_CHANGED))
        .hasMessageStartingWith(
            "cannot use view v: found that this release gives it version "
                + version
                + ", expected 0000000000000001 as it was applied")
        .hasMessageContaining("run `millrace apply DIR` with this release");
  }

  @Test
  void shouldGiveEachGenerationAVersionOfItsOwnAndTakeNoOther() {
    ViewDefinition first = applied(ViewCompiler.version("v", COUNT, TestView.SOURCE));
    ViewDefinition second = ViewCompiler.inGeneration(first, 1);
    ViewDefinition third = ViewCompiler.inGeneration(second, 2);

    assertThat(ViewCompiler.inGeneration(first, 0)).as("versions of before stay").isEqualTo(first);
    assertThat(ViewCompiler.inGeneration(third, 1)).isEqualTo(second);
    assertThat(second.generation()).isEqualTo(1);
    assertThat(second.version()).matches("[0-9a-f]{16}").isNotIn(first.version(), third.version());
    assertThat(ViewCompiler.compileApplied(second).definition()).isEqualTo(second);
    assertThatThrownBy(() -> ViewCompiler.compileApplied(second.inGeneration(1, first.version())))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LAYOUT_CHANGED));
    assertThatThrownBy(() -> ViewCompiler.compileApplied(second.inGeneration(0, second.version())))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LAYOUT_CHANGED));
  }

  private static ViewDefinition applied(String version) {
    return new ViewDefinition("v", version, COUNT, TestView.SOURCE, "", Map.of());
  }

  private static byte[] bytes(String sql) {
    ViewProgram program = TestView.compile(sql).newProgram();
    return program.encodeState(program.newState());
  }

  private static void refuses(String sql, byte[] state, String found) {
    ViewProgram program = TestView.compile(sql).newProgram();
    assertThatThrownBy(() -> program.decodeState(state))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LAYOUT_CHANGED))
        .hasMessageStartingWith("cannot read a state: " + found)
        .hasMessageContaining("run `millrace apply` again");
  }
}
