package io.millrace.view.internal.avro.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.avro.RandomRecords;
import io.millrace.view.internal.avro.Values;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

final class AvroTypesTest {
  @Test
  void shouldGiveTheSparkTypesOfAllAvroTypes() {
    StructType type = AvroTypes.rowType(RandomRecords.ALL_TYPES);

    assertThat(type.toDDL().replace("\n", ""))
        .isEqualTo(
            "a_boolean BOOLEAN,an_int INT,a_long BIGINT,a_float FLOAT,a_double DOUBLE,"
                + "some_bytes BINARY,a_string STRING,an_enum STRING,a_fixed BINARY,a_date DATE,"
                + "time_ms INT,time_us BIGINT,ts_ms TIMESTAMP,ts_us TIMESTAMP,ts_ns BIGINT,"
                + "local_ms TIMESTAMP_NTZ,local_us TIMESTAMP_NTZ,local_ns BIGINT,uuid_text STRING,"
                + "uuid_fixed STRING,a_duration BINARY,small DECIMAL(9,2),large DECIMAL(38,10),"
                + "fixed_small DECIMAL(11,0),fixed_large DECIMAL(38,38),maybe BIGINT,"
                + "maybe_late STRING,whole BIGINT,real DOUBLE,"
                + "any STRUCT<member0: INT, member1: STRING, member2: STRUCT<x: DOUBLE, y: DOUBLE>>,"
                + "points ARRAY<STRUCT<x: DOUBLE, y: DOUBLE>>,names ARRAY<STRING>,"
                + "grid ARRAY<ARRAY<INT>>,counts MAP<STRING, BIGINT>,"
                + "places MAP<STRING, STRUCT<x: DOUBLE, y: DOUBLE>>,"
                + "nested STRUCT<id: BIGINT, inner: STRUCT<price: DECIMAL(20,4), seen: TIMESTAMP>>,"
                + "kafka_partition INT,kafka_offset BIGINT,kafka_timestamp TIMESTAMP");
  }

  @Test
  void shouldSayWhatCannotBeAColumn() {
    assertRefused(
        "[{'name':'kafka_offset','type':'long'}]",
        "SCHEMA_INVALID",
        "cannot use the schema: found a field kafka_offset, expected another name, as every source"
            + " has a column of this one; rename it");
    assertRefused(
        "[{'name':'_key','type':'long'}]",
        "SCHEMA_INVALID",
        "cannot use the schema: found a field _key, expected names that start with a letter, as _"
            + " starts Millrace's own columns; rename it");
    assertRefused(
        "[{'name':'a','type':'long'},{'name':'A','type':'long'}]",
        "SCHEMA_INVALID",
        "cannot use the schema: found fields a and A, expected names that differ in more than case;"
            + " rename one");
    assertRefused(
        "[{'name':'next','type':['null','R']}]",
        "NOT_SUPPORTED",
        "cannot use the schema: found record R at next inside itself, expected a type of finite"
            + " depth; flatten it");
    assertRefused(
        "[{'name':'p','type':{'type':'bytes','logicalType':'decimal','scale':2}}]",
        "SCHEMA_INVALID",
        "cannot use the schema: found logical type decimal at p on bytes with wrong or missing"
            + " attributes, expected what Avro defines for it");
    assertRefused(
        "[{'name':'p','type':{'type':'bytes','logicalType':'decimal','precision':39}}]",
        "NOT_SUPPORTED",
        "cannot use the schema: found decimal(39,0) at p, expected at most 38 digits");
    assertRefused(
        "[{'name':'n','type':'null'}]",
        "NOT_SUPPORTED",
        "cannot use the schema: found type null alone at n, expected a type; write [\"null\", …] or"
            + " drop it");
    assertRefused("[]", "NOT_SUPPORTED", "cannot use the schema: found record R without fields");
  }

  private static void assertRefused(String fields, String code, String message) {
    assertThatThrownBy(
            () ->
                AvroTypes.rowType(
                    Values.schema("{'type':'record','name':'R','fields':" + fields + "}")))
        .isInstanceOf(MillraceException.class)
        .hasMessage(message)
        .extracting(e -> ((MillraceException) e).code().name())
        .isEqualTo(code);
  }
}
