package io.millrace.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParser;

/**
 * Every schema a contract ever had: {@code released/<Name>.<n>.avsc}, numbered from 1. The last one
 * is today's. They are never changed, since stored values name them by fingerprint.
 */
public final class Released {
  private Released() {}

  /**
   * The released schemas of one contract, oldest first.
   *
   * @param name simple name of the record, such as {@code View}
   */
  public static List<Schema> schemas(String name) {
    List<Schema> found = new ArrayList<>();
    for (int n = 1; ; n++) {
      try (InputStream in =
          Released.class.getResourceAsStream("released/" + name + "." + n + ".avsc")) {
        if (in == null) {
          return List.copyOf(found);
        }
        found.add(new SchemaParser().parse(in).mainSchema());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the released schemas of " + name, e);
      }
    }
  }
}
