package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A laptop off the net may not know the address of its own name. */
class HostNameTest {
  @TempDir private Path dir;

  @Test
  void shouldCompileAViewOnAHostWhoseNameHasNoAddress() throws Exception {
    Path hosts = Files.writeString(dir.resolve("hosts"), "# none\n");
    Path output = dir.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-XX"))
            .toList());
    command.addAll(
        List.of(
            "-Djdk.net.hosts.file=" + hosts,
            "-cp",
            System.getProperty("java.class.path"),
            Compiles.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_LOCAL"));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(output)).contains("no address", "compiled [category, orders]");
    assertThat(process.exitValue()).isZero();
  }

  /** What the other process runs. */
  static final class Compiles {
    public static void main(String[] args) {
      try {
        System.out.println("it has an address: " + InetAddress.getLocalHost());
      } catch (UnknownHostException e) {
        System.out.println("no address: " + e.getMessage());
      }
      CompiledView view =
          TestView.compile("SELECT category, count(*) AS orders FROM orders GROUP BY category");
      System.out.println(
          "compiled " + view.columns().stream().map(CompiledView.Column::name).toList());
    }
  }
}
