package io.millrace.system.browser;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link NeedsChromium}. */
final class ChromiumCondition implements ExecutionCondition {
  /** {@code required}: no Chromium is a failure. */
  static final String PROPERTY = "millrace.chromium";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Chromium chromium = Chromium.find();
    ConditionEvaluationResult decided = decide(chromium, System.getProperty(PROPERTY, ""));
    if (decided.isDisabled() && context.getTestMethod().isEmpty()) {
      System.out.printf(
          "Page tests not run: %s (no Chromium: %s)%n",
          context.getRequiredTestClass().getSimpleName(), chromium.said());
    }
    return decided;
  }

  /**
   * @param required the value of {@link #PROPERTY}
   * @throws AssertionError if there is no Chromium though one is required
   */
  static ConditionEvaluationResult decide(Chromium chromium, String required) {
    if (chromium.program().isPresent()) {
      return ConditionEvaluationResult.enabled("there is " + chromium.said());
    }
    if (required.equals("required")) {
      throw new AssertionError(
          "cannot run page tests: found no Chromium ("
              + chromium.said()
              + "), expected one, as -D"
              + PROPERTY
              + "=required says; install one (Debian: chromium)");
    }
    return ConditionEvaluationResult.disabled("no Chromium: " + chromium.said());
  }
}
