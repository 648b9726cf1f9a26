package io.millrace.launcher.local.process;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How one of the system's JVMs is started: same Java, same jars as the launcher. Immutable.
 *
 * @param mainClass fully qualified
 * @param maxHeap as {@code -Xmx} takes it
 * @param log what log4j2 writes
 * @param arguments of the main class
 * @param localSpark whether it runs a Spark that stays within it
 * @param own JVM options of this process besides those of every one
 */
public record JvmCommand(
    String mainClass,
    String maxHeap,
    Path log,
    List<String> arguments,
    boolean localSpark,
    List<String> own) {
  /**
   * For a process that is of use for minutes: of its CPU time the optimising compiler would take
   * nearly half, and much of what it compiles never runs again.
   */
  public static final List<String> BRIEF = read("jvm-brief.options");

  public JvmCommand {
    arguments = List.copyOf(arguments);
    own = List.copyOf(own);
  }

  public JvmCommand(
      String mainClass, String maxHeap, Path log, List<String> arguments, boolean localSpark) {
    this(mainClass, maxHeap, log, arguments, localSpark, List.of());
  }

  /** Of a process without Spark. */
  public JvmCommand(String mainClass, String maxHeap, Path log, List<String> arguments) {
    this(mainClass, maxHeap, log, arguments, false);
  }

  /**
   * A builder whose process appends its output to {@code output}, has the jars in {@code CLASSPATH}
   * and this process's environment, and ignores SIGINT and SIGHUP: Ctrl-C reaches every process of
   * a terminal at once, and the launcher stops its processes in order.
   */
  ProcessBuilder builder(Path output) {
    ProcessBuilder builder = new ProcessBuilder(command());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    // Spark in one process needs no address that others reach; a laptop's may change.
    if (localSpark) {
      builder.environment().putIfAbsent("SPARK_LOCAL_IP", "127.0.0.1");
    }
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    return builder;
  }

  /**
   * As {@link #builder}, for a process that takes its configuration from a file alone: what the
   * environment says of it is in the file already, or has been overridden.
   */
  public ProcessBuilder layer(Path output) {
    ProcessBuilder builder = builder(output);
    builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
    return builder;
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    // A JVM leaves signals alone that are ignored when it starts; exec keeps the process id.
    command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "millrace"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options());
    command.add("-Xmx" + maxHeap);
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-Dlog4j2.configurationFile=io/millrace/launcher/log4j2-process.xml");
    command.add("-Dmillrace.log.file=" + log);
    command.addAll(own);
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  /** The JVM options that every process of the system needs. */
  static List<String> options() {
    return read("jvm.options");
  }

  /** Options of the parent pom, filtered into a resource by the build. */
  private static List<String> read(String name) {
    String resource = "/io/millrace/launcher/" + name;
    try (InputStream in = JvmCommand.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("cannot start a process: found no " + resource);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return List.of(text.strip().split("\\s+"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }
}
