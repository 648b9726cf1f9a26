package io.millrace.control.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaVersionTest {
  @ParameterizedTest
  @ValueSource(ints = {11, 18, 22, 24, 25, 26})
  void shouldRefuseWhatSparkDoesNotRunOn(int feature) {
    assertThatThrownBy(() -> JavaVersion.check(feature))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.JAVA_UNSUPPORTED))
        .hasMessage(
            "cannot start: found Java "
                + feature
                + ", expected 17 or 21; install one (Debian, Ubuntu: apt-get install"
                + " openjdk-17-jdk-headless) and set JAVA_HOME to it");
  }

  @Test
  void shouldAccept17And21AndThisOne() {
    assertThatCode(() -> JavaVersion.check(17)).doesNotThrowAnyException();
    assertThatCode(() -> JavaVersion.check(21)).doesNotThrowAnyException();
    assertThatCode(JavaVersion::check).doesNotThrowAnyException();
  }
}
