package io.millrace.launcher.local.process;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The directory of all local state: {@code kafka}, {@code lake} and the layers' own, {@code log} (a
 * file per process) and {@code run} (what is running now).
 *
 * @param root absolute
 */
public record DataDirectory(Path root) {
  /** Roots that this JVM runs a system on, or is about to. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  public DataDirectory {
    root = root.toAbsolutePath().normalize();
  }

  public Path logs() {
    return root.resolve("log");
  }

  /** What log4j2 of one process writes. */
  public Path log(String process) {
    return logs().resolve(process + ".log");
  }

  /** What one process printed. */
  public Path output(String process) {
    return logs().resolve(process + ".out");
  }

  public Path kafka() {
    return root.resolve("kafka");
  }

  /** The configuration in effect: every address and port filled in. */
  public Path effectiveConfig() {
    return run().resolve("millrace.yaml");
  }

  /** It may hold secrets: nothing of it stays when the system has stopped. */
  public void deleteEffectiveConfig() {
    try {
      Files.deleteIfExists(effectiveConfig());
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE, "cannot remove " + effectiveConfig() + ": " + e, e);
    }
  }

  /** The configuration that a command hands to a process of its own, while that runs. */
  public Path clientConfig() {
    return run().resolve("client-" + ProcessHandle.current().pid() + ".yaml");
  }

  /** What is running, as {@link ProcessTable} writes it. */
  public Path processes() {
    return run().resolve("processes.json");
  }

  Path run() {
    return root.resolve("run");
  }

  private Path lockFile() {
    return run().resolve("lock");
  }

  private Path pidFile() {
    return run().resolve("pid");
  }

  /**
   * Makes the directories.
   *
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  public void prepare() {
    try {
      Files.createDirectories(logs());
      Files.createDirectories(run());
      Path probe = Files.createTempFile(run(), "probe", "");
      Files.delete(probe);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot use the data directory "
              + root
              + ": found that it cannot be written ("
              + e
              + "), expected a writable directory; change its rights or set data.dir",
          e);
    }
  }

  /**
   * Makes this process the only one that runs a system here.
   *
   * @return to be closed when the system has stopped
   * @throws MillraceException {@code ALREADY_RUNNING} with the process id of the other
   */
  public Lock lock() {
    // A channel that this JVM closes on the file would end its lock: none is opened beside it.
    if (!HELD.add(root)) {
      throw alreadyRunning();
    }
    Lock lock = null;
    try {
      FileChannel channel =
          FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = new Lock(root, channel, pidFile());
      if (!isFree(channel)) {
        lock.letGo();
        throw alreadyRunning();
      }
      write(pidFile(), Long.toString(ProcessHandle.current().pid()));
      return lock;
    } catch (IOException e) {
      giveUp(lock, e);
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot lock " + lockFile() + ": " + e + "; change its rights or set data.dir",
          e);
    }
  }

  /** Takes the lock, if nobody has it. */
  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // Another system in this very JVM, by another name of the directory.
      return false;
    }
  }

  private MillraceException alreadyRunning() {
    return new MillraceException(
        ErrorCode.ALREADY_RUNNING,
        "cannot start: found Millrace running on "
            + root
            + " already (process "
            + readPid().map(String::valueOf).orElse("unknown")
            + "), expected none; stop it by 'millrace down', or set another data.dir");
  }

  private void giveUp(Lock lock, IOException cause) {
    try {
      if (lock != null) {
        lock.letGo();
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    } finally {
      HELD.remove(root);
    }
  }

  /**
   * The launcher that runs a system here, if one does: the process that holds the lock. The id that
   * a killed one left behind may be that of any other process by now.
   */
  public Optional<ProcessHandle> owner() {
    if (HELD.contains(root)) {
      return Optional.of(ProcessHandle.current());
    }
    return readPid()
        .flatMap(ProcessHandle::of)
        .filter(ProcessHandle::isAlive)
        .filter(process -> isLocked());
  }

  /** Whether another process has the lock. */
  private boolean isLocked() {
    try (FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.READ);
        FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return shared == null;
    } catch (OverlappingFileLockException e) {
      // Taken in this JVM a moment ago.
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot see whether a system runs on "
              + root
              + ": found that "
              + lockFile()
              + " cannot be read ("
              + e
              + "), expected a readable file; change its rights or set data.dir",
          e);
    }
  }

  private Optional<Long> readPid() {
    try {
      return Optional.of(Long.parseLong(Files.readString(pidFile()).strip()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Replaces a file in one step: a reader sees the old text or the new. */
  static void write(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Held while a system runs. */
  public static final class Lock implements AutoCloseable {
    private final Path root;
    private final FileChannel channel;
    private final Path pidFile;

    private Lock(Path root, FileChannel channel, Path pidFile) {
      this.root = root;
      this.channel = channel;
      this.pidFile = pidFile;
    }

    @Override
    public void close() {
      try {
        try {
          Files.deleteIfExists(pidFile);
        } finally {
          letGo();
        }
      } catch (IOException e) {
        throw new MillraceException(
            ErrorCode.DATA_DIR_NOT_WRITABLE, "cannot unlock " + pidFile + ": " + e, e);
      }
    }

    private void letGo() throws IOException {
      try {
        channel.close();
      } finally {
        HELD.remove(root);
      }
    }
  }
}
