package io.millrace.batch.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.batch.Orders;
import io.millrace.control.model.SourceDefinition;
import io.millrace.view.spark.SparkViews;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.iceberg.expressions.Literal;
import org.junit.jupiter.api.Test;

class ColumnDefaultsTest {
  @Test
  void shouldGiveEveryPlainDefaultInTheColumnsType() {
    assertThat(value("'boolean'", "true")).isEqualTo(true);
    assertThat(value("'int'", "7")).isEqualTo(7);
    assertThat(value("'long'", "7")).isEqualTo(7L);
    assertThat(value("'float'", "0.5")).isEqualTo(0.5f);
    assertThat(value("'double'", "0.1")).isEqualTo(0.1);
    assertThat(value("'string'", "'DE'")).hasToString("DE");
    assertThat(value("['string','null']", "'DE'")).hasToString("DE");
    assertThat(value("{'type':'enum','name':'E','symbols':['A','B']}", "'B'")).hasToString("B");
    assertThat(value("'bytes'", "'\\u0001\\u0002'")).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
    assertThat(value("{'type':'int','logicalType':'date'}", "10")).isEqualTo(10);
    assertThat(value("{'type':'long','logicalType':'timestamp-millis'}", "1500"))
        .isEqualTo(1_500_000L);
    assertThat(value("{'type':'long','logicalType':'timestamp-micros'}", "1500")).isEqualTo(1_500L);
    assertThat(
            value("{'type':'bytes','logicalType':'decimal','precision':9,'scale':2}", "'\\u0001'"))
        .isEqualTo(new BigDecimal("0.01"));
  }

  @Test
  void shouldGiveNoneForNull() {
    assertThat(literal("['null','string']", "null")).isNull();
  }

  private static Object value(String type, String value) {
    return literal(type, value).value();
  }

  private static Literal<?> literal(String type, String value) {
    String schema =
        ("{'type':'record','name':'R','fields':[{'name':'f','type':" + type + ",'default':" + value)
                .replace('\'', '"')
            + "}]}";
    SourceDefinition source = Orders.source("t", schema, List.of(schema));
    return ColumnDefaults.of(source, LakeSchema.of(SparkViews.sourceSchema(source))).get("f");
  }
}
