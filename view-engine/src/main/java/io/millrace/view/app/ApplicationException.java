package io.millrace.view.app;

import io.millrace.control.error.MillraceException;
import java.util.List;
import java.util.stream.Collectors;

/** All problems of an application folder. Never empty; the code is that of the first. */
public final class ApplicationException extends MillraceException {
  private static final long serialVersionUID = 1L;

  private final transient List<MillraceException> problems;

  public ApplicationException(List<MillraceException> problems) {
    super(
        problems.get(0).code(),
        problems.stream().map(Throwable::getMessage).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public List<MillraceException> problems() {
    return problems;
  }
}
