package io.millrace.view.internal.avro;

import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.read.CompoundReaders;
import io.millrace.view.internal.avro.read.ReaderCompiler;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * The readers of one source's records, by what their header names. Remembers the one it gave last:
 * records of one writer come in rows. Not thread-safe.
 */
abstract sealed class Writers {
  private final Schema reader;
  private final Map<Long, CompoundReaders.Fields> readers = new HashMap<>();
  private long lastId;
  private CompoundReaders.Fields last;

  private Writers(Schema reader) {
    this.reader = reader;
  }

  /** The schema that {@code id} names. */
  abstract Schema writer(long id) throws RejectedRecordException;

  final CompoundReaders.Fields reader(long id) throws RejectedRecordException {
    if (last == null || lastId != id) {
      CompoundReaders.Fields found = readers.get(id);
      if (found == null) {
        found = compile(writer(id));
        readers.put(id, found);
      }
      last = found;
      lastId = id;
    }
    return last;
  }

  private CompoundReaders.Fields compile(Schema writer) {
    try {
      return ReaderCompiler.record(writer, reader);
    } catch (AvroRuntimeException e) {
      return ReaderCompiler.unreadable(
          "found writer schema "
              + writer.getFullName()
              + ", expected one that the reader schema can read: "
              + e.getMessage());
    }
  }

  /** The schemas of the application folder, by fingerprint. */
  static final class Known extends Writers {
    private final Map<Long, Schema> writers;

    Known(Schema reader, Map<Long, Schema> writers) {
      super(reader);
      this.writers = writers;
    }

    @Override
    Schema writer(long fingerprint) throws RejectedRecordException {
      Schema writer = writers.get(fingerprint);
      if (writer == null) {
        throw new RejectedRecordException(
            String.format(
                "found schema fingerprint %016x, expected one of the %d schemas of the source",
                fingerprint, writers.size()));
      }
      return writer;
    }
  }

  /** The schemas of a registry, by id. */
  static final class Registered extends Writers {
    private final RegistryClient registry;

    Registered(Schema reader, RegistryClient registry) {
      super(reader);
      this.registry = registry;
    }

    @Override
    Schema writer(long id) throws RejectedRecordException {
      return registry.schema((int) id);
    }
  }
}
