package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Local state that is gone when a process comes back. */
final class StateFaults {
  private StateFaults() {}

  /** Kills the members, deletes all that they keep on disk, and starts them. */
  static Fault deleteState(Member... members) {
    List<Member> struck = List.of(members);
    String names = struck.stream().map(Member::toString).collect(Collectors.joining(" and "));
    return new Fault("delete the state of " + names) {
      @Override
      void strike(Scene scene) throws Exception {
        for (Member member : struck) {
          scene.system().kill(member);
        }
        for (Member member : struck) {
          int files = deleted(scene.system().data(member));
          // All that the batch layer keeps is in the lake.
          assertThat(files > 0).as("files of " + member).isEqualTo(member != Member.BATCH);
        }
      }

      @Override
      void heal(Scene scene) {
        struck.forEach(scene.system()::start);
      }

      @Override
      Set<ErrorCode> refusals() {
        return silent().isEmpty()
            ? Set.of()
            : Set.of(ErrorCode.VIEW_NOT_READY, ErrorCode.VIEW_UNKNOWN);
      }

      @Override
      Set<Member> silent() {
        Set<Member> replicas = EnumSet.copyOf(Member.REPLICAS);
        replicas.retainAll(struck);
        return replicas;
      }
    };
  }

  /** Deletes a directory; says how many files were in it. */
  private static int deleted(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return 0;
    }
    int files = 0;
    try (Stream<Path> below = Files.walk(directory)) {
      for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
        files += Files.isDirectory(path) ? 0 : 1;
        Files.delete(path);
      }
    }
    return files;
  }
}
