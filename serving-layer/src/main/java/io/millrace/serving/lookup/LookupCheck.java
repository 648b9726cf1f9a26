package io.millrace.serving.lookup;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.lake.Lake;
import io.millrace.serving.lookup.content.LookupContents;
import io.millrace.serving.store.LocalStore;
import io.millrace.view.app.LookupFiles;
import io.millrace.view.compile.LookupCompiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads lookups as a replica will, into a store that is thrown away: what a folder is checked by
 * before it is applied. A definition is looked at once. For one thread.
 */
public final class LookupCheck implements LookupFiles, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LookupCheck.class);

  private final MillraceConfig config;
  private final LookupContents contents = new LookupContents(this::lake);
  private final Set<LookupDefinition> checked = new HashSet<>();

  private Optional<Lake> lake = Optional.empty();

  public LookupCheck(MillraceConfig config) {
    this.config = config;
  }

  private Lake lake() {
    if (lake.isEmpty()) {
      lake = Optional.of(Lake.open(config, new Configuration()));
    }
    return lake.get();
  }

  @Override
  public List<LookupDefinition.Column> columns(LookupDefinition undeclared) {
    return contents.of(undeclared).columns();
  }

  @Override
  public void check(LookupDefinition lookup) {
    if (checked.contains(lookup)) {
      return;
    }
    Path directory = directory(lookup);
    try (LocalStore store = LocalStore.open(directory)) {
      new LookupLoader(store, contents, config.serving().lookupBytes())
          .load(LookupCompiler.compile(lookup), () -> false)
          .table()
          .release();
    } finally {
      delete(directory);
    }
    checked.add(lookup);
  }

  private static Path directory(LookupDefinition lookup) {
    try {
      return Files.createTempDirectory("millrace-lookup");
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot check lookup "
              + lookup.name()
              + ": found "
              + e
              + ", expected room for temporary files; make some, or set java.io.tmpdir",
          e);
    }
  }

  @Override
  public void close() {
    lake.ifPresent(Lake::close);
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}; delete it by hand", directory, e.toString());
    }
  }
}
