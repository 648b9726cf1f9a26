package io.millrace.serving.query;

import java.util.Optional;

/** Who reads an answer that may be a page of several. */
public interface PageReader extends SqlReader {
  /**
   * Instead of {@link #end(boolean)}.
   *
   * @param more whether there are more rows than the limit lets through
   * @param cursor where to go on then, unless the client said that it will not
   */
  void end(boolean more, Optional<String> cursor);
}
