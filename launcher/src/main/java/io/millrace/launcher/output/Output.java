package io.millrace.launcher.output;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.launcher.console.Console;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Standard output, or a file. A file is written aside and takes its name when it is whole: whatever
 * stops the command leaves the file that was there as it was. Closed in any case. Not thread-safe.
 */
public final class Output implements AutoCloseable {
  private final Optional<Path> file;
  private final Optional<Path> part;
  private final OutputStream stream;
  private boolean done;

  private Output(Optional<Path> file, Optional<Path> part, OutputStream stream) {
    this.file = file;
    this.part = part;
    this.stream = stream;
  }

  /**
   * @param file empty: standard output
   * @throws MillraceException {@code BAD_REQUEST} if it cannot be written; also for what nobody can
   *     read on a terminal
   */
  public static Output of(Optional<Path> file, Format format, Console console) {
    if (file.isEmpty()) {
      if (format.binary() && console.live()) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot write "
                + format
                + " to a terminal: expected a file; say --output FILE, or > FILE");
      }
      return new Output(file, Optional.empty(), System.out);
    }
    Path whole = file.get().toAbsolutePath();
    Path part = whole.resolveSibling("." + whole.getFileName() + "." + pid() + ".part");
    try {
      if (Files.isDirectory(whole)) {
        throw new IOException("a directory");
      }
      return new Output(
          Optional.of(whole),
          Optional.of(part),
          new BufferedOutputStream(Files.newOutputStream(part), 1 << 16));
    } catch (IOException e) {
      throw failed(file.get(), e);
    }
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static MillraceException failed(Path file, IOException e) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot write "
            + file
            + ": found "
            + Reason.of(e)
            + ", expected a file in a directory that can be written; correct --output",
        e);
  }

  public OutputStream stream() {
    return stream;
  }

  /** For lines; plain if it is a file. */
  public Console console(Console standard) {
    return file.isEmpty()
        ? standard
        : Console.plain(new PrintStream(stream, false, StandardCharsets.UTF_8));
  }

  public Optional<Path> file() {
    return file;
  }

  /**
   * All has been written: a file takes its name.
   *
   * @throws MillraceException {@code BAD_REQUEST}
   */
  public void done() {
    try {
      stream.flush();
      if (System.out.checkError() && file.isEmpty()) {
        throw new IOException("standard output closed");
      }
      if (part.isPresent()) {
        stream.close();
        Files.move(
            part.get(),
            file.get(),
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.ATOMIC_MOVE);
      }
      done = true;
    } catch (IOException e) {
      throw failed(file.orElse(Path.of("standard output")), e);
    }
  }

  @Override
  public void close() {
    if (!done && part.isPresent()) {
      try {
        stream.close();
      } catch (IOException e) {
        // It goes now.
      }
      try {
        Files.deleteIfExists(part.get());
      } catch (IOException e) {
        System.err.println("note: " + part.get() + " is left: " + Reason.of(e));
      }
    }
  }
}
