package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.system.MetricNames;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.utility.MountableFile;

/** Prometheus' own checks of deploy/observability, and its run of {@code alerts-test.yml}. */
@NeedsContainers
class AlertRulesIT {
  private static final String DIRECTORY = "/etc/prometheus/";

  @Test
  void shouldFireAndStaySilentAsTheirTestsSay() {
    String check =
        "promtool check config prometheus.yml 2>&1 && promtool test rules alerts-test.yml 2>&1;"
            + " echo ended with $?";
    try (GenericContainer<?> container =
        Leftovers.own(new GenericContainer<>(Images.prometheus()))) {
      for (String file : List.of("prometheus.yml", "alerts.yml", "alerts-test.yml")) {
        container.withCopyFileToContainer(
            MountableFile.forHostPath(MetricNames.OBSERVABILITY.resolve(file), 0444),
            DIRECTORY + file);
      }
      container
          .withCreateContainerCmdModifier(
              command -> command.withEntrypoint("sh").withWorkingDir(DIRECTORY))
          .withCommand("-c", check)
          .withStartupCheckStrategy(
              new OneShotStartupCheckStrategy().withTimeout(Duration.ofMinutes(1)))
          .start();
      assertThat(container.getLogs())
          .contains("prometheus.yml is valid", "SUCCESS", "ended with 0");
    }
  }
}
