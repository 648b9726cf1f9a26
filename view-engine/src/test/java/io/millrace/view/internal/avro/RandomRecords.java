package io.millrace.view.internal.avro;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** Random values of a schema, as Avro's generic model holds them. */
public final class RandomRecords {
  /** A record of every type and logical type that a source may have. */
  public static final Schema ALL_TYPES =
      Values.schema(
          """
          {'type':'record','name':'Everything','namespace':'test','fields':[
            {'name':'a_boolean','type':'boolean'},
            {'name':'an_int','type':'int'},
            {'name':'a_long','type':'long'},
            {'name':'a_float','type':'float'},
            {'name':'a_double','type':'double'},
            {'name':'some_bytes','type':'bytes'},
            {'name':'a_string','type':'string'},
            {'name':'an_enum','type':{'type':'enum','name':'Color','symbols':['RED','GREEN','BLUE']}},
            {'name':'a_fixed','type':{'type':'fixed','name':'Four','size':4}},
            {'name':'a_date','type':{'type':'int','logicalType':'date'}},
            {'name':'time_ms','type':{'type':'int','logicalType':'time-millis'}},
            {'name':'time_us','type':{'type':'long','logicalType':'time-micros'}},
            {'name':'ts_ms','type':{'type':'long','logicalType':'timestamp-millis'}},
            {'name':'ts_us','type':{'type':'long','logicalType':'timestamp-micros'}},
            {'name':'ts_ns','type':{'type':'long','logicalType':'timestamp-nanos'}},
            {'name':'local_ms','type':{'type':'long','logicalType':'local-timestamp-millis'}},
            {'name':'local_us','type':{'type':'long','logicalType':'local-timestamp-micros'}},
            {'name':'local_ns','type':{'type':'long','logicalType':'local-timestamp-nanos'}},
            {'name':'uuid_text','type':{'type':'string','logicalType':'uuid'}},
            {'name':'uuid_fixed','type':
              {'type':'fixed','name':'Uuid','size':16,'logicalType':'uuid'}},
            {'name':'a_duration','type':
              {'type':'fixed','name':'Span','size':12,'logicalType':'duration'}},
            {'name':'small','type':
              {'type':'bytes','logicalType':'decimal','precision':9,'scale':2}},
            {'name':'large','type':
              {'type':'bytes','logicalType':'decimal','precision':38,'scale':10}},
            {'name':'fixed_small','type':{'type':'fixed','name':'F5','size':5,
              'logicalType':'decimal','precision':11,'scale':0}},
            {'name':'fixed_large','type':{'type':'fixed','name':'F16','size':16,
              'logicalType':'decimal','precision':38,'scale':38}},
            {'name':'maybe','type':['null','long'],'default':null},
            {'name':'maybe_late','type':['string','null'],'default':''},
            {'name':'whole','type':['null','int','long']},
            {'name':'real','type':['float','double']},
            {'name':'any','type':['null','int','string',{'type':'record','name':'Point','fields':[
              {'name':'x','type':'double'},{'name':'y','type':['null','double']}]}]},
            {'name':'points','type':{'type':'array','items':'Point'}},
            {'name':'names','type':{'type':'array','items':['null','string']}},
            {'name':'grid','type':{'type':'array','items':{'type':'array','items':'int'}}},
            {'name':'counts','type':{'type':'map','values':'long'}},
            {'name':'places','type':{'type':'map','values':['null','Point']}},
            {'name':'nested','type':{'type':'record','name':'Outer','fields':[
              {'name':'id','type':'long'},
              {'name':'inner','type':{'type':'record','name':'Inner','fields':[
                {'name':'price','type':
                  {'type':'bytes','logicalType':'decimal','precision':20,'scale':4}},
                {'name':'seen','type':['null',
                  {'type':'long','logicalType':'timestamp-millis'}]}]}}]}}]}
          """);

  private final Random random;
  private int depth;

  public RandomRecords(long seed) {
    random = new Random(seed);
  }

  public GenericRecord next() {
    return (GenericRecord) value(ALL_TYPES);
  }

  /** Bytes that are, about as often, a good record, a damaged one, or none at all. */
  public byte[] damaged(byte[] good) {
    byte[] bytes = good.clone();
    switch (random.nextInt(5)) {
      case 0 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 1 -> bytes = java.util.Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(5));
      case 2 -> random.nextBytes(bytes);
      default -> {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
          bytes[10 + random.nextInt(bytes.length - 10)] = (byte) random.nextInt(256);
        }
      }
    }
    return bytes;
  }

  Object value(Schema schema) {
    return switch (schema.getType()) {
      case NULL -> null;
      case BOOLEAN -> random.nextBoolean();
      case INT -> random.nextInt() >> random.nextInt(32);
      case LONG -> time(schema);
      case FLOAT -> random.nextInt(8) == 0 ? Float.NaN : random.nextFloat() * 1000 - 500;
      case DOUBLE -> random.nextInt(8) == 0 ? -0.0 : random.nextGaussian() * 1e6;
      case BYTES -> ByteBuffer.wrap(bytes(schema, 1 + random.nextInt(12)));
      case FIXED -> new GenericData.Fixed(schema, bytes(schema, schema.getFixedSize()));
      case STRING -> text();
      case ENUM ->
          new GenericData.EnumSymbol(
              schema, schema.getEnumSymbols().get(random.nextInt(schema.getEnumSymbols().size())));
      case UNION -> value(schema.getTypes().get(random.nextInt(schema.getTypes().size())));
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        depth++;
        for (int i = random.nextInt(depth > 4 ? 1 : 4); i > 0; i--) {
          list.add(value(schema.getElementType()));
        }
        depth--;
        yield list;
      }
      case MAP -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(12); i > 0; i--) {
          map.put(text(), value(schema.getValueType()));
        }
        yield map;
      }
      case RECORD -> {
        GenericData.Record record = new GenericData.Record(schema);
        schema.getFields().forEach(field -> record.put(field.pos(), value(field.schema())));
        yield record;
      }
    };
  }

  private Object time(Schema schema) {
    String logical = schema.getProp("logicalType");
    boolean millis = logical != null && logical.endsWith("timestamp-millis");
    return (random.nextLong() >> random.nextInt(64)) / (millis ? 1000 : 1);
  }

  private byte[] bytes(Schema schema, int size) {
    byte[] bytes = new byte[size];
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal) {
      BigInteger limit = BigInteger.TEN.pow(decimal.getPrecision());
      BigInteger unscaled = new BigInteger(random.nextInt(128), random).mod(limit);
      if (random.nextBoolean()) {
        unscaled = unscaled.negate();
      }
      byte[] shortest = unscaled.toByteArray();
      if (schema.getType() == Schema.Type.BYTES) {
        return shortest;
      }
      java.util.Arrays.fill(bytes, (byte) (unscaled.signum() < 0 ? -1 : 0));
      System.arraycopy(shortest, 0, bytes, size - shortest.length, shortest.length);
      return bytes;
    }
    random.nextBytes(bytes);
    return bytes;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      text.appendCodePoint(
          switch (random.nextInt(8)) {
            case 0 -> 0xE4;
            case 1 -> 0x20AC;
            case 2 -> 0x1F600 + random.nextInt(50);
            default -> 'a' + random.nextInt(26);
          });
    }
    return text.toString();
  }
}
