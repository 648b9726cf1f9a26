package io.millrace.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rooms of the house: packages that each say what they hold, in no circle, none too full. */
@AnalyzeClasses(packages = "io.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
  /** Above it, the package's own description has to say why. */
  private static final int FULL = 15;

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("io.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule aLoggerIsNamedLog =
      fields().that().haveRawType("org.slf4j.Logger").should().haveName("LOG");

  @Test
  void shouldSayOfEveryPackageWhatItIsForAndKeepItSmall() throws IOException {
    Map<Path, Integer> classes = classesByPackage();
    assertThat(classes).hasSizeGreaterThan(30);
    List<String> problems = new ArrayList<>();
    for (Map.Entry<Path, Integer> room : classes.entrySet()) {
      Path description = room.getKey().resolve("package-info.java");
      String name = ROOT.relativize(room.getKey()).toString();
      if (!Files.exists(description)) {
        problems.add(name + ": found no package-info.java, expected what it is for and may use");
      } else if (room.getValue() > FULL
          && !Files.readString(description).contains("Many classes")) {
        problems.add(
            "%s: found %d classes, expected at most %d, or the reason (\"Many classes: …\")"
                .formatted(name, room.getValue(), FULL));
      }
    }
    assertThat(problems).isEmpty();
  }

  private static Map<Path, Integer> classesByPackage() throws IOException {
    Map<Path, Integer> classes = new TreeMap<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.toList()) {
        Path sources = module.resolve("src/main/java");
        if (!Files.isDirectory(sources)) {
          continue;
        }
        try (Stream<Path> files = Files.walk(sources)) {
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.endsWith("package-info.java"))
              .forEach(file -> classes.merge(file.getParent(), 1, Integer::sum));
        }
      }
    }
    return classes;
  }
}
