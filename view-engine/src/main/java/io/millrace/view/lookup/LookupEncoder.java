package io.millrace.view.lookup;

import java.util.List;

/**
 * Makes a lookup's rows of what a file holds. Thread-confined.
 *
 * <p>Law: the keys of two rows are equal bytes exactly if their key columns are equal, and are in
 * the order of these as unsigned bytes.
 */
public interface LookupEncoder {
  /**
   * @param key of the key columns, in the encoding of group keys
   * @param row of all columns, in Spark's row format
   */
  record Row(byte[] key, byte[] row) {}

  /**
   * @param values one for each column of the definition, null for NULL. Of text formats texts,
   *     which are read as {@code CAST(text AS type)} reads them; of others {@code Boolean, Integer,
   *     Long, Float, Double, BigDecimal, LocalDate, Instant, LocalDateTime, byte[], String}, of
   *     exactly the column's type
   * @throws BadValueException naming the column
   */
  Row encode(List<Object> values) throws BadValueException;

  /** The key's values in words, for messages: {@code "product_id = 'p7'"}. */
  String describe(byte[] key);
}
