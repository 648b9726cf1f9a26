package io.millrace.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the {@code millrace} command as people do. */
final class Commands {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private Commands() {}

  /**
   * @param text both outputs
   */
  record Ended(int code, String text) {}

  /** In this JVM. */
  static Ended run(String... arguments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      return new Ended(Millrace.run(arguments), bytes.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** A command that runs. */
  record Running(Process process, Path output) implements AutoCloseable {
    String text() throws IOException {
      return Files.readString(output);
    }

    Ended await() throws IOException, InterruptedException {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("the command did not end; it said:\n" + text());
      }
      return new Ended(process.exitValue(), text());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /**
   * In a process of its own.
   *
   * @param dir for its output; where it runs
   * @param jvm options of the JVM
   */
  static Running start(Path dir, List<String> jvm, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("-Dlog4j2.configurationFile=io/millrace/launcher/log4j2-console.xml");
    command.add(Millrace.class.getName());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(dir, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
    builder.directory(dir.toFile());
    return new Running(builder.start(), output);
  }
}
