package io.millrace.launcher.command;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The position that an answer must have reached, as a question to the serving layer says it. */
final class AtLeastOptions {
  @Option(
      names = "--at-least",
      paramLabel = "POSITION",
      description =
          "wait until the answer has reached it: as 'millrace produce' prints it, several with ;"
              + " between")
  private String position;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "how long to wait for --at-least, such as 10s (default: 2s)")
  private String timeout;

  /** Words of the request; none if no position is asked for. */
  Map<String, String> words() {
    Map<String, String> words = new LinkedHashMap<>();
    if (position != null) {
      words.put("at_least", position);
    }
    if (timeout != null) {
      words.put("timeout", timeout);
    }
    return words;
  }
}
