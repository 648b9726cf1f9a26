package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the guide and the README say of security is what the table, the script and the configuration
 * say.
 */
class SecurityGuideTest {
  private static final Path GUIDE = Installation.home().resolve("docs/guide/security.md");
  private static final Path README = Installation.home().resolve("README.md");
  private static final Path TABLE = Installation.home().resolve("deploy/kafka/acls.tsv");
  private static final Path SCRIPT = Installation.home().resolve("deploy/kafka/acls.sh");

  @TempDir private Path dir;

  @Test
  void shouldShowTheTableOfRights() throws IOException {
    StringBuilder expected = new StringBuilder();
    for (List<String> row : table()) {
      expected
          .append("| ")
          .append(row.get(0))
          .append(" | ")
          .append(row.get(1).replace('-', ' '))
          .append(" | `")
          .append(row.get(3))
          .append(row.get(2).equals("prefixed") ? "*" : "")
          .append("` | ")
          .append(row.get(4).replace(",", ", "))
          .append(" | ")
          .append(row.get(5))
          .append(" |\n");
    }
    assertThat(Files.readString(GUIDE)).contains(expected);
    assertThat(Files.readString(README)).contains(expected);
  }

  @Test
  void shouldPrintARightForEachOperationOfTheTableAndOfEachSource() throws IOException {
    Set<String> expected =
        table().stream()
            .flatMap(
                row ->
                    (row.get(3).equals("{source}") ? List.of("a.b", "c") : List.of(row.get(3)))
                        .stream()
                            .flatMap(
                                name ->
                                    List.of(row.get(4).split(",")).stream()
                                        .map(
                                            operation ->
                                                String.join(
                                                    " ",
                                                    "User:" + row.get(0),
                                                    row.get(1).replace('-', '_'),
                                                    row.get(2),
                                                    name.replace("{namespace}", "n"),
                                                    // As Kafka writes AlterConfigs.
                                                    operation.replaceAll(
                                                        "(?<=[a-z])(?=[A-Z])", "_")))))
            .map(String::toLowerCase)
            .collect(Collectors.toSet());
    List<AclBinding> printed =
        AclScript.bindings(
            SCRIPT,
            "--namespace",
            "n",
            "--source",
            "a.b",
            "--source",
            "c",
            "--speed",
            "User:speed",
            "--batch",
            "User:batch",
            "--serving",
            "User:serving",
            "--operator",
            "User:operator");
    assertThat(printed.stream().map(SecurityGuideTest::text).toList())
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void shouldPrintOneRole() {
    List<AclBinding> printed =
        AclScript.bindings(SCRIPT, "--source", "orders", "--role", "serving");
    assertThat(printed)
        .isNotEmpty()
        .allMatch(right -> right.entry().principal().equals("User:millrace-serving"))
        .allMatch(right -> right.entry().operation() != AclOperation.CREATE)
        .anyMatch(
            right ->
                right.pattern().patternType() == PatternType.PREFIXED
                    && right.pattern().name().equals("millrace-speed-"));
  }

  @Test
  void shouldShowConfigurationsThatCanBeRead() throws IOException {
    Pattern block = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    Path secret = Files.writeString(dir.resolve("secret"), "hunter2\n");
    List<String> examples =
        block.matcher(Files.readString(GUIDE)).results().map(result -> result.group(1)).toList();
    assertThat(examples).hasSize(2);
    for (String example : examples) {
      String here = example.replaceAll("\\$\\{file:[^}]+}", "\\${file:" + secret + "}");
      MillraceConfig config =
          MillraceConfig.load(
              Optional.of(Files.writeString(dir.resolve("example.yaml"), here)),
              Map.of(),
              Map.of());
      assertThat(config.kafka().properties().values()).anyMatch(v -> v.contains("hunter2"));
      assertThat(config.clientProperties()).containsKey("security.protocol");
    }
  }

  private static List<List<String>> table() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        rows.add(List.of(line.split("\t")));
      }
    }
    assertThat(rows).hasSizeGreaterThan(10).allMatch(row -> row.size() == 6);
    return rows;
  }

  private static String text(AclBinding right) {
    return String.join(
            " ",
            right.entry().principal(),
            right.pattern().resourceType().name(),
            right.pattern().patternType().name(),
            right.pattern().name(),
            right.entry().operation().name())
        .toLowerCase(java.util.Locale.ROOT);
  }
}
