package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code docs/architecture.md} names classes that are there, and steps that the code takes. */
class ArchitecturePageTest {
  private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)`");
  private static final Pattern STEP =
      Pattern.compile("(?=`([A-Z]\\w+)`\\s+→\\s+`([A-Z]\\w+)`)", Pattern.DOTALL);
  private static final Pattern PLACE = Pattern.compile("^\\| .* \\| (`.*) \\|$");

  private static final Map<String, JavaClass> CLASSES = new HashMap<>();
  private static String page;

  @BeforeAll
  static void read() throws IOException {
    page = Files.readString(Path.of("../docs/architecture.md"));
    JavaClasses all =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.millrace");
    for (JavaClass each : all) {
      if (each.isTopLevelClass()) {
        CLASSES.put(each.getSimpleName(), each);
      }
    }
  }

  @Test
  void shouldNameClassesThatAreThere() {
    Set<String> names = new HashSet<>();
    Matcher name = NAME.matcher(page);
    while (name.find()) {
      names.add(name.group(1));
    }
    assertThat(names).hasSizeGreaterThan(40);
    assertThat(CLASSES.keySet()).containsAll(names);
  }

  @Test
  void shouldGoTheWaysThatTheCodeGoes() {
    List<String> wrong = new ArrayList<>();
    int steps = 0;
    Matcher step = STEP.matcher(page);
    while (step.find()) {
      steps++;
      if (!uses(CLASSES.get(step.group(1)), CLASSES.get(step.group(2)))) {
        wrong.add(step.group(1) + " → " + step.group(2));
      }
    }
    assertThat(steps).isGreaterThan(20);
    assertThat(wrong).as("steps of the page that the code does not take").isEmpty();
  }

  @Test
  void shouldSendToTheRoomsTheClassesAreIn() {
    List<String> wrong = new ArrayList<>();
    int places = 0;
    for (String line : page.lines().toList()) {
      Matcher place = PLACE.matcher(line);
      if (!place.matches()) {
        continue;
      }
      places++;
      String room = "";
      Matcher word = Pattern.compile("`([\\w.-]+)`").matcher(place.group(1));
      while (word.find()) {
        JavaClass named = CLASSES.get(word.group(1));
        if (named == null) {
          room = word.group(1);
        } else if (!room.contains("-")
            && !named.getPackageName().endsWith("." + room)
            && !named.getPackageName().contains("." + room + ".")) {
          wrong.add(named.getName() + ": said to be in " + room);
        }
      }
    }
    assertThat(places).isGreaterThan(15);
    assertThat(wrong).isEmpty();
  }

  /** Whether {@code from}, or a class nested in it, names {@code to} or what it implements. */
  private static boolean uses(JavaClass from, JavaClass to) {
    Set<JavaClass> targets = new HashSet<>(to.getAllRawInterfaces());
    targets.add(to);
    return from.getPackage().getClassesInPackageTree().stream()
        .filter(
            c -> c.getName().equals(from.getName()) || c.getName().startsWith(from.getName() + "$"))
        .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
        .map(dependency -> dependency.getTargetClass())
        .anyMatch(
            target ->
                targets.stream()
                    .anyMatch(
                        wanted ->
                            target.getName().equals(wanted.getName())
                                || target.getName().startsWith(wanted.getName() + "$")));
  }
}
