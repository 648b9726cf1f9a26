package io.millrace.schemas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;

/**
 * A contract's values as bytes, in the Avro single-object encoding: {@code C3 01}, the fingerprint
 * of the schema they were written with, the datum. Values of every released schema are read.
 *
 * <p>Law: {@code decode(encode(v))} equals {@code v}.
 *
 * <p>Thread-safe.
 */
public final class SingleObject<T extends SpecificRecord> {
  static {
    // Avro makes an object of no class that is not trusted. Ours are those of this very package.
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(),
            type -> type.getPackage() == SingleObject.class.getPackage()));
  }

  private final String name;
  private final BinaryMessageEncoder<T> encoder;
  private final BinaryMessageDecoder<T> decoder;

  private SingleObject(Class<T> type) {
    SpecificData model = SpecificData.getForClass(type);
    Schema schema = model.getSchema(type);
    name = schema.getName();
    encoder = new BinaryMessageEncoder<>(model, schema);
    decoder = new BinaryMessageDecoder<>(model, schema);
    Released.schemas(name).forEach(decoder::addSchema);
  }

  /**
   * @param type a class generated from {@code src/main/avro}
   */
  public static <T extends SpecificRecord> SingleObject<T> of(Class<T> type) {
    return new SingleObject<>(type);
  }

  public byte[] encode(T value) {
    try {
      ByteBuffer buffer = encoder.encode(value);
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a " + name, e);
    }
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a value of this contract
   */
  public T decode(byte[] bytes) {
    try {
      return decoder.decode(bytes, null);
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "cannot read a "
              + name
              + ": found "
              + bytes.length
              + " bytes that are not one ("
              + e.getMessage()
              + "), expected an Avro single object of a released schema",
          e);
    }
  }
}
