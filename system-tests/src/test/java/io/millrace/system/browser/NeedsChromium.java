package io.millrace.system.browser;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class that looks at a page in Chromium.
 *
 * <p>Where one is installed, the class runs, and whatever is lacking then fails it. Where none is,
 * the class is left out, and the build says so in one line; with {@code
 * -Dmillrace.chromium=required} that fails instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ChromiumCondition.class)
public @interface NeedsChromium {}
