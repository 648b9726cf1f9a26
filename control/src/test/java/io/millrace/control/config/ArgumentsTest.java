package io.millrace.control.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static final Set<String> KNOWN = Set.of("config", "view", "parent-pid");

  @Test
  void shouldReadBothForms() {
    Arguments arguments =
        Arguments.parse(
            new String[] {"--view", "a", "--config=x=y", "--view=b", "--parent-pid", "7"}, KNOWN);
    assertThat(arguments.all("view")).containsExactly("a", "b");
    assertThat(arguments.last("view")).contains("b");
    assertThat(arguments.last("config")).contains("x=y");
    assertThat(arguments.lastNumber("parent-pid")).contains(7L);
    assertThat(Arguments.parse(new String[0], KNOWN).last("view")).isEmpty();
  }

  @Test
  void shouldSayWhatItDoesNotKnow() {
    assertThatThrownBy(() -> Arguments.parse(new String[] {"--veiw", "a"}, KNOWN))
        .hasMessage(
            "cannot start: found '--veiw', expected some of [--config …, --parent-pid …, --view …];"
                + " correct the command line");
    assertThatThrownBy(() -> Arguments.parse(new String[] {"--config"}, KNOWN))
        .hasMessageContaining("found --config without a value");
    assertThatThrownBy(
            () -> Arguments.parse(new String[] {"--parent-pid=x"}, KNOWN).lastNumber("parent-pid"))
        .hasMessageContaining("found --parent-pid 'x', expected a whole number");
  }
}
