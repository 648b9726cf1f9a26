package io.millrace.serving.lookup.content;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** Records that Iceberg reads, as rows of a lookup. */
final class RecordRows implements LookupRows {
  private final CloseableIterable<Record> records;
  private final Iterator<Record> each;
  private final List<String> fields;
  private final Set<String> unsigned;
  private final IcebergTypes.Failing failing;
  private Record record;
  private long number;

  /**
   * @param fields names of the columns, as the records have them
   * @param unsigned those of them that are numbers of 32 bits without a sign
   */
  RecordRows(
      CloseableIterable<Record> records,
      List<String> fields,
      Set<String> unsigned,
      IcebergTypes.Failing failing) {
    this.records = records;
    this.fields = fields;
    this.unsigned = unsigned;
    this.failing = failing;
    this.each = records.iterator();
  }

  @Override
  public boolean next() {
    try {
      if (!each.hasNext()) {
        return false;
      }
      record = each.next();
    } catch (RuntimeException e) {
      // Of the reader, which has an error of its own for each damage there is.
      throw failing.failed("row " + (number + 1) + ": found " + e + ", expected a row");
    }
    number++;
    return true;
  }

  @Override
  public List<Object> values() {
    List<Object> values = new ArrayList<>(fields.size());
    fields.forEach(field -> values.add(value(field)));
    return values;
  }

  private Object value(String field) {
    Object value = IcebergTypes.value(record.getField(field));
    return value instanceof Long number && unsigned.contains(field)
        ? Long.valueOf(Integer.toUnsignedLong(number.intValue()))
        : value;
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public String unit() {
    return "row";
  }

  @Override
  public void close() {
    try {
      records.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
