package io.millrace.serving.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.control.model.LookupDefinition.Format;
import io.millrace.lake.Lake;
import io.millrace.serving.lookup.content.LookupContents;
import io.millrace.serving.store.LocalStore;
import io.millrace.testkit.Eventually;
import io.millrace.view.compile.LookupCompiler;
import io.millrace.view.query.ScanPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lookups in a real store: loaded, replaced, kept when what comes next cannot be read. */
class LookupsTest {
  private static final List<Column> COLUMNS =
      List.of(new Column("product_id", "STRING"), new Column("department", "STRING"));
  private static final long MOST_BYTES = 1 << 16;

  @TempDir private Path dir;

  private final AtomicLong nanoTime = new AtomicLong();
  private LocalStore store;
  private ServedLookups lookups;

  @BeforeEach
  void open() {
    store = LocalStore.open(dir.resolve("serving"));
    lookups =
        new ServedLookups(store, new LookupContents(LookupsTest::none), MOST_BYTES, nanoTime::get);
  }

  @AfterEach
  void close() {
    lookups.close();
    store.close();
  }

  @Test
  void shouldReplaceTheContentInOneStepAndKeepWhatIsPinned() throws IOException {
    write("product_id,department\np1,books\np2,toys\n");
    apply(definition("products.csv"));
    LookupReport first = loaded("products");
    try (LookupPin pin = lookups.pin("products").orElseThrow();
        LookupScan scan = pin.scan(List.of(ScanPlan.Range.ALL))) {
      assertThat(scan.next()).isTrue();
      write("product_id,department\np1,garden\n");
      look();
      eventually(() -> report("products").standing().orElseThrow().rows() == 1);
      assertThat(scan.next()).as("the row that the new content has not").isTrue();
      assertThat(scan.next()).isFalse();
      assertThat(pin.content()).isEqualTo(first.standing().orElseThrow().content());
    }
    assertThat(report("products").standing().orElseThrow().content())
        .isNotEqualTo(first.standing().orElseThrow().content());
  }

  @Test
  void shouldNoticeAnotherContentOfTheSameSizeAndTime() throws IOException {
    Path file = Files.writeString(dir.resolve("products.csv"), "product_id,department\np1,books\n");
    FileTime time = FileTime.from(Instant.parse("2026-01-31T10:00:00Z"));
    Files.setLastModifiedTime(file, time);
    apply(definition("products.csv"));
    String first = loaded("products").standing().orElseThrow().content();
    // In place: the same file, with another content of the same size and time.
    Files.writeString(file, "product_id,department\np1,games\n");
    Files.setLastModifiedTime(file, time);
    look();
    eventually(() -> !report("products").standing().orElseThrow().content().equals(first));
  }

  @Test
  void shouldLoadNoFileThatChangesWhileItIsRead() throws IOException {
    Path file = Files.writeString(dir.resolve("products.csv"), "product_id,department\np1,books\n");
    FileTime time = FileTime.from(Instant.parse("2026-01-31T10:00:00Z"));
    Files.setLastModifiedTime(file, time);
    LookupLoader loader =
        new LookupLoader(store, new LookupContents(LookupsTest::none), MOST_BYTES);
    assertThatThrownBy(
            () ->
                loader.load(
                    LookupCompiler.compile(definition("products.csv")),
                    () -> {
                      try {
                        // After the first row was read.
                        Files.writeString(file, "product_id,department\np1,games\n");
                        Files.setLastModifiedTime(file, time);
                        return false;
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    }))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("was changed while it was read");
  }

  @Test
  void shouldNameTheSameContentForTheSameBytes() throws IOException {
    write("product_id,department\np1,books\n");
    apply(definition("products.csv"));
    LookupReport.Standing first = loaded("products").standing().orElseThrow();
    write("product_id,department\np1,books\n");
    look();
    eventually(() -> report("products").standing().orElseThrow().seenAt().isAfter(first.seenAt()));
    assertThat(report("products").standing().orElseThrow().loadedAt())
        .as("written again as it was, it is not loaded again")
        .isEqualTo(first.loadedAt());
    assertThat(first.content()).isEqualTo("0b0a66ac1c1c8b7b");
  }

  @Test
  void shouldKeepTheContentThereIsWhileTheNextCannotBeRead() throws IOException {
    write("product_id,department\np1,books\n");
    write("other.csv", "product_id,department\nx,y\n");
    apply(definition("products.csv"), named(definition("other.csv"), "other"));
    loaded("products");
    loaded("other");
    write("product_id,department\np1,books\np2\n");
    look();
    eventually(() -> report("products").problem().isPresent());
    assertThat(report("products").problem().orElseThrow())
        .hasMessage(
            "cannot load lookup products: products.csv, line 3: found 1 values, expected 2; correct"
                + " the file");
    assertThat(report("products").standing().orElseThrow().rows()).isEqualTo(1);
    assertThat(report("other").problem()).isEmpty();
    lookups.pin("products").orElseThrow().close();
    write("product_id,department\np1,books\np2,toys\n");
    look();
    eventually(() -> report("products").problem().isEmpty());
    assertThat(report("products").standing().orElseThrow().rows()).isEqualTo(2);
  }

  @Test
  void shouldRefuseAKeyThatTwoRowsHave() throws IOException {
    StringBuilder many = new StringBuilder("product_id,department\n");
    for (int i = 0; i < 500; i++) {
      many.append("p").append(i).append(",d\n");
    }
    write(many + "p7,e\n");
    apply(definition("products.csv"));
    eventually(() -> report("products").problem().isPresent());
    assertThatThrownBy(() -> lookups.pin("products"))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot load lookup products: products.csv, line 502: found product_id = 'p7' again,"
                + " which line 9 has, expected each key once; correct the file, or make the key of"
                + " more columns");
  }

  @Test
  void shouldRefuseMoreThanFits() throws IOException {
    StringBuilder many = new StringBuilder("product_id,department\n");
    for (int i = 0; i < 3_000; i++) {
      many.append("p").append(i).append(",department\n");
    }
    write(many.toString());
    apply(definition("products.csv"));
    eventually(() -> report("products").problem().isPresent());
    assertThat(report("products").problem().orElseThrow().getMessage())
        .contains("found more than 65536 bytes of keys and rows up to there")
        .endsWith("raise serving.lookup.bytes");
  }

  @Test
  void shouldSayUntilItIsLoadedThatAnotherDefinitionAnswers() throws IOException {
    write("product_id,department\np1,books\n");
    write("other.csv", "product_id,department\np1,games\np2,toys\n");
    apply(definition("products.csv"));
    assertThat(loaded("products").current()).isTrue();
    apply(definition("none.csv"));
    eventually(() -> report("products").problem().isPresent());
    assertThat(report("products").current()).isFalse();
    assertThat(report("products").standing().orElseThrow().rows()).isEqualTo(1);
    lookups.update(Map.of("products", definition("other.csv")));
    assertThat(report("products").problem()).as("that is another file's").isEmpty();
    assertThat(report("products").current()).isFalse();
    eventually(() -> report("products").current());
    assertThat(report("products").standing().orElseThrow().rows()).isEqualTo(2);
  }

  @Test
  void shouldSayThatThereIsNoFileAndLoadItOnceThereIs() throws IOException {
    apply(definition("products.csv"));
    eventually(() -> report("products").problem().isPresent());
    assertThat(report("products").problem().orElseThrow().getMessage())
        .startsWith("cannot load lookup products: found no file " + dir.resolve("products.csv"));
    assertThat(report("products").problem().orElseThrow().code())
        .isEqualTo(ErrorCode.LOOKUP_FAILED);
    write("product_id,department\np1,books\n");
    nanoTime.addAndGet(Duration.ofMinutes(5).toNanos());
    loaded("products");
  }

  @Test
  void shouldLoadAnewInFilesThatBeginAnew() throws IOException {
    write("product_id,department\np1,books\n");
    apply(definition("products.csv"));
    loaded("products");
    store.renew();
    lookups.again();
    assertThatThrownBy(() -> lookups.pin("products")).hasMessageContaining("is being loaded");
    loaded("products");
  }

  @Test
  void shouldForgetWhatIsRetired() throws IOException {
    write("product_id,department\np1,books\n");
    apply(definition("products.csv"));
    loaded("products");
    apply();
    assertThat(lookups.names()).isEmpty();
    assertThat(lookups.pin("products")).isEmpty();
  }

  private static Lake none() {
    throw new AssertionError("a file is in no catalog");
  }

  private void apply(LookupDefinition... definitions) {
    Map<String, LookupDefinition> applied = new java.util.TreeMap<>();
    for (LookupDefinition definition : definitions) {
      applied.put(definition.name(), definition);
    }
    lookups.update(applied);
    lookups.step();
  }

  /** Time for the next look has come. */
  private void look() {
    nanoTime.addAndGet(Duration.ofMinutes(10).toNanos());
    lookups.step();
  }

  private LookupReport loaded(String name) {
    eventually(() -> report(name).standing().isPresent());
    return report(name);
  }

  private void eventually(Callable<Boolean> condition) {
    Eventually.await(
        Duration.ofSeconds(20),
        () -> {
          lookups.step();
          return condition.call();
        });
  }

  private LookupReport report(String name) {
    return lookups.reports().stream()
        .filter(report -> report.definition().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private LookupDefinition definition(String file) {
    List<String> key = List.of("product_id");
    return new LookupDefinition(
        "products",
        LookupCompiler.version(Format.CSV, key, COLUMNS, Map.of()),
        Format.CSV,
        dir.resolve(file).toString(),
        key,
        COLUMNS,
        Duration.ofMinutes(10),
        Map.of(),
        List.of());
  }

  private static LookupDefinition named(LookupDefinition of, String name) {
    return new LookupDefinition(
        name,
        of.version(),
        of.format(),
        of.path(),
        of.key(),
        of.columns(),
        of.refresh(),
        of.options(),
        of.beside());
  }

  private void write(String text) throws IOException {
    write("products.csv", text);
  }

  /** As a careful writer does: beside, then renamed. */
  private void write(String file, String text) throws IOException {
    Path beside = Files.writeString(dir.resolve(file + ".new"), text);
    Files.move(beside, dir.resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }
}
