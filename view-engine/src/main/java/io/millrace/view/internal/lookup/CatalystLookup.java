package io.millrace.view.internal.lookup;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.lookup.CompiledLookup;
import io.millrace.view.lookup.LookupEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VarcharType;

/**
 * A lookup's columns as Catalyst has them. Immutable.
 *
 * @param type of a row; key columns are not nullable
 * @param keyColumns which columns the key is of, in its order
 */
public record CatalystLookup(LookupDefinition definition, StructType type, List<Integer> keyColumns)
    implements CompiledLookup {
  /** Part of a version; raise it when the same bytes become other rows. */
  private static final String LAYOUT = "lookup 1";

  private static final int VERSION_BYTES = 8;

  /** As {@code LookupCompiler.compile}. */
  public static CatalystLookup compile(LookupDefinition lookup) {
    return SqlSettings.with(
        () -> {
          for (LookupDefinition.Column column : lookup.columns()) {
            problem(column)
                .ifPresent(
                    problem -> {
                      throw refused(lookup, problem);
                    });
          }
          List<Integer> key = key(lookup);
          StructType type = new StructType();
          for (int i = 0; i < lookup.columns().size(); i++) {
            LookupDefinition.Column column = lookup.columns().get(i);
            type = type.add(column.name(), parsed(column), !key.contains(i));
          }
          return new CatalystLookup(lookup, type, key);
        });
  }

  private static List<Integer> key(LookupDefinition lookup) {
    List<String> names =
        lookup.columns().stream().map(c -> c.name().toLowerCase(Locale.ROOT)).toList();
    if (names.stream().distinct().count() < names.size()) {
      throw refused(
          lookup, "found columns " + names + ", expected names that differ; rename one of them");
    }
    List<Integer> key = new ArrayList<>();
    for (String name : lookup.key()) {
      int i = names.indexOf(name.toLowerCase(Locale.ROOT));
      if (i < 0) {
        throw refused(
            lookup,
            "found key column " + name + ", expected one of " + names + "; correct the key");
      }
      if (key.contains(i)) {
        throw refused(lookup, "found key column " + name + " twice, expected it once; drop one");
      }
      LookupDefinition.Column column = lookup.columns().get(i);
      DataType type = SqlSettings.with(() -> parsed(column));
      if (type instanceof DoubleType || type instanceof FloatType) {
        throw refused(
            lookup,
            "found key column "
                + name
                + " of type "
                + column.type()
                + ", expected an exact type; declare it DECIMAL or STRING");
      }
      key.add(i);
    }
    if (key.isEmpty()) {
      throw refused(
          lookup, "found no key, expected key '…'; name the columns that tell rows apart");
    }
    return key;
  }

  private static DataType parsed(LookupDefinition.Column column) {
    return CatalystSqlParser$.MODULE$.parseDataType(column.type());
  }

  /** As {@code LookupCompiler.problem}. */
  public static Optional<String> problem(LookupDefinition.Column column) {
    DataType type;
    try {
      type = SqlSettings.with(() -> parsed(column));
    } catch (Exception e) {
      // Spark's, which is checked and not declared. Of a file whose types SQL has no name for.
      type = DataTypes.NullType;
    }
    boolean plain =
        type instanceof NumericType
            || isText(type)
            || type instanceof BooleanType
            || type instanceof BinaryType
            || type instanceof DateType
            || type instanceof TimestampType
            || type instanceof TimestampNTZType;
    return plain
        ? Optional.empty()
        : Optional.of(
            "found column "
                + column.name()
                + " of type "
                + column.type()
                + ", expected a number, STRING, BOOLEAN, BINARY, DATE or TIMESTAMP; declare the columns without it, or"
                + " keep its parts in columns of their own");
  }

  /** Not CHAR and VARCHAR, whose lengths would be held by nobody. */
  private static boolean isText(DataType type) {
    return type instanceof StringType string
        && string.supportsBinaryEquality()
        && !(type instanceof CharType)
        && !(type instanceof VarcharType);
  }

  /** As {@code LookupCompiler.version}. */
  public static String version(
      LookupDefinition.Format format,
      List<String> key,
      List<LookupDefinition.Column> columns,
      Map<String, String> options) {
    StringBuilder text = new StringBuilder(LAYOUT).append('\n').append(format).append('\n');
    text.append(key).append('\n');
    columns.forEach(c -> text.append(c.name()).append('\n').append(c.type()).append('\n'));
    new TreeMap<>(options).forEach((k, v) -> text.append(k).append('\n').append(v).append('\n'));
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, VERSION_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of the key columns, in the key's order. */
  public KeyCodec keyCodec() {
    StructField[] fields = type.fields();
    return new KeyCodec(keyColumns.stream().map(i -> fields[i].dataType()).toList());
  }

  @Override
  public LookupEncoder newEncoder() {
    return SqlSettings.with(() -> new CatalystEncoder(this));
  }

  private static MillraceException refused(LookupDefinition lookup, String problem) {
    return new MillraceException(
        ErrorCode.INVALID_SQL, "cannot create table " + lookup.name() + ": " + problem);
  }
}
