package io.millrace.view.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.ApplicationException;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ApplicationFolderTest {
  private static final String ORDER =
      """
      {'type':'record','name':'Order','namespace':'shop','fields':[
        {'name':'id','type':'long'},
        {'name':'category','type':['null','string'],'default':null},
        {'name':'amount','type':{'type':'bytes','logicalType':'decimal','precision':12,'scale':2}},
        {'name':'status','type':'string'},
        {'name':'ordered_at','type':{'type':'long','logicalType':'timestamp-millis'}}EXTRA]}
      """;
  private static final String TABLE =
      "CREATE TABLE orders USING kafka OPTIONS (topic 'shop.orders', schema 'order.avsc');\n";

  @TempDir Path folder;

  /** The lines of the guide and of the decisions that name the property. */
  @Test
  void shouldTakeWhatTheDocumentsPromiseOfAudits() {
    schema("order.avsc", "");
    file("1.sql", TABLE);
    for (String audit : List.of("report", "stop", "REPORT")) {
      file(
          "2.sql",
          "CREATE VIEW n TBLPROPERTIES ('audit' = '%s') AS SELECT count(*) AS n FROM orders"
              .formatted(audit));
      assertThat(ApplicationFolder.load(folder, Map.of()).views().get(0).properties())
          .isEqualTo(Map.of("audit", audit));
    }
    file(
        "2.sql",
        "CREATE VIEW n TBLPROPERTIES ('audit' = 'off') AS SELECT count(*) AS n FROM orders");
    assertThatThrownBy(() -> ApplicationFolder.load(folder, Map.of()))
        .hasMessageContaining("found audit 'off', expected one of [stop, report]");
  }

  @Test
  void shouldReadTablesAndViewsInTheOrderOfTheirStatements() {
    schema("order.avsc", "");
    file(
        "1-tables.sql",
        """
        -- Where orders come from; this ; is no end
        CREATE TABLE Orders USING kafka OPTIONS (topic 'shop.orders', schema 'order.avsc',
          partitions '6');
        /* ; */
        CREATE TABLE refunds USING kafka
        OPTIONS (topic 'a.b', schema 'order.avsc', format 'registry', registry.url 'http://r:80/x/');
        """);
    file(
        "2-views.sql",
        """
        CREATE VIEW sales_by_month COMMENT 'Monthly; sales' TBLPROPERTIES ('schedule' = '0 0 6 * * ?')
        AS SELECT category, date_trunc('MONTH', ordered_at) AS month, count(*) AS orders
           FROM orders WHERE status <> ';' GROUP BY ALL;
        CREATE OR REPLACE VIEW total AS WITH paid AS (SELECT * FROM orders) SELECT count(*) AS n FROM paid
        """);

    ApplicationFolder application = ApplicationFolder.load(folder, Map.of());

    assertThat(application.sources())
        .extracting(SourceDefinition::name)
        .containsExactly("orders", "refunds");
    SourceDefinition orders = application.sources().get(0);
    assertThat(orders.topic()).isEqualTo("shop.orders");
    assertThat(orders.format()).isEqualTo(ValueFormat.SINGLE_OBJECT);
    assertThat(orders.version()).matches("[0-9a-f]{16}");
    assertThat(orders.options()).isEqualTo(Map.of("partitions", "6"));
    assertThat(orders.writerSchemas()).hasSize(1);
    SourceDefinition refunds = application.sources().get(1);
    assertThat(refunds.format()).isEqualTo(ValueFormat.REGISTRY);
    assertThat(refunds.registryUrl()).contains("http://r:80/x");
    assertThat(application.views())
        .extracting(ViewDefinition::name)
        .containsExactly("sales_by_month", "total");
    ViewDefinition sales = application.views().get(0);
    assertThat(sales.comment()).isEqualTo("Monthly; sales");
    assertThat(sales.schedule()).contains("0 0 6 * * ?");
    assertThat(sales.sql()).startsWith("SELECT category").endsWith("GROUP BY ALL");
    assertThat(sales.source()).isEqualTo(orders);
    assertThat(ViewCompiler.compile(sales).columns()).hasSize(3);
  }

  @Test
  void shouldGiveTheSameVersionsForTheSameFolder() {
    schema("order.avsc", "");
    file("shop.sql", TABLE + "CREATE VIEW n AS SELECT count(*) AS n FROM orders");
    ApplicationFolder first = ApplicationFolder.load(folder, Map.of());

    ApplicationFolder again = ApplicationFolder.load(folder, byName(first));

    assertThat(again).isEqualTo(first);
  }

  @Test
  void shouldReportEveryProblemWithItsPlace() {
    schema("order.avsc", "");
    file("broken.avsc", "{'type':'recrod'}");
    file(
        "shop.sql",
        """
        CREATE TABLE orders USING kafka OPTIONS (topic 'shop.orders', shema 'order.avsc');
        CREATE TABLE other USING kafka OPTIONS (topic 'other', schema 'ordr.avsc');
        CREATE TABLE orc USING orc OPTIONS (topic 'other', schema 'order.avsc');
        CREATE TABLE good USING kafka OPTIONS (topic 'shop.orders', schema 'order.avsc');
        CREATE VIEW good AS SELECT count(*) FROM good;
        CREATE VIEW a TBLPROPERTIES ('schedul' = '0 0 6 * * ?') AS SELECT count(*) AS n FROM good;
        CREATE VIEW b TBLPROPERTIES ('schedule' = 'daily') AS SELECT count(*) AS n FROM good;
        CREATE VIEW c AS
          SELECT statsu, count(*) AS n
          FROM good GROUP BY 1;
        DROP TABLE good;
        """);

    assertThat(problems(Map.of()))
        .satisfiesExactly(
            p -> {
              assertThat(p.code()).isEqualTo(ErrorCode.INVALID_SQL);
              assertThat(p)
                  .hasMessage(
                      "shop.sql:1:63: cannot create table orders: found option shema, which is"
                          + " unknown; did you mean schema?");
            },
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:3:14: cannot create table orc: found USING orc, expected USING"
                            + " kafka; write CREATE TABLE orc USING kafka OPTIONS (topic '…',"
                            + " schema '….avsc'), or of a file USING csv, json, parquet or iceberg"
                            + " OPTIONS (path '…', key '…')"),
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:5:13: cannot create good: found the name at shop.sql:4:14"
                            + " already; choose another"),
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:6:30: cannot create view a: found property schedul, which is"
                            + " unknown; did you mean schedule?"),
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:7:43: cannot create view b: found schedule 'daily' of 1 fields,"
                            + " expected a cron expression of 6 or 7 (seconds first), such as"
                            + " '0 0 6 * * ?'"),
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:11:1: cannot apply this statement: expected CREATE TABLE … USING"
                            + " kafka OPTIONS (…) or CREATE VIEW … AS SELECT …; move it elsewhere"),
            p -> {
              assertThat(p.code()).isEqualTo(ErrorCode.SCHEMA_INVALID);
              assertThat(p).hasMessageStartingWith("broken.avsc: cannot read the schema: found ");
            },
            p -> {
              assertThat(p.code()).isEqualTo(ErrorCode.SCHEMA_MISSING);
              assertThat(p)
                  .hasMessage(
                      "shop.sql:2:63: cannot find the schema: found no file "
                          + folder.resolve("ordr.avsc")
                          + ", expected an Avro schema there; the folder has order.avsc");
            },
            p -> {
              assertThat(p.code()).isEqualTo(ErrorCode.UNKNOWN_COLUMN);
              assertThat(p).hasMessageStartingWith("shop.sql:9:10: cannot compile view c: ");
              assertThat(p).hasMessageContaining("statsu").hasMessageContaining("status");
            });
  }

  @Test
  void shouldReportEveryMistakeOfAFolderAtOnce() {
    schema("order.avsc", "");
    file("odd.avsc", ORDER.replace("EXTRA", ",{'name':'kafka_offset','type':'long'}"));
    StringBuilder sql =
        new StringBuilder(
            "CREATE TABLE orders USING kafka OPTIONS (topic 'a/b', schema 'order.avsc', shema 'x',"
                + " partitions 'many', format 'json');\n"
                + "CREATE TABLE odd USING kafka OPTIONS (topic 'odd', schema 'odd.avsc');\n");
    for (int i = 0; i < 10; i++) {
      sql.append("CREATE VIEW v%d AS SELECT no_such_%d, count(*) FROM orders;\n".formatted(i, i));
    }
    sql.append(
        "CREATE VIEW w (a) TBLPROPERTIES ('x' = 'y', 'schedule' = 'daily') AS SELECT"
            + " first(id) AS f, count(DISTINCT id) AS d, rand() AS r FROM orders;\n"
            + "CREATE VIEW orders AS SELECT nothing, count(*) FROM orders;\n"
            + "CREATE VIEW z AS SELECT count(*) FROM nowhere;\n"
            + "DROP VIEW z;\n");
    file("shop.sql", sql.toString());

    assertThat(problems(Map.of()))
        .extracting(p -> p.getMessage().replaceFirst(".*?(found|expected) ", ""))
        .satisfiesExactlyInAnyOrder(
            starts("topic 'a/b'"),
            starts("option shema"),
            starts("partitions many"),
            starts("format 'json'"),
            starts("a field kafka_offset"),
            starts("unknown column `no_such_0`"),
            starts("unknown column `no_such_1`"),
            starts("unknown column `no_such_2`"),
            starts("unknown column `no_such_3`"),
            starts("unknown column `no_such_4`"),
            starts("unknown column `no_such_5`"),
            starts("unknown column `no_such_6`"),
            starts("unknown column `no_such_7`"),
            starts("unknown column `no_such_8`"),
            starts("unknown column `no_such_9`"),
            starts("a list of columns"),
            starts("property x"),
            starts("schedule 'daily'"),
            starts("`first(id)`"),
            starts("`count(DISTINCT id)`"),
            starts("non-deterministic `rand()`"),
            starts("the name at shop.sql:1:14"),
            starts("unknown column `nothing`"),
            starts("table nowhere"),
            starts("CREATE TABLE … USING kafka"));
  }

  private static java.util.function.Consumer<String> starts(String text) {
    return message -> assertThat(message).startsWith(text);
  }

  @Test
  void shouldCheckViewsOverATableThatCannotBeAppliedAsItIs() {
    schema("order.avsc", "");
    file("shop.sql", TABLE);
    Map<String, SourceDefinition> applied = byName(ApplicationFolder.load(folder, Map.of()));
    file(
        "order.avsc", ORDER.replace("EXTRA", "").replace("{'name':'status','type':'string'},", ""));
    file("views.sql", "CREATE VIEW v AS SELECT categry, count(*) FROM orders GROUP BY 1");

    assertThat(problems(applied))
        .extracting(MillraceException::code)
        .containsExactly(ErrorCode.SCHEMA_INCOMPATIBLE, ErrorCode.UNKNOWN_COLUMN);
  }

  @Test
  void shouldSayWhereColumnsHaveOneName() {
    schema("order.avsc", "");
    file(
        "shop.sql",
        TABLE
            + "CREATE VIEW v AS\n  SELECT category AS a, status AS A, count(*) AS n FROM orders GROUP BY"
            + " ALL;\nCREATE VIEW w AS SELECT category, category, count(*) AS n FROM orders GROUP BY ALL");

    assertThat(problems(Map.of()))
        .extracting(Throwable::getMessage)
        .containsExactly(
            "shop.sql:3:25: cannot compile view v: found columns `a` and `A`, expected names that"
                + " differ in more than case; rename one with AS",
            "shop.sql:4:18: cannot compile view w: found columns `category` and `category`, expected"
                + " names that differ in more than case; rename one with AS");
  }

  @Test
  void shouldRefuseToDropASymbolThoughThereIsADefault() {
    file("shop.sql", TABLE);
    String symbols =
        ",{'name':'kind','type':{'type':'enum','name':'K','symbols':%s,'default':'A'}}";
    schema("order.avsc", symbols.formatted("['A','B','D']"));
    Map<String, SourceDefinition> applied = byName(ApplicationFolder.load(folder, Map.of()));
    schema("order.avsc", symbols.formatted("['A','D']"));

    assertIncompatible(applied, "field kind: found symbol B removed, expected it to stay");
    assertIncompatible(
        applied,
        "field kind: found no symbol B, which it is written with; add it (in a schema applied"
            + " before)");
  }

  @Test
  void shouldSayWhereTheSyntaxIsWrong() {
    schema("order.avsc", "");
    file("shop.sql", TABLE + "-- ä 😀\nCREATE VIEW n AS\n  SELECT count(*) AS n FORM orders;");

    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.code()).isEqualTo(ErrorCode.SQL_SYNTAX);
              assertThat(p)
                  .hasMessage(
                      "shop.sql:4:24: cannot read the statement: found syntax error at or near"
                          + " 'FORM'. Expected Spark SQL; correct the statement");
            });
  }

  @Test
  void shouldSayWhereACommentHasNoEnd() {
    schema("order.avsc", "");
    file("shop.sql", TABLE + "  /* from here on\nCREATE VIEW n AS SELECT count(*) FROM orders;");

    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:2:3: cannot read the file: found a comment without an end,"
                            + " expected */; add it"));
  }

  @Test
  void shouldTakeSqlAsItIsWritten() {
    schema("order.avsc", "");
    String select = "SELECT count(*) AS `n😀` -- ä\n FROM orders WHERE status <> '${env:HOME}; /*'";
    file("shop.sql", "/* 😀 */" + TABLE + "CREATE VIEW n AS " + select + "  -- end\n;");

    ApplicationFolder application = ApplicationFolder.load(folder, Map.of());

    assertThat(application.views().get(0).sql()).isEqualTo(select);
  }

  @Test
  void shouldSayWhichTableIsMeant() {
    schema("order.avsc", "");
    file(
        "shop.sql",
        TABLE
            + """
            CREATE VIEW a AS SELECT count(*) AS n FROM ordres;
            CREATE VIEW b AS SELECT count(*) AS n FROM a;
            CREATE VIEW c AS SELECT 1 AS one;
            CREATE TABLE others USING kafka OPTIONS (topic 'others', schema 'order.avsc');
            CREATE VIEW d AS SELECT count(*) AS n FROM orders JOIN others USING (id);
            """);

    assertThat(problems(Map.of()))
        .extracting(Throwable::getMessage)
        .containsExactly(
            "shop.sql:2:44: cannot create view a: found table ordres, which no CREATE TABLE of this"
                + " folder declares; did you mean orders?",
            "shop.sql:3:44: cannot create view b: found view a in FROM, expected a table; write its"
                + " SELECT there instead",
            "shop.sql:4:18: cannot create view c: found no table in FROM, expected one",
            "shop.sql:6:56: cannot create view d: found tables orders and others, expected one, as"
                + " joins are not supported; write a view for each");
  }

  @Test
  void shouldRefuseAFolderWithoutStatements() {
    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(p -> assertThat(p.code()).isEqualTo(ErrorCode.APPLICATION_EMPTY));
    file("empty.sql", "-- nothing;\n;;");
    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(
            p ->
                assertThat(p)
                    .hasMessage(
                        "cannot apply "
                            + folder
                            + ": found no statement in its *.sql files, expected some"));
  }

  @Test
  void shouldReadTheExample() {
    ApplicationFolder shop = ApplicationFolder.load(Path.of("..", "examples", "shop"), Map.of());

    assertThat(shop.sources()).hasSize(3);
    assertThat(shop.views())
        .extracting(ViewDefinition::name)
        .containsExactly("sales_by_month", "sales_by_hour", "card_activity", "trending_items");
  }

  @Test
  void shouldRefuseOptionsThatDoNotFit() {
    schema("order.avsc", "");
    assertRefused(
        "USING kafka OPTIONS (topic 'a/b', schema 'order.avsc')",
        "1:43: cannot create table t: found topic 'a/b', expected at most 249 letters, digits, '.',"
            + " '_' and '-'");
    assertRefused(
        "USING kafka OPTIONS (schema 'order.avsc')",
        "1:14: cannot create table t: found no option topic, expected one; write OPTIONS (topic"
            + " 'shop.orders', …)");
    assertRefused(
        "USING kafka OPTIONS (topic 'a', schema 'order.avsc', format 'json')",
        "1:76: cannot create table t: found format 'json', expected 'single-object' or 'registry'");
    assertRefused(
        "USING kafka OPTIONS (topic 'a', schema 'order.avsc', format 'registry')",
        "1:69: cannot create table t: found no registry.url with format 'registry', expected one"
            + " such as 'http://localhost:8081'");
    assertRefused(
        "USING kafka OPTIONS (topic 'a', schema 'order.avsc', registry.url 'http://r')",
        "1:69: cannot create table t: found registry.url with format 'single-object', expected none;"
            + " write format 'registry', or drop it");
    assertRefused(
        "USING kafka OPTIONS (topic 'a', schema 'order.avsc', partitions '0')",
        "1:80: cannot create table t: found partitions 0, expected a number from 1");
    assertRefused(
        "(id BIGINT) USING kafka OPTIONS (topic 'a', schema 'order.avsc')",
        "1:14: cannot create table t: found columns, expected none, as the schema file has them;"
            + " drop them");
    assertRefused(
        "USING kafka OPTIONS (topic 'a', schema '../order.avsc')",
        "1:55: cannot find the schema: found path ../order.avsc, expected one inside the folder "
            + folder
            + ", without '..'; copy the file there");
    file("t.sql", "CREATE TABLE `my table` USING kafka OPTIONS (topic 'a', schema 'order.avsc')");
    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(
            p ->
                assertThat(p)
                    .hasMessage(
                        "t.sql:1:14: cannot use the name my table: expected a letter and at most 79"
                            + " letters (a to z), digits and underscores; choose another"));
  }

  private void assertRefused(String rest, String message) {
    file("t.sql", "CREATE TABLE t " + rest);
    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(p -> assertThat(p).hasMessage("t.sql:" + message));
  }

  @Test
  void shouldRefuseSchemasThatRecordsDoNotTellApart() {
    file("shop.sql", TABLE);
    schema("order.avsc", "");
    file("older.avsc", ORDER.replace("EXTRA", "").replace("timestamp-millis", "timestamp-micros"));
    assertThat(problems(Map.of()))
        .singleElement()
        .satisfies(
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:1:14: cannot apply table orders: found logical types in older.avsc"
                            + " that differ from another schema of the same fingerprint, expected"
                            + " the same, as records do not say which of the two they mean; change"
                            + " a name or add a field"));
  }

  @Test
  void shouldKeepEverySchemaThatWasApplied() {
    file("shop.sql", TABLE);
    schema("order.avsc", "");
    ApplicationFolder first = ApplicationFolder.load(folder, Map.of());
    schema("order.avsc", ",{'name':'note','type':['null','string'],'default':null}");
    ApplicationFolder second = ApplicationFolder.load(folder, byName(first));
    schema(
        "order.avsc",
        ",{'name':'note','type':['null','string'],'default':null}"
            + ",{'name':'channel','type':'string','default':'web'}");
    schema("archive/order-0.avsc", "");

    ApplicationFolder third = ApplicationFolder.load(folder, byName(second));

    assertThat(third.sources().get(0).writerSchemas())
        .hasSize(3)
        .containsAll(second.sources().get(0).writerSchemas())
        .containsAll(first.sources().get(0).writerSchemas());
    assertThat(third.sources().get(0).version())
        .isNotEqualTo(second.sources().get(0).version())
        .isNotEqualTo(first.sources().get(0).version());
  }

  @Test
  void shouldRefuseAChangeThatCouldNotReadOldRecords() {
    file("shop.sql", TABLE);
    schema("order.avsc", "");
    Map<String, SourceDefinition> applied = byName(ApplicationFolder.load(folder, Map.of()));
    schema("order.avsc", ",{'name':'note','type':'string'}");
    assertIncompatible(
        applied,
        "field note: found no default, expected one, as there are records without this field; give"
            + " it a default, such as [\"null\", …] with null (in a schema applied before)");
    file("order.avsc", ORDER.replace("EXTRA", "").replace("'long','logicalType'", "'long','lt'"));
    assertIncompatible(
        applied,
        "field ordered_at: found type BIGINT, expected TIMESTAMP, as records in the lake have it");
    file(
        "order.avsc", ORDER.replace("EXTRA", "").replace("{'name':'status','type':'string'},", ""));
    assertIncompatible(applied, "field status: found it removed, expected it to stay");
    file("order.avsc", ORDER.replace("EXTRA", "").replace("'scale':2", "'scale':1"));
    assertIncompatible(
        applied,
        "field amount: found type DECIMAL(12,1), expected DECIMAL(12,2), as records in the lake"
            + " have it");
    file("shop.sql", TABLE.replace("shop.orders", "shop.orders2"));
    schema("order.avsc", "");
    assertThat(problems(applied))
        .singleElement()
        .satisfies(
            p ->
                assertThat(p)
                    .hasMessage(
                        "shop.sql:1:48: cannot apply table orders: found topic shop.orders2,"
                            + " expected shop.orders, as the lake holds offsets of that topic;"
                            + " declare a new table under another name"));
  }

  private void assertIncompatible(Map<String, SourceDefinition> applied, String message) {
    assertThat(problems(applied))
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.code()).isEqualTo(ErrorCode.SCHEMA_INCOMPATIBLE);
              assertThat(p)
                  .hasMessageStartingWith("shop.sql:1:14: cannot apply table orders: ")
                  .hasMessageContaining(message);
            });
  }

  private List<MillraceException> problems(Map<String, SourceDefinition> applied) {
    return catchThrowableOfType(
            ApplicationException.class, () -> ApplicationFolder.load(folder, applied))
        .problems();
  }

  private static Map<String, SourceDefinition> byName(ApplicationFolder application) {
    return application.sources().stream()
        .collect(java.util.stream.Collectors.toMap(SourceDefinition::name, s -> s));
  }

  private void schema(String name, String extra) {
    file(name, ORDER.replace("EXTRA", extra));
  }

  private void file(String name, String text) {
    try {
      Path path = folder.resolve(name);
      Files.createDirectories(path.getParent());
      Files.writeString(path, name.endsWith(".avsc") ? text.replace('\'', '"') : text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
