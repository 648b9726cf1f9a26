package io.millrace.system.container;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class that runs containers.
 *
 * <p>Where a container engine answers, the class runs, and whatever is lacking then (an image, say)
 * fails it. Where none answers, the class is left out, and the build says in one line which classes
 * were and why; with {@code -Dmillrace.containers=required} that fails instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ContainersCondition.class)
public @interface NeedsContainers {}
