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
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** One file, as every format has it. Immutable and thread-safe. */
final class LookupFile {
  private static final int ID_BYTES = 8;

  private final String lookup;
  private final Path path;

  LookupFile(LookupDefinition definition) {
    this.lookup = definition.name();
    this.path = Path.of(definition.path());
  }

  Path path() {
    return path;
  }

  /** Size, time of change and, where the file system has one, the file's own number. */
  String stamp() {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      if (!found.isRegularFile()) {
        throw failed(path + ": found no file there but a directory or a device", null);
      }
      return found.size() + " " + found.lastModifiedTime() + " " + found.fileKey();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Of the bytes: 16 hex digits. */
  String id() {
    try (DigestInputStream in =
        new DigestInputStream(Files.newInputStream(path), MessageDigest.getInstance("SHA-256"))) {
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

  InputStream open() {
    try {
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
