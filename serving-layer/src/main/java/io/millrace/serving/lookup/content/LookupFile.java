package io.millrace.serving.lookup.content;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** One file, as every format has it. Immutable and thread-safe. */
final class LookupFile {
  private static final int ID_BYTES = 8;

  /** File systems round the time of a change; the coarsest to 2 s. */
  private static final Duration RECENT = Duration.ofSeconds(3);

  private static final AtomicLong LOOKS = new AtomicLong();

  private final String lookup;
  private final Path path;

  LookupFile(LookupDefinition definition) {
    this.lookup = definition.name();
    this.path = Path.of(definition.path());
  }

  Path path() {
    return path;
  }

  /**
   * Size, times of change and, where the file system has one, the file's own number. Of a file that
   * was changed just now no two are equal: it may be changed again with the same time and size.
   */
  String stamp() {
    try {
      BasicFileAttributes found = attributes();
      FileTime changed = changed();
      Instant settled = Instant.now().minus(RECENT);
      boolean recent =
          found.lastModifiedTime().toInstant().isAfter(settled)
              || changed.toInstant().isAfter(settled);
      return found.size()
          + " "
          + found.lastModifiedTime()
          + " "
          + changed
          + " "
          + found.fileKey()
          + (recent ? " look " + LOOKS.incrementAndGet() : "");
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private BasicFileAttributes attributes() throws IOException {
    BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
    if (!found.isRegularFile()) {
      throw failed(path + ": found no file there but a directory or a device", null);
    }
    return found;
  }

  /** When anything of it was changed, which nobody can set back; the epoch where none knows. */
  private FileTime changed() throws IOException {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? (FileTime) Files.getAttribute(path, "unix:ctime")
        : FileTime.fromMillis(0);
  }

  /** Of the bytes: 16 hex digits. */
  String id() {
    try (DigestInputStream in =
        new DigestInputStream(open(), MessageDigest.getInstance("SHA-256"))) {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer) >= 0) {
        // Only to be digested.
        continue;
      }
      return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, ID_BYTES);
    } catch (IOException e) {
      throw unreadable(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A device would have no end, and a pipe may have no beginning: neither is opened. */
  InputStream open() {
    try {
      attributes();
      return new BufferedInputStream(Files.newInputStream(path), 1 << 16);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  MillraceException unreadable(IOException e) {
    return e instanceof NoSuchFileException
        ? failed("found no file " + path + ", expected one that this process can read", e)
        : failed("found " + e + " at " + path + ", expected a file that can be read", e);
  }

  /** What is wrong at a place of it. */
  MillraceException bad(String unit, long number, String problem) {
    return failed(path.getFileName() + ", " + unit + " " + number + ": " + problem, null);
  }

  MillraceException failed(String problem, Exception cause) {
    return new MillraceException(
        ErrorCode.LOOKUP_FAILED,
        "cannot load lookup " + lookup + ": " + problem + "; correct the file",
        cause);
  }
}
