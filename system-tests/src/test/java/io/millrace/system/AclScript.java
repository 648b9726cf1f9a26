package io.millrace.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;

/** What {@code deploy/kafka/acls.sh} would have {@code kafka-acls} do. */
final class AclScript {
  private AclScript() {}

  /**
   * @param script the script's path
   * @param arguments as a person would give them, without a command
   */
  static List<AclBinding> bindings(Path script, String... arguments) {
    List<String> command = new ArrayList<>(List.of("bash", script.toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--", "kafka-acls"));
    List<AclBinding> bindings = new ArrayList<>();
    for (String line : run(command).lines().toList()) {
      bindings.addAll(parse(line.strip()));
    }
    return bindings;
  }

  private static List<AclBinding> parse(String line) {
    List<String> words = Arrays.asList(line.split(" "));
    if (!words.subList(0, 2).equals(List.of("kafka-acls", "--add"))) {
      throw new AssertionError("not a command that adds rights: " + line);
    }
    String user = null;
    List<AclOperation> operations = new ArrayList<>();
    ResourceType resource = null;
    String name = null;
    PatternType pattern = null;
    for (int i = 2; i < words.size(); i += 2) {
      String value = words.get(i + 1);
      switch (words.get(i)) {
        case "--allow-principal" -> user = value;
        case "--operation" -> operations.add(SecurityUtils.operation(value));
        case "--resource-pattern-type" ->
            pattern = PatternType.valueOf(value.toUpperCase(Locale.ROOT));
        default -> {
          resource = resource(words.get(i));
          name = value;
        }
      }
    }
    ResourcePattern on = new ResourcePattern(resource, name, pattern);
    String by = user;
    return operations.stream()
        .map(op -> new AclBinding(on, new AccessControlEntry(by, "*", op, AclPermissionType.ALLOW)))
        .toList();
  }

  private static ResourceType resource(String flag) {
    return ResourceType.valueOf(flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT));
  }

  private static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(command + " failed: " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }
}
