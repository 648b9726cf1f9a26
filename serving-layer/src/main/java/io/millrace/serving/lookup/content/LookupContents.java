package io.millrace.serving.lookup.content;

import io.millrace.control.model.LookupDefinition;
import io.millrace.lake.Lake;
import java.util.function.Supplier;

/** The content of a lookup, by its format. Thread-safe. */
public final class LookupContents {
  private final Supplier<Lake> lake;

  /**
   * @param lake asked for tables of its catalog only; stays whose it is
   */
  public LookupContents(Supplier<Lake> lake) {
    this.lake = lake;
  }

  /** The content as it is from now on; for one thread. */
  public LookupContent of(LookupDefinition definition) {
    return switch (definition.format()) {
      case CSV -> new CsvContent(definition);
      case JSON -> new JsonContent(definition);
      case PARQUET -> new ParquetContent(definition);
      case ICEBERG -> new IcebergContent(definition, lake);
    };
  }
}
