package io.millrace.system.container;

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

  private static final AtomicBoolean SAID = new AtomicBoolean();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Engine engine = Engine.find();
    ConditionEvaluationResult decided = decide(engine, System.getProperty(PROPERTY, ""));
    if (decided.isDisabled() && SAID.compareAndSet(false, true)) {
      System.out.println(notRun(engine));
    }
    return decided;
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
