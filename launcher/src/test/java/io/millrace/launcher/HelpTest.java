package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.command.Conditions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What help texts and documents show can be pasted into a shell. */
final class HelpTest {
  /** Prints the arguments of each command line, one a line, as the shell hands them over. */
  private static final String SHELL = "millrace() { printf '%s\\n' \"$@\"; }; ";

  @Test
  void shouldShowExamplesThatCanBePasted() throws Exception {
    CommandLine commands = Millrace.commands();
    Map<String, String> helps = new TreeMap<>();
    helps.put("", commands.getUsageMessage());
    commands
        .getSubcommands()
        .forEach((name, command) -> helps.put(name, command.getUsageMessage()));
    helps.keySet().removeAll(List.of("help", "generate-completion"));

    for (Map.Entry<String, String> help : helps.entrySet()) {
      List<String> examples =
          help.getValue().lines().filter(line -> line.startsWith("  millrace ")).toList();
      assertThat(examples).as("examples of millrace " + help.getKey()).isNotEmpty();
      for (String example : examples) {
        List<String> arguments = typed(example.strip());
        assertThatCode(() -> Millrace.commands().parseArgs(arguments.toArray(String[]::new)))
            .as(example)
            .doesNotThrowAnyException();
        assertThat(String.join(" ", arguments)).as(example).startsWith(help.getKey());
        conditions(arguments);
      }
    }
  }

  /** A condition that a shell took for a redirection is none any more, or not the one shown. */
  private static void conditions(List<String> arguments) {
    List<String> where = new ArrayList<>();
    for (int i = 0; i + 1 < arguments.size(); i++) {
      if (arguments.get(i).equals("--where")) {
        where.add(arguments.get(i + 1));
      }
    }
    List<ServingClient.Column> columns =
        List.of(
            new ServingClient.Column("category", true),
            new ServingClient.Column("month", true),
            new ServingClient.Column("window", true),
            new ServingClient.Column("revenue", false));
    assertThat(Conditions.of(where, columns).parameters()).hasSameSizeAs(where);
  }

  private static List<String> typed(String line) throws Exception {
    // What the example writes into a file is for the terminal here.
    String shown = line.replaceFirst(" > \\S+$", "");
    Process shell =
        new ProcessBuilder("bash", "-c", SHELL + shown).redirectErrorStream(true).start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(said).isZero();
    return said.lines().toList();
  }
}
