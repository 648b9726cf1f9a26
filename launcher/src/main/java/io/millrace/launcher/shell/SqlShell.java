package io.millrace.launcher.shell;

import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.Table;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.output.Export;
import io.millrace.launcher.output.Format;
import io.millrace.launcher.output.Output;
import io.millrace.launcher.output.SqlPrinter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;

/**
 * Asks questions in SQL as they are typed, and never ends because of one: what goes wrong is a
 * line. Confined to one thread.
 */
public final class SqlShell {
  private static final String PROMPT = "millrace> ";
  private static final String GOES_ON = "      ..> ";
  private static final int HISTORY = 1_000;

  private final Terminal terminal;
  private final Supplier<ServingClient> serving;
  private final Map<String, String> parameters;
  private final Map<String, String> words;
  private final LineReader reader;
  private final PrintStream out;
  private String limit;
  private Format format;
  private Optional<Path> file = Optional.empty();

  /** Of the terminal, looked up before each statement: it takes a process of its own. */
  private int width = 100;

  private boolean expanded;
  private boolean timing;

  /**
   * @param terminal stays the caller's
   * @param serving whom to ask, looked up for each question
   * @param history a file that is made if it is not there, and bounded
   * @param parameters values of each question's {@code :name}s
   * @param words further ones of each request, as {@link ServingClient#sql} takes them
   * @param limit a number, or {@code all}
   */
  public SqlShell(
      Terminal terminal,
      Supplier<ServingClient> serving,
      Path history,
      Map<String, String> parameters,
      Map<String, String> words,
      String limit,
      Format format) {
    this.terminal = terminal;
    this.serving = serving;
    this.parameters = parameters;
    this.words = words;
    this.limit = limit;
    this.format = format;
    this.out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("millrace")
            .parser(new SqlParser())
            .completer(new SqlCompleter(new KnownNames(serving, System::nanoTime)))
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, GOES_ON)
            .variable(LineReader.HISTORY_SIZE, HISTORY)
            .variable(LineReader.HISTORY_FILE_SIZE, HISTORY)
            .variable(LineReader.LIST_MAX, 200)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.CASE_INSENSITIVE, true)
            .option(LineReader.Option.INSERT_TAB, false)
            .build();
    remember(history);
  }

  private void remember(Path history) {
    try {
      Files.createDirectories(history.toAbsolutePath().getParent());
      if (Files.notExists(history)) {
        Files.createFile(history);
      }
      if (history.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        // Statements have names and numbers that are not everybody's.
        Files.setPosixFilePermissions(history, PosixFilePermissions.fromString("rw-------"));
      }
      reader.setVariable(LineReader.HISTORY_FILE, history);
    } catch (IOException e) {
      line("note: no history: " + Reason.of(e));
    }
  }

  /** Until somebody leaves. */
  public void run() {
    line("Questions end with a semicolon; \\? for help, \\q to leave.");
    while (true) {
      width = width();
      String text;
      try {
        text = reader.readLine(PROMPT);
      } catch (UserInterruptException e) {
        continue;
      } catch (EndOfFileException e) {
        return;
      }
      if (text.stripLeading().startsWith("\\")) {
        if (!command(text.strip())) {
          return;
        }
      } else {
        Statements.of(text).whole().forEach(this::ask);
      }
    }
  }

  private void ask(String sql) {
    long started = System.nanoTime();
    Thread asking = Thread.currentThread();
    Terminal.SignalHandler before =
        terminal.handle(Terminal.Signal.INT, signal -> asking.interrupt());
    try {
      answer(sql);
    } catch (MillraceException e) {
      if (Thread.interrupted()) {
        line("cancelled");
      } else {
        failed(sql, e);
      }
    } catch (RuntimeException e) {
      line("cannot answer: found an unexpected " + e);
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
      // What came after the answer was there cancels nothing.
      Thread.interrupted();
    }
    if (timing) {
      line("time      " + Text.duration(Duration.ofNanos(System.nanoTime() - started)));
    }
  }

  private void answer(String sql) {
    Console console = console();
    try (Output to = Output.of(file, format, console)) {
      if (format.handedOn()) {
        new Export(to, format, out, file.isPresent())
            .run(
                cursor -> serving.get().sql(sql, parameters, limit, words, format.name()),
                "\\limit N, or \\limit all");
        return;
      }
      ServingClient.SqlAnswer answer = serving.get().sql(sql, parameters, limit, words);
      Console shown = to.console(console);
      if (expanded && format == Format.table) {
        expand(answer, shown);
      } else {
        SqlPrinter.print(sql, answer, format, shown);
      }
      to.done();
    }
  }

  private static void expand(ServingClient.SqlAnswer answer, Console console) {
    List<String> names = List.copyOf(answer.columns().keySet());
    int width = names.stream().mapToInt(Text::width).max().orElse(0);
    int number = 1;
    for (List<String> row : RowsTable.cells(answer.columns(), answer.rows())) {
      console.line("-[ row " + number++ + " ]-");
      for (int i = 0; i < names.size(); i++) {
        String name = names.get(i);
        console.line(name + " ".repeat(width - Text.width(name)) + " | " + row.get(i));
      }
    }
    console.line("");
    SqlPrinter.foot(answer, console);
  }

  private void failed(String sql, MillraceException e) {
    String message = String.valueOf(e.getMessage());
    Placed.lines(sql, message, width).ifPresent(lines -> lines.forEach(this::line));
    line(console().red(e.code() + ": " + message));
  }

  /** False: leave. */
  private boolean command(String text) {
    String[] words = text.replaceFirst("[;\\s]+$", "").split("\\s+", 2);
    Optional<MetaCommand> command = MetaCommand.of(words[0]);
    Optional<String> argument = Optional.of(words).filter(all -> all.length > 1).map(all -> all[1]);
    if (command.isEmpty()) {
      line("cannot do " + words[0] + ": found no such command, expected one of these");
      MetaCommand.help().forEach(this::line);
      return true;
    }
    try {
      return command(command.get(), argument);
    } catch (MillraceException e) {
      failed("", e);
      return true;
    } catch (RuntimeException e) {
      line("cannot do " + text + ": found an unexpected " + e);
      return true;
    }
  }

  private boolean command(MetaCommand command, Optional<String> argument) {
    switch (command) {
      case QUIT -> {
        return false;
      }
      case HELP -> MetaCommand.help().forEach(this::line);
      case VIEWS -> views();
      case DESCRIBE -> argument.ifPresentOrElse(this::describe, this::views);
      case EXPANDED -> {
        expanded = !expanded;
        line("expanded  " + (expanded ? "on" : "off"));
      }
      case TIMING -> {
        timing = !timing;
        line("timing    " + (timing ? "on" : "off"));
      }
      case FORMAT -> {
        argument.ifPresent(this::format);
        line("format    " + format);
      }
      case OUTPUT -> {
        file = argument.map(Path::of);
        line("output    " + file.map(Path::toString).orElse("here"));
      }
      case LIMIT -> {
        argument.ifPresent(this::limit);
        line("limit     " + limit);
      }
    }
    return true;
  }

  private void format(String name) {
    for (Format each : Format.values()) {
      if (each.name().equals(name)) {
        format = each;
        return;
      }
    }
    line("cannot take format " + name + ": expected one of " + List.of(Format.values()));
  }

  private void limit(String text) {
    if (text.equals("all") || text.matches("[1-9]\\d{0,8}")) {
      limit = text;
    } else {
      line("cannot take limit " + text + ": expected a number from 1 on, or all");
    }
  }

  private void views() {
    Table table = new Table(List.of("view", "source", "ready", "comment"));
    for (ServingClient.View view : serving.get().views()) {
      table.row(
          List.of(
              view.name(),
              view.source(),
              view.ready() ? "yes" : view.reason().orElse("no"),
              view.comment()));
    }
    table.lines(console()).forEach(this::line);
  }

  private void describe(String view) {
    Table table = new Table(List.of("column", "type", ""));
    serving
        .get()
        .describe(view.replace("`", ""))
        .forEach(
            column ->
                table.row(
                    List.of(column.name(), column.type(), column.key() ? "group" : "measure")));
    table.lines(console()).forEach(this::line);
  }

  /** Tables are cut: what is wider would be garbled. */
  private Console console() {
    return Console.narrow(out, width);
  }

  private int width() {
    return terminal.getWidth() > 0 ? terminal.getWidth() : 100;
  }

  private void line(String text) {
    console().line(text);
  }
}
