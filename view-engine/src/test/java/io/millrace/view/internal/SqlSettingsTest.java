package io.millrace.view.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.view.internal.analyze.SqlSettings;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SqlSettingsTest {
  static Stream<String> names() {
    return SqlSettings.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldNotBeTakenFromTheConfiguration(String name) {
    Map<String, String> settings = Map.of("batch.properties." + name, "any");

    assertThatThrownBy(() -> MillraceConfig.load(Optional.empty(), Map.of(), settings))
        .hasMessageContaining("expected none, as both layers must compute by the same rules");
  }
}
