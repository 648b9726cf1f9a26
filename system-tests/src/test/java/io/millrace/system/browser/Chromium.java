package io.millrace.system.browser;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Whether a Chromium is installed here.
 *
 * @param program its path; empty if there is none
 * @param said where it was found, or where it was looked for
 */
record Chromium(Optional<Path> program, String said) {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  /** Looks for it on the path. */
  static Chromium find() {
    return find(System.getenv().getOrDefault("PATH", ""));
  }

  static Chromium find(String path) {
    Optional<Path> program =
        NAMES.stream()
            .flatMap(
                name ->
                    Arrays.stream(path.split(File.pathSeparator))
                        .filter(dir -> !dir.isEmpty())
                        .map(dir -> Path.of(dir, name)))
            .filter(Files::isExecutable)
            .findFirst();
    return new Chromium(
        program,
        program
            .map(Path::toString)
            .orElse("none of " + String.join(", ", NAMES) + " is on the path " + path));
  }
}
