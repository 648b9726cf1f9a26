package io.millrace.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.LockManager;

/**
 * Locks for the Hadoop catalog on a local file system, between the processes of one machine.
 *
 * <p>That catalog commits by renaming a file to the next version's name, after it has looked
 * whether that name is free. On a local file system the rename replaces what is there, so two
 * processes that look at once would both succeed and one commit would vanish. The catalog asks its
 * lock manager first; the one it brings itself knows this process only. The operating system drops
 * the lock of a process that dies.
 *
 * <p>Iceberg makes it by name. Thread-safe.
 */
public final class FileLockManager implements LockManager {
  /** Catalog property: the directory of the lock file. */
  static final String DIRECTORY = "millrace.lock.directory";

  /**
   * The files that this process has open, by whichever manager. A file that is open twice is a lock
   * that is lost: whoever closes one channel of it drops, on POSIX systems, every lock that the
   * process has on it. So who is refused must not have opened it.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  /** Locks held, by what they lock: channels must stay open meanwhile. */
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  private Path directory;

  private record Held(String owner, Path file, FileChannel channel) {}

  @Override
  public void initialize(Map<String, String> properties) {
    directory = Path.of(properties.get(DIRECTORY));
  }

  /** Does not wait: the catalog takes false for a conflict and tries again. */
  @Override
  public boolean acquire(String entityId, String ownerId) {
    try {
      Files.createDirectories(directory);
      // One file for each table: the entity is the path of its next version.
      Path file =
          directory
              .toRealPath()
              .resolve(Integer.toHexString(parent(entityId).hashCode()) + ".lock");
      if (!OPEN.add(file)) {
        return false;
      }
      FileChannel channel = null;
      try {
        channel = locked(file);
      } finally {
        if (channel == null) {
          OPEN.remove(file);
        }
      }
      if (channel == null) {
        return false;
      }
      held.put(entityId, new Held(ownerId, file, channel));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + entityId + " in " + directory, e);
    }
  }

  /** The file, open and locked; null if another process has the lock. */
  private static FileChannel locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
      return lock == null ? null : channel;
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
  }

  private static String parent(String entityId) {
    return entityId.substring(0, entityId.lastIndexOf('/') + 1);
  }

  @Override
  public boolean release(String entityId, String ownerId) {
    Held mine = held.get(entityId);
    if (mine == null || !mine.owner().equals(ownerId)) {
      return false;
    }
    held.remove(entityId);
    try {
      mine.channel().close();
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock " + entityId, e);
    } finally {
      // Only now: a channel that another thread had opened before would lose its lock.
      OPEN.remove(mine.file());
    }
  }

  /**
   * Leaves what is held to its holders: a commit that is under way while the catalog is closed
   * would go on without its lock.
   */
  @Override
  public void close() {
    // Holders release their locks; those of a process that ends, the operating system.
  }
}
