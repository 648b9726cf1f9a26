package io.millrace.control.config;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files that hold secrets. */
final class OwnerOnlyFile {
  private OwnerOnlyFile() {}

  /**
   * Replaces the file in one step: a reader sees the old text or the new.
   *
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  static void write(Path file, String text) {
    boolean owners = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
    FileAttribute<?>[] attributes =
        owners
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(owner)}
            : new FileAttribute<?>[0];
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.deleteIfExists(next);
      try (FileChannel channel =
          FileChannel.open(
              next,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              attributes)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot write the configuration: found that "
              + file
              + " cannot be written ("
              + e
              + "), expected a writable directory; change its rights or set data.dir",
          e);
    }
  }
}
