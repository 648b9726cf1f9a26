package io.millrace.launcher.output;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.launcher.console.Console;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
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

  /** For a signal that ends this process in the midst of it. */
  private final Thread stopped;

  private volatile boolean done;

  private Output(Optional<Path> file, Optional<Path> part, OutputStream stream) {
    this.file = file;
    this.part = part;
    this.stream = stream;
    this.stopped = new Thread(this::forget, "output");
    part.ifPresent(path -> Runtime.getRuntime().addShutdownHook(stopped));
  }

  /**
   * What could not be written, though who wrote it has not said so: a {@link PrintStream} keeps it
   * to itself, and what comes after it may go well.
   */
  static final class Remembering extends FilterOutputStream {
    private IOException failure;

    Remembering(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      said(() -> out.write(bytes, from, length));
    }

    @Override
    public void write(int b) throws IOException {
      said(() -> out.write(b));
    }

    @Override
    public void flush() throws IOException {
      said(out::flush);
    }

    private interface Writing {
      void run() throws IOException;
    }

    private void said(Writing writing) throws IOException {
      if (failure != null) {
        throw failure;
      }
      try {
        writing.run();
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
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
      return new Output(file, Optional.empty(), new Standard());
    }
    try {
      Path whole = named(file.get());
      Path part = whole.resolveSibling("." + whole.getFileName() + "." + pid() + ".part");
      OutputStream bytes = Files.newOutputStream(part);
      Output output =
          new Output(
              Optional.of(whole),
              Optional.of(part),
              new Remembering(new BufferedOutputStream(bytes, 1 << 16)));
      if (Files.exists(whole) && Files.getFileStore(whole).supportsFileAttributeView("posix")) {
        // Who may not read the file that was there may not read what takes its place.
        Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(whole));
      }
      return output;
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** What a link leads to; never anything that is no file, which would be gone. */
  private static Path named(Path file) throws IOException {
    Path whole = file.toAbsolutePath();
    if (Files.isDirectory(whole)) {
      throw new IOException("a directory");
    }
    if (Files.exists(whole) && !Files.isRegularFile(whole)) {
      throw new IOException("a device or pipe, which would be replaced");
    }
    return Files.exists(whole) ? whole.toRealPath() : whole;
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static MillraceException failed(Optional<Path> file, IOException e) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot write "
            + file.map(Path::toString).orElse("to standard output")
            + ": found "
            + Reason.of(e)
            + (file.isPresent()
                ? ", expected a file in a directory that can be written; correct --output"
                : ", expected somebody who takes all of the answer; it is not whole"),
        e);
  }

  /** Standard output, which else keeps to itself that nobody takes what is written. */
  private static final class Standard extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      System.out.write(bytes, from, length);
      flush();
    }

    @Override
    public void flush() throws IOException {
      if (System.out.checkError()) {
        throw reason();
      }
    }

    /** A {@link PrintStream} says that it failed, and not how: one more byte does. */
    private static IOException reason() {
      try {
        new FileOutputStream(FileDescriptor.out).write('\n');
        return new IOException("that it could not be written for a moment");
      } catch (IOException e) {
        if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
          throw new NobodyReads(e);
        }
        return e;
      }
    }
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
      throw failed(file, e);
    }
  }

  @Override
  public void close() {
    if (part.isPresent()) {
      try {
        stream.close();
      } catch (IOException e) {
        // It goes now, or is whole.
      }
      try {
        Runtime.getRuntime().removeShutdownHook(stopped);
      } catch (IllegalStateException e) {
        // The process ends already: it forgets the file.
      }
      forget();
    }
  }

  private void forget() {
    try {
      if (!done) {
        Files.deleteIfExists(part.orElseThrow());
      }
    } catch (IOException e) {
      System.err.println("note: " + part.get() + " is left: " + Reason.of(e));
    }
  }
}
