package io.millrace.view.internal.avro.read;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.avro.Resolver;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Makes the reader of values written with one schema and wanted in another.
 *
 * <p>What is done with each part is what Avro's own {@link Resolver} says: aliases, promotions,
 * defaults, reordered and dropped fields. Logical types, which Avro's resolution does not look at,
 * are added here ({@link Logical#reads}).
 */
public final class ReaderCompiler {
  /** A model without conversions, whoever registers some elsewhere. */
  private static final GenericData MODEL = new GenericData();

  private ReaderCompiler() {}

  /**
   * The reader of a whole record. Parts that cannot be resolved reject the records that have them.
   *
   * @param reader a record schema that {@link AvroTypes#rowType} takes
   * @throws RuntimeException of Avro, if the schemas cannot be resolved at all
   */
  public static CompoundReaders.Fields record(Schema writer, Schema reader) {
    Resolver.Action action = Resolver.resolve(writer, reader, MODEL);
    if (action instanceof Resolver.RecordAdjust record) {
      return fields(record);
    }
    String reason =
        action instanceof Resolver.ErrorAction error
            ? error.toString()
            : "found " + writer.getType().getName() + " at the top, expected a record";
    return unreadable(reason);
  }

  /** A reader that rejects every record. */
  public static CompoundReaders.Fields unreadable(String reason) {
    CompoundReaders.Step refuse =
        new CompoundReaders.Step("", 0, new CompoundReaders.Unreadable(reason), null);
    return new CompoundReaders.Fields(1, new CompoundReaders.Step[] {refuse});
  }

  /**
   * @param reader the schema whose {@link AvroTypes} type is wanted, of which the action's may be
   *     one branch
   */
  private static ValueReader compile(Resolver.Action action, Schema reader) {
    return switch (action.type) {
      case DO_NOTHING, PROMOTE -> primitive(action.writer, reader);
      case ERROR -> new CompoundReaders.Unreadable(((Resolver.ErrorAction) action).toString());
      case ENUM -> symbols((Resolver.EnumAdjust) action);
      case RECORD -> fields((Resolver.RecordAdjust) action);
      case CONTAINER -> container((Resolver.Container) action);
      case READER_UNION -> {
        Resolver.ReaderUnion union = (Resolver.ReaderUnion) action;
        yield branch(union.actualAction, reader, union.firstMatch);
      }
      case WRITER_UNION -> {
        Resolver.WriterUnion union = (Resolver.WriterUnion) action;
        ValueReader[] branches = new ValueReader[union.actions.length];
        for (int i = 0; i < branches.length; i++) {
          branches[i] =
              union.unionEquiv
                  ? branch(union.actions[i], reader, i)
                  : compile(union.actions[i], reader);
        }
        yield new CompoundReaders.Union(branches);
      }
      case SKIP -> throw new IllegalStateException("a skipped field has no reader");
    };
  }

  /** A value that is branch {@code index} of the reader's union. */
  private static ValueReader branch(Resolver.Action action, Schema union, int index) {
    Schema member = union.getTypes().get(index);
    ValueReader value = compile(action, member);
    UnionShape shape = UnionShape.of(union);
    if (member.getType() == Schema.Type.NULL) {
      return value;
    }
    return switch (shape.kind()) {
      case EMPTY, SINGLE -> value;
      case LONG -> member.getType() == Schema.Type.INT ? PrimitiveReaders.INT_AS_LONG : value;
      case DOUBLE ->
          member.getType() == Schema.Type.FLOAT ? PrimitiveReaders.asDouble(value) : value;
      case STRUCT ->
          new CompoundReaders.Member(
              value, shape.members().indexOf(member), shape.members().size());
    };
  }

  private static ValueReader container(Resolver.Container action) {
    if (action.writer.getType() == Schema.Type.ARRAY) {
      return new CompoundReaders.Array(
          compile(action.elementAction, action.reader.getElementType()),
          MinimalSize.of(action.writer.getElementType()));
    }
    return new CompoundReaders.MapOf(
        compile(action.elementAction, action.reader.getValueType()),
        MinimalSize.of(action.writer.getValueType()));
  }

  private static ValueReader symbols(Resolver.EnumAdjust action) {
    List<String> written = action.writer.getEnumSymbols();
    List<String> known = action.reader.getEnumSymbols();
    Object[] symbols = new Object[written.size()];
    for (int i = 0; i < symbols.length; i++) {
      int ordinal = action.adjustments[i];
      symbols[i] = ordinal < 0 ? null : UTF8String.fromString(known.get(ordinal));
    }
    return new CompoundReaders.Enum(symbols, written.toArray(new String[0]));
  }

  private static CompoundReaders.Fields fields(Resolver.RecordAdjust action) {
    int written = action.fieldActions.length;
    int defaults = action.readerOrder.length - action.firstDefault;
    CompoundReaders.Step[] steps = new CompoundReaders.Step[written + defaults];
    int next = 0;
    for (int i = 0; i < written; i++) {
      Resolver.Action field = action.fieldActions[i];
      if (field.type == Resolver.Action.Type.SKIP) {
        String name = action.writer.getFields().get(i).name();
        steps[i] = new CompoundReaders.Step(name, -1, null, Skipper.of(field.writer));
      } else {
        Schema.Field target = action.readerOrder[next++];
        steps[i] =
            new CompoundReaders.Step(
                target.name(), target.pos(), compile(field, target.schema()), null);
      }
    }
    for (int i = 0; i < defaults; i++) {
      Schema.Field target = action.readerOrder[action.firstDefault + i];
      Object value = defaultValue(target);
      steps[written + i] =
          new CompoundReaders.Step(
              target.name(), target.pos(), new CompoundReaders.Constant(value), null);
    }
    return new CompoundReaders.Fields(action.reader.getFields().size(), steps);
  }

  /** The Catalyst value of a field's default. */
  public static Object defaultValue(Schema.Field field) {
    Schema schema = field.schema();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<Object>(schema, MODEL).write(MODEL.getDefaultValue(field), encoder);
      encoder.flush();
      AvroInput in = new AvroInput();
      in.reset(bytes.toByteArray(), 0);
      return compile(Resolver.resolve(schema, schema, MODEL), schema).read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (io.millrace.view.RejectedRecordException e) {
      throw new org.apache.avro.AvroTypeException(
          "the default of field " + field.name() + " is not of its type: " + e.getMessage(), e);
    }
  }

  private static ValueReader primitive(Schema writer, Schema reader) {
    Logical from = Logical.of(writer);
    Logical to = Logical.of(reader);
    if (!readable(writer, from, reader, to)) {
      return new CompoundReaders.Unreadable(
          "found " + describe(writer, from) + ", expected " + describe(reader, to));
    }
    boolean ints = writer.getType() == Schema.Type.INT;
    return switch (reader.getType()) {
      case NULL -> PrimitiveReaders.NULL;
      case BOOLEAN -> PrimitiveReaders.BOOLEAN;
      case INT -> PrimitiveReaders.INT;
      case LONG -> PrimitiveReaders.scaled(factor(from, to), ints);
      case FLOAT ->
          writer.getType() == Schema.Type.FLOAT
              ? PrimitiveReaders.FLOAT
              : PrimitiveReaders.asFloat(ints ? PrimitiveReaders.INT : PrimitiveReaders.LONG);
      case DOUBLE ->
          switch (writer.getType()) {
            case DOUBLE -> PrimitiveReaders.DOUBLE;
            case FLOAT -> PrimitiveReaders.asDouble(PrimitiveReaders.FLOAT);
            default ->
                PrimitiveReaders.asDouble(ints ? PrimitiveReaders.INT : PrimitiveReaders.LONG);
          };
      case STRING -> PrimitiveReaders.STRING;
      case BYTES ->
          to.kind() == Logical.Kind.DECIMAL ? decimal(-1, from, to) : PrimitiveReaders.BYTES;
      case FIXED ->
          switch (to.kind()) {
            case DECIMAL -> decimal(reader.getFixedSize(), from, to);
            case UUID -> PrimitiveReaders.UUID_BYTES;
            default -> PrimitiveReaders.fixed(reader.getFixedSize());
          };
      default -> throw new IllegalStateException("not primitive: " + reader);
    };
  }

  /**
   * Whether values of one primitive type, given that Avro's types match, can be read as another.
   */
  public static boolean readable(Schema writer, Logical from, Schema reader, Logical to) {
    boolean bytesAsText =
        writer.getType() != reader.getType()
            && (reader.getType() == Schema.Type.STRING || reader.getType() == Schema.Type.BYTES);
    if (bytesAsText) {
      return from.kind() == Logical.Kind.NONE && to.kind() == Logical.Kind.NONE;
    }
    return to.reads(from);
  }

  public static String describe(Schema schema, Logical logical) {
    String name = schema.getType().getName();
    return logical.kind() == Logical.Kind.NONE ? name : name + " " + logical;
  }

  private static long factor(Logical from, Logical to) {
    if (to.kind() == Logical.Kind.TIME_MICROS) {
      return from.kind() == Logical.Kind.TIME_MILLIS ? 1000 : 1;
    }
    if (to.microsPerUnit() == 0) {
      return 1;
    }
    return from.kind() == Logical.Kind.NONE ? to.microsPerUnit() : from.microsPerUnit();
  }

  private static ValueReader decimal(int fixedSize, Logical from, Logical to) {
    int scaleUp = from.kind() == Logical.Kind.DECIMAL ? to.scale() - from.scale() : 0;
    return new DecimalReader(fixedSize, to.precision(), to.scale(), scaleUp);
  }
}
