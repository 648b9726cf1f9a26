package io.millrace.launcher.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import io.millrace.launcher.produce.row.BadRowException;
import io.millrace.launcher.produce.row.Row;
import io.millrace.launcher.produce.row.RowReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files to records: readers, mappings and values together. */
final class ProduceTest {
  private static final String MAPPING =
      """
      fields:
        invoice: InvoiceNo
        cancelled: {column: InvoiceNo, starts-with: C}
        amount: {product: [Quantity, UnitPrice]}
        rounded: {column: UnitPrice, round: 1}
        customer_id: CustomerID
        country: {column: Country, null-when: [Unspecified]}
        currency: {constant: GBP}
        invoiced_at: {column: InvoiceDate, timestamp: "yyyy-MM-dd HH:mm:ss", zone: Europe/Berlin}
      """;
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Line", "fields": [
                {"name": "invoice", "type": "string"},
                {"name": "cancelled", "type": "boolean"},
                {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 3}},
                {"name": "rounded", "type": "double"},
                {"name": "customer_id", "type": ["null", "long"], "default": null},
                {"name": "country", "type": ["null", "string"], "default": null},
                {"name": "currency", "type": {"type": "enum", "name": "C", "symbols": ["EUR", "GBP"]}},
                {"name": "invoiced_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
              ]}
              """);
  private static final String HEADER =
      "InvoiceNo,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

  @TempDir private Path dir;

  @Test
  void shouldMapColumnsToFields() throws Exception {
    Path file =
        write("a.csv", HEADER + "C536379,-3,2010-12-01 09:41:00,27.55,14527.0,United Kingdom\n");

    GenericData.Record record = all(file, mapping(MAPPING)).get(0);

    assertThat(record.get("invoice")).isEqualTo("C536379");
    assertThat(record.get("cancelled")).isEqualTo(true);
    assertThat(decimal(record, "amount")).isEqualTo(-82_650);
    assertThat(record.get("rounded")).isEqualTo(27.6);
    assertThat(record.get("customer_id")).isEqualTo(14_527L);
    assertThat(record.get("country")).isEqualTo("United Kingdom");
    assertThat(record.get("currency")).hasToString("GBP");
    assertThat(record.get("invoiced_at"))
        .isEqualTo(Instant.parse("2010-12-01T08:41:00Z").toEpochMilli());
    assertThat(GenericData.get().validate(SCHEMA, record)).isTrue();
  }

  @Test
  void shouldTakeEmptyCellsForNullWhereTheSchemaHasNull() throws Exception {
    Path file = write("a.csv", HEADER + "536379,1,2010-12-01 09:41:00,1,,Unspecified\n");

    GenericData.Record record = all(file, mapping(MAPPING)).get(0);

    assertThat(record.get("customer_id")).isNull();
    assertThat(record.get("country")).isNull();
    assertThat(record.get("cancelled")).isEqualTo(false);
  }

  @Test
  void shouldNameLineFieldValueAndTypeOfABadRowAndGoOn() throws Exception {
    Path file =
        write(
            "a.csv",
            HEADER
                + "1,one,2010-12-01 09:41:00,1,,x\n"
                + "2,1,yesterday,1,,x\n"
                + "3,1,2010-12-01 09:41:00,1.0001,,x\n"
                + "4,1,2010-12-01 09:41:00,1\n"
                + "5,1,2010-12-01 09:41:00,1,12.5,x\n"
                + "6,1,2010-12-01 09:41:00,1,,x\n");

    List<String> problems = new ArrayList<>();
    List<GenericData.Record> records = all(file, mapping(MAPPING), problems);

    assertThat(records).extracting(record -> record.get("invoice")).containsExactly("6");
    assertThat(problems)
        .containsExactly(
            "line 2: Quantity: found 'one', expected a number",
            "line 3: InvoiceDate: found 'yesterday', expected another form of time",
            "line 4: amount: found '1.0001', expected a decimal(14,3)",
            "line 5: found 4 columns, expected 6",
            "line 6: customer_id: found '12.5', expected a long");
  }

  @Test
  void shouldReadQuotedCellsTabsAndGzip() throws Exception {
    Schema schema =
        new Schema.Parser()
            .parse(
                """
                {"type": "record", "name": "T", "fields": [
                  {"name": "item_id", "type": "long"}, {"name": "text", "type": "string"}]}
                """);
    Path tsv = write("a.tsv", "ItemId\ttext\n7\ta b\n");
    Path csv = write("b.csv", "item_id,text\n8,\"a, \"\"b\"\"\nc\"\n");
    Path gz = dir.resolve("c.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gz))) {
      out.write("ITEM_ID,text\n9,z\n".getBytes(StandardCharsets.UTF_8));
    }

    assertThat(all(tsv, Mapping.byName(), schema, new ArrayList<>()))
        .hasToString("[{\"item_id\": 7, \"text\": \"a b\"}]");
    assertThat(all(csv, Mapping.byName(), schema, new ArrayList<>()).get(0).get("text"))
        .isEqualTo("a, \"b\"\nc");
    assertThat(all(gz, Mapping.byName(), schema, new ArrayList<>()).get(0).get("item_id"))
        .isEqualTo(9L);
  }

  @Test
  void shouldReadNestedJsonLines() throws Exception {
    Schema schema =
        new Schema.Parser()
            .parse(
                """
                {"type": "record", "name": "J", "fields": [
                  {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                  {"name": "tags", "type": {"type": "array", "items": "string"}},
                  {"name": "by", "type": ["null", {"type": "record", "name": "By", "fields": [
                    {"name": "name", "type": "string"}, {"name": "age", "type": ["null", "int"], "default": null}]}]},
                  {"name": "sizes", "type": {"type": "map", "values": "double"}}]}
                """);
    Path file =
        write(
            "a.jsonl",
            """
            {"at": "2015-09-12T00:46:58.771Z", "tags": ["a", "b"], "by": {"name": "x"}, "sizes": {"m": 1.5}}

            {"at": 5, "tags": [], "by": null, "sizes": {}}
            not json
            """);

    List<String> problems = new ArrayList<>();
    List<GenericData.Record> records = all(file, Mapping.byName(), schema, problems);

    assertThat(records).hasSize(2);
    assertThat(records.get(0).get("at")).isEqualTo(1_442_018_818_771_000L);
    assertThat(records.get(0))
        .hasToString(
            "{\"at\": 1442018818771000, \"tags\": [\"a\", \"b\"], "
                + "\"by\": {\"name\": \"x\", \"age\": null}, \"sizes\": {\"m\": 1.5}}");
    assertThat(records.get(1).get("by")).isNull();
    assertThat(problems).singleElement().asString().startsWith("line 4: Unrecognized token 'not'");
  }

  @Test
  void shouldRefuseADayThatNoMonthHas() throws Exception {
    Path file =
        write(
            "a.csv",
            HEADER
                + "1,1,2010-02-30 09:41:00,1,,x\n2,1,2010-02-28 09:41:00,1,,x\n"
                + "3,1,2011-04-31 09:41:00,1,,x\n");

    List<String> problems = new ArrayList<>();
    List<GenericData.Record> records = all(file, mapping(MAPPING), problems);

    assertThat(records).extracting(record -> record.get("invoice")).containsExactly("2");
    assertThat(problems)
        .containsExactly(
            "line 2: InvoiceDate: found '2010-02-30 09:41:00', expected another form of time",
            "line 4: InvoiceDate: found '2011-04-31 09:41:00', expected another form of time");
  }

  @Test
  void shouldSayEveryFieldThatHasNoColumn() throws Exception {
    Path file = write("a.csv", "InvoiceNo,Quantity\n1,2\n");

    assertThatThrownBy(() -> all(file, mapping("fields: {invoice: InvoiceNo, sum: Quantity}")))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot map the file to Line:")
        .hasMessageContaining("sum: found no such field in the schema, expected one of [invoice,")
        .hasMessageContaining("cancelled: found no column of this name, expected one or a mapping")
        .hasMessageEndingWith("write a mapping and name it by --mapping");
  }

  @Test
  void shouldSayEveryProblemOfAMapping() throws IOException {
    assertThatThrownBy(() -> mapping("field: {}\nfields:\n  a: {colum: b}\n  c: 5\n"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining(
            "the mapping: found 'field', expected one of [fields, key, separator]")
        .hasMessageContaining("a: found 'colum', expected one of [column, constant, null-when,")
        .hasMessageContaining("a: found none of column, constant, product; expected one")
        .hasMessageContaining("c: found 5, expected a column's name or a rule");
  }

  @Test
  void shouldReadTheMappingsOfTheExamples() throws IOException {
    Path real = Path.of("..", "examples", "real");
    for (String name : List.of("retail", "payments", "clicks")) {
      Mapping mapping = Mapping.load(real.resolve(name + ".yml"));
      try (var files = Files.list(real.resolve(name))) {
        Path schemaFile =
            files.filter(file -> file.toString().endsWith(".avsc")).findFirst().orElseThrow();
        Schema schema = new Schema.Parser().parse(schemaFile.toFile());
        assertThat(mapping.fields().keySet())
            .containsExactlyElementsOf(
                schema.getFields().stream().map(Schema.Field::name).toList());
      }
    }
  }

  private static long decimal(GenericData.Record record, String field) {
    ByteBuffer bytes = (ByteBuffer) record.get(field);
    return new java.math.BigInteger(bytes.array()).longValue();
  }

  private Mapping mapping(String text) throws IOException {
    return Mapping.load(write("mapping.yml", text));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  private static List<GenericData.Record> all(Path file, Mapping mapping) {
    List<String> problems = new ArrayList<>();
    List<GenericData.Record> records = all(file, mapping, problems);
    assertThat(problems).isEmpty();
    return records;
  }

  private static List<GenericData.Record> all(Path file, Mapping mapping, List<String> problems) {
    return all(file, mapping, SCHEMA, problems);
  }

  private static List<GenericData.Record> all(
      Path file, Mapping mapping, Schema schema, List<String> problems) {
    List<GenericData.Record> records = new ArrayList<>();
    RecordMaker maker = null;
    try (RowReader rows = RowReader.open(file, mapping.separator())) {
      while (true) {
        try {
          Optional<Row> row = rows.next();
          if (row.isEmpty()) {
            return records;
          }
          if (maker == null) {
            maker = RecordMaker.of(schema, mapping, row.get());
          }
          records.add(maker.make(row.get()));
        } catch (BadRowException e) {
          problems.add(e.getMessage());
        }
      }
    }
  }
}
