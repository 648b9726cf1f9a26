package io.millrace.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Starts real processes for a test, keeps what they say in files, and ends them all at {@link
 * #close}, at the latest with this JVM. Thread-safe.
 */
public final class Processes implements AutoCloseable {
  private final Path logs;
  private final List<TestProcess> started = new CopyOnWriteArrayList<>();
  private final Thread atExit = new Thread(this::killAll, "test-processes-end");

  private Processes(Path logs) {
    this.logs = logs;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * @param logs where outputs go, below {@code target/}; made if missing
   */
  public static Processes in(Path logs) {
    try {
      Files.createDirectories(logs);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + logs, e);
    }
    return new Processes(logs);
  }

  /**
   * Starts a main class with this JVM's Java, class path and module options.
   *
   * @param name of the process; its output is {@code <name>.log}
   * @param jvmOptions further options, such as {@code -Xmx512m}
   */
  public TestProcess java(
      String name, List<String> jvmOptions, Class<?> mainClass, String... args) {
    return java(name, jvmOptions, mainClass.getName(), args);
  }

  /** As {@link #java(String, List, Class, String...)}, the class by its name. */
  public TestProcess java(String name, List<String> jvmOptions, String mainClass, String... args) {
    return java(name, jvmOptions, Map.of(), mainClass, args);
  }

  /**
   * As {@link #java(String, List, Class, String...)}, the class by its name.
   *
   * @param environment variables that join or replace this process's
   */
  public TestProcess java(
      String name,
      List<String> jvmOptions,
      Map<String, String> environment,
      String mainClass,
      String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(moduleOptions());
    command.add("-XX:+UseSerialGC");
    command.addAll(jvmOptions);
    command.add(mainClass);
    command.addAll(List.of(args));
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("CLASSPATH", System.getProperty("java.class.path"));
    return command(name, command, variables);
  }

  /**
   * Starts any command, in this process's working directory.
   *
   * @param environment variables that join or replace this process's
   */
  public TestProcess command(String name, List<String> command, Map<String, String> environment) {
    Path log = logs.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      TestProcess process = new TestProcess(name, builder.start(), log);
      started.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  @Override
  public void close() {
    killAll();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void killAll() {
    started.forEach(TestProcess::kill);
  }

  /** What this JVM was given to open modules, and its time zone: children need the same. */
  private static List<String> moduleOptions() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            option ->
                option.startsWith("--add-opens")
                    || option.startsWith("-Djdk.reflect.")
                    || option.startsWith("-Duser.timezone"))
        .toList();
  }
}
