package io.millrace.launcher.local.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The lines that are appended to a file from now on, be it there yet or not. For one thread. */
public final class LogTail {
  /** Of what came between two looks; more than that is begun in its midst. */
  private static final int MOST_BYTES = 64 << 10;

  private final Path file;
  private long read;

  public LogTail(Path file) {
    this.file = file;
    this.read = size();
  }

  /** The whole lines since the last call. */
  public List<String> next() {
    long size = size();
    if (size < read) {
      // It was rolled over: this is another file.
      read = 0;
    }
    if (size == read) {
      return List.of();
    }
    try (RandomAccessFile source = new RandomAccessFile(file.toFile(), "r")) {
      long from = Math.max(read, size - MOST_BYTES);
      byte[] bytes = new byte[(int) (size - from)];
      source.seek(from);
      source.readFully(bytes);
      int end = bytes.length;
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      if (end == 0 && bytes.length < MOST_BYTES) {
        return List.of();
      }
      read = from + end;
      return new String(bytes, 0, end, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .toList();
    } catch (IOException e) {
      // Rolled over between the two looks; the next one finds the new file.
      return List.of();
    }
  }

  private long size() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
