package io.millrace.view.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.control.model.LookupDefinition.Format;
import io.millrace.view.ApplicationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lookup tables of a folder. */
class LookupFolderTest {
  @TempDir private Path folder;

  /** Files that have the columns id and name, and can be read unless they are called broken. */
  private static final class TwoColumns implements LookupFiles {
    private final List<LookupDefinition> checked = new ArrayList<>();

    @Override
    public List<Column> columns(LookupDefinition undeclared) {
      return List.of(
          new Column("id", "STRING"),
          undeclared.path().contains("nested")
              // As Iceberg calls it.
              ? new Column("tags", "list<string>")
              : new Column("name", "STRING"));
    }

    @Override
    public void check(LookupDefinition lookup) {
      checked.add(lookup);
      if (lookup.path().contains("broken")) {
        throw new MillraceException(ErrorCode.LOOKUP_FAILED, "cannot load: broken, line 7");
      }
    }
  }

  private final TwoColumns files = new TwoColumns();

  @Test
  void shouldReadALookupWithItsColumns() throws IOException {
    LookupDefinition lookup =
        load(
            """
            CREATE TABLE Products (product_id STRING, price DECIMAL(6,2)) USING csv
            OPTIONS (path 'data/products.csv', key 'product_id, price', refresh '10 minutes',
                     sep ';', NULLVALUE 'NA');
            """);
    assertThat(lookup.name()).isEqualTo("products");
    assertThat(lookup.format()).isEqualTo(Format.CSV);
    assertThat(lookup.path())
        .isEqualTo(folder.toAbsolutePath().resolve("data/products.csv").toString());
    assertThat(lookup.key()).containsExactly("product_id", "price");
    assertThat(lookup.columns())
        .containsExactly(new Column("product_id", "STRING"), new Column("price", "DECIMAL(6,2)"));
    assertThat(lookup.refresh()).isEqualTo(Duration.ofMinutes(10));
    assertThat(lookup.options())
        .containsEntry("sep", ";")
        .containsEntry("nullValue", "NA")
        .containsEntry("header", "true");
    assertThat(files.checked).containsExactly(lookup);
  }

  @Test
  void shouldTakeColumnsOfTheFileWhereNoneAreDeclared() throws IOException {
    LookupDefinition lookup =
        load("CREATE TABLE t USING parquet OPTIONS (path '/x/t.parquet', key 'id')");
    assertThat(lookup.columns()).extracting(Column::name).containsExactly("id", "name");
    assertThat(lookup.refresh()).isEqualTo(Duration.ofMinutes(1));
    assertThat(lookup.path()).isEqualTo("/x/t.parquet");
    for (String file : List.of("file:/x/t.csv", "file:///x/t.csv", "FILE:/x/t.csv")) {
      assertThat(load("CREATE TABLE t USING csv OPTIONS (path '" + file + "', key 'id')").path())
          .isEqualTo("/x/t.csv");
    }
    assertThat(
            load("CREATE TABLE t USING iceberg OPTIONS (path 'shop.t', key 'id', refresh '90s')"))
        .satisfies(named -> assertThat(named.path()).isEqualTo("shop.t"))
        .satisfies(named -> assertThat(named.refresh()).isEqualTo(Duration.ofSeconds(90)));
  }

  @Test
  void shouldHaveAVersionOfWhatItsRowsAreNotOfWhereTheyAre() throws IOException {
    String one = load("CREATE TABLE t USING csv OPTIONS (path 'a', key 'id')").version();
    assertThat(
            load("CREATE TABLE t USING csv OPTIONS (path 'b', key 'id', refresh '1h')").version())
        .isEqualTo(one);
    assertThat(load("CREATE TABLE t USING csv OPTIONS (path 'a', key 'name')").version())
        .isNotEqualTo(one);
    assertThat(load("CREATE TABLE t USING csv OPTIONS (path 'a', key 'id', sep ';')").version())
        .isNotEqualTo(one);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "USING csv OPTIONS (key 'id') | found no option path, expected one; write OPTIONS (path 't.csv', …)",
        "USING csv OPTIONS (path 'a') | found no option key, expected one",
        "USING csv OPTIONS (path 'a', key 'id,,x') | found key 'id,,x', expected names of columns with commas between",
        "USING csv OPTIONS (path 'a', key 'idd') | found key column idd, expected one of [id, name]",
        "USING csv OPTIONS (path 'a', key 'id', refresh 'often') | found refresh 'often', expected how often to look",
        "USING csv OPTIONS (path 'a', key 'id', refresh '1 month') | found refresh '1 month'",
        "USING csv OPTIONS (path 'a', key 'id', refresh '10 millis') | found refresh '10 millis'",
        "USING csv OPTIONS (path 'a', key 'id', refresh '2562047000 hours') | found refresh '2562047000 hours'",
        "USING csv OPTIONS (path 'a', key 'id', refresh '-1 hour') | found refresh '-1 hour'",
        "USING csv OPTIONS (path 'a', key 'id', header 'yes') | found header 'yes', expected 'true' or 'false'",
        "USING csv OPTIONS (path 'a', key 'id', quote '') | found quote '', expected one character",
        "USING csv OPTIONS (path 'a', key 'id', encoding 'utf-9') | found encoding 'utf-9', expected the name of an encoding",
        "USING json OPTIONS (path 'a', key 'id', sep ';') | found option sep, which is unknown",
        "USING csv OPTIONS (path 's3://b/a.csv', key 'id') | found path 's3://b/a.csv', expected a file that each replica has at the same place",
        "(id STRING NOT NULL) USING csv OPTIONS (path 'a', key 'id') | found more of column id than its type",
        "(id ARRAY<INT>) USING csv OPTIONS (path 'a', key 'id') | found column id of type ARRAY<INT>, expected a number",
        "(id VARCHAR(3)) USING csv OPTIONS (path 'a', key 'id') | found column id of type VARCHAR(3), expected a number, STRING",
        "USING parquet OPTIONS (path 'nested', key 'id') | found column tags of type list<string>, expected a number, STRING, BOOLEAN, BINARY, DATE or TIMESTAMP; declare the columns without it",
        "USING csv OPTIONS (path 'a', key 'id') PARTITIONED BY (id) | found PARTITIONED BY or another clause",
        "USING csv OPTIONS (path 'broken', key 'id') | cannot load: broken, line 7",
        "USING orc OPTIONS (path 'a', key 'id') | found USING orc, expected USING kafka; write CREATE TABLE t USING kafka OPTIONS (topic '…', schema '….avsc'), or of a file USING csv, json, parquet or iceberg OPTIONS (path '…', key '…')",
      })
  void shouldSayWhatIsWrongAndWhere(String rest, String problem) {
    assertThatThrownBy(() -> load("\nCREATE TABLE t " + rest))
        .isInstanceOf(ApplicationException.class)
        .hasMessageStartingWith("app.sql:2:")
        .hasMessageContaining(problem);
  }

  @Test
  void shouldReportAllProblemsAtOnce() {
    ApplicationException all =
        catchThrowableOfType(
            ApplicationException.class,
            () ->
                load(
                    """
                    CREATE TABLE a USING csv OPTIONS (path 'broken', key 'id', sepp ';');
                    CREATE TABLE b USING csv OPTIONS (path 'broken', key 'id');
                    CREATE TABLE a USING csv OPTIONS (path 'c', key 'id');
                    CREATE VIEW v AS SELECT id, count(*) AS n FROM b GROUP BY id;
                    """));
    assertThat(all.problems())
        .extracting(MillraceException::getMessage)
        .satisfiesExactlyInAnyOrder(
            m -> assertThat(m).startsWith("app.sql:1:60: ").contains("did you mean sep?"),
            m ->
                assertThat(m)
                    .startsWith("app.sql:3:14: ")
                    .contains("found the name at app.sql:1:14"),
            m -> assertThat(m).isEqualTo("app.sql:1:14: cannot load: broken, line 7"),
            m -> assertThat(m).isEqualTo("app.sql:2:14: cannot load: broken, line 7"),
            m ->
                assertThat(m)
                    .startsWith("app.sql:4:48: cannot create view v: found lookup table b in FROM")
                    .contains("join it when you ask"));
  }

  private LookupDefinition load(String sql) throws IOException {
    Files.writeString(folder.resolve("app.sql"), sql);
    return ApplicationFolder.load(folder, Map.of(), files).lookups().get(0);
  }
}
