package io.millrace.system.container;

import io.millrace.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.ReflectionSupport;

/** Decides for {@link NeedsContainers}. */
final class ContainersCondition implements ExecutionCondition {
  /** {@code required}: no engine is a failure. */
  static final String PROPERTY = "millrace.containers";

  /** A file that is there while somebody else still makes the images. */
  static final String UNDER_WAY = "millrace.images.underway";

  private static final Duration IMAGES = Duration.ofMinutes(20);

  private static final AtomicBoolean SAID = new AtomicBoolean();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Engine engine = Engine.find();
    ConditionEvaluationResult decided = decide(engine, System.getProperty(PROPERTY, ""));
    if (decided.isDisabled() && SAID.compareAndSet(false, true)) {
      System.out.println(notRun(engine));
    }
    if (!decided.isDisabled()) {
      awaitImages(System.getProperty(UNDER_WAY, ""), IMAGES);
    }
    return decided;
  }

  /**
   * Returns when the images are made.
   *
   * @param file the value of {@link #UNDER_WAY}; empty if nobody makes any
   */
  static void awaitImages(String file, Duration patience) {
    if (!file.isEmpty()) {
      Eventually.await(
          "the images to be made, and " + file + " to be gone",
          patience,
          () -> Files.notExists(Path.of(file)));
    }
  }

  /**
   * @param required the value of {@link #PROPERTY}
   * @throws AssertionError if there is no engine though one is required
   */
  static ConditionEvaluationResult decide(Engine engine, String required) {
    if (engine.answers()) {
      return ConditionEvaluationResult.enabled("a container engine answers: " + engine.said());
    }
    if (required.equals("required")) {
      throw new AssertionError(
          "cannot run container tests: found no container engine that answers ("
              + engine.said()
              + "), expected one, as -D"
              + PROPERTY
              + "=required says; start the engine");
    }
    return ConditionEvaluationResult.disabled("no container engine answers: " + engine.said());
  }

  /** One line for all classes, since they are all left out for the same reason. */
  static String notRun(Engine engine) {
    return ReflectionSupport.findAllClassesInPackage(
            ContainersCondition.class.getPackageName(),
            type -> type.isAnnotationPresent(NeedsContainers.class),
            name -> name.endsWith("IT"))
        .stream()
        .map(Class::getSimpleName)
        .sorted()
        .collect(
            Collectors.joining(
                ", ",
                "Container tests not run: ",
                " (no container engine answers: " + engine.said() + ")"));
  }
}
