package io.millrace.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.LockManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(FileLockManager.class);

  /** Locks held by this process, by what they lock: channels must stay open meanwhile. */
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  private Path directory;

  private record Held(String owner, FileChannel channel, FileLock lock) {}

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
      Path file = directory.resolve(Integer.toHexString(parent(entityId).hashCode()) + ".lock");
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        return false;
      }
      held.put(entityId, new Held(ownerId, channel, lock));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + entityId + " in " + directory, e);
    }
  }

  private static String parent(String entityId) {
    return entityId.substring(0, entityId.lastIndexOf('/') + 1);
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      LOG.debug("another thread of this process has the lock", e);
      return null;
    }
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
    }
  }

  @Override
  public void close() {
    held.forEach((entity, lock) -> release(entity, lock.owner()));
  }
}
