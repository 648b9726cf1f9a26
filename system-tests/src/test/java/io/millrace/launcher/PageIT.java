package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.system.browser.Browser;
import io.millrace.system.browser.NeedsChromium;
import io.millrace.system.browser.Tab;
import io.millrace.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The web page, in a real browser beside a real system: what it says while all is well, and what
 * while a layer is frozen, dead or does not answer. A refused run is {@link RebuildIT}'s.
 */
@NeedsChromium
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PageIT {
  private static final Path PICTURES = Path.of("target/page");

  /** What a crowded build machine may add to a limit of the page. */
  private static final Duration SLACK = Duration.ofSeconds(20);

  /** An age that the page calls old. */
  private static final Duration STALE = Duration.ofSeconds(30);

  /** How long a request of the page may take. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** Notes, every few milliseconds, what a person would read. */
  private static final String WATCH =
      """
      window.seen = [];
      window.watching = setInterval(() => {
        const text = (selector) => { const found = document.querySelector(selector); return found ? found.innerText : ""; };
        const table = document.querySelector(".table");
        const now = [text(".badge"), text("#connection").split(" ")[0],
          table && !table.hidden ? text(".table tbody") : "", text("[data-fact=covered]")].join("|");
        if (window.seen[window.seen.length - 1] !== now) window.seen.push(now);
      }, 20);
      """;

  @TempDir private static Path dir;
  private WordsSystem words;
  private Browser browser;
  private Tab page;

  @BeforeAll
  void start() throws Exception {
    words = WordsSystem.start(dir, "words");
    words.send("old", 1234);
    words.await(words.sent());
    assertThat(words.millrace("recompute", "words").code()).isZero();
    browser = Browser.start(Files.createDirectories(dir.resolve("browser")));
  }

  @AfterAll
  void stop() {
    if (browser != null) {
      browser.close();
    }
    if (words != null) {
      words.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    page = browser.open();
    page.look(1280, 800, false);
    page.go(url("words"));
    awaitWell();
  }

  @AfterEach
  void shouldHaveAskedThisHostAloneAndThrownNothing() {
    assertThat(page.requests())
        .isNotEmpty()
        .filteredOn(asked -> !asked.equals("about:blank"))
        .allMatch(asked -> asked.startsWith(words.system().servingUrl() + "/"));
    assertThat(page.errors()).isEmpty();
    page.close();
  }

  @Test
  void shouldShowRowsAndPositionAtEverySize() throws Exception {
    assertThat(page.text("h2")).isEqualTo("words");
    assertThat(page.text("nav a[aria-current]")).startsWith("words");
    assertThat(page.text(".more")).isEqualTo("1 row.");
    assertThat(page.text("[data-fact=run]")).matches("\\d\\d:\\d\\d:\\d\\d");
    page.value("document.querySelectorAll('details').forEach((one) => one.open = true)");
    for (boolean dark : List.of(false, true)) {
      for (int width : List.of(1280, 360)) {
        page.look(width, 1000, dark);
        page.picture(PICTURES.resolve(width + (dark ? "-dark" : "-light") + ".png"));
        assertThat(page.value("document.documentElement.scrollWidth").asInt())
            .as("nothing is wider than %d", width)
            .isLessThanOrEqualTo(width);
      }
    }
    String light = background();
    page.look(1280, 800, false);
    assertThat(background()).isNotEqualTo(light);
  }

  @Test
  void shouldLeaveFocusAndSelectionAloneWhileNumbersChange() throws Exception {
    page.value(
        """
        window.input = document.querySelector(".filters input");
        window.input.focus();
        document.getSelection().selectAllChildren(document.querySelector("h2"));
        window.heading = document.getSelection().anchorNode;
        """);
    awaitRefreshes(2);
    words.send("old", 1);
    awaitRow("old", words.sent().get("old"));
    awaitRefreshes(2);
    assertThat(page.value("document.getSelection().toString()").asText()).isEqualTo("words");
    assertThat(page.value("document.getSelection().anchorNode === window.heading").asBoolean())
        .isTrue();

    page.value(
        """
        document.getSelection().selectAllChildren(document.querySelector(".table tbody td"));
        window.cell = document.querySelector(".table tbody td");
        """);
    words.send("old", 1);
    awaitRow("old", words.sent().get("old"));
    assertThat(page.value("document.getSelection().toString()").asText()).isEqualTo("old");
    assertThat(page.value("document.querySelector('.table tbody td') === window.cell").asBoolean())
        .as("the row is the one that was there")
        .isTrue();

    page.value("window.input.focus()");
    page.type("ol");
    awaitRefreshes(2);
    page.type("d");
    awaitRow("old", words.sent().get("old"));
    awaitRefreshes(2);
    assertThat(page.value("document.activeElement === window.input").asBoolean()).isTrue();
    assertThat(page.value("window.input.value + window.input.selectionStart").asText())
        .isEqualTo("old3");
  }

  @Test
  void shouldSayThatThereIsNoSuchView() {
    page.go(url("nothing"));

    awaitNotice("cannot find view 'nothing'", "found no such view", SLACK);
    assertThat(page.text("h2")).isEqualTo("nothing");
    assertNotWell();
    assertThat(page.value("document.querySelector('.table').hidden").asBoolean()).isTrue();
    assertThat(page.text("nav")).as("what there is").contains("words");

    page.go(url("words"));
    awaitWell();
  }

  @Test
  void shouldNotCallReadyWhatTheSpeedLayerSaysNothingNewOf() throws Exception {
    frozen(
        "speed",
        () -> {
          awaitNotice("The speed layer has said nothing for", "", STALE.plus(SLACK));
          assertThat(page.text(".badge")).startsWith("no news for ");
          Eventually.await(
              "the list to say so",
              SLACK,
              () -> page.text("nav a[aria-current] small").startsWith("no news for "));
          assertNotWell();
          page.picture(PICTURES.resolve("speed-frozen.png"));
        });
    awaitWell();
    assertThat(page.value("document.querySelector('.notice').hidden").asBoolean()).isTrue();
  }

  @Test
  void shouldSayThatServingDoesNotAnswer() throws Exception {
    frozen(
        "serving",
        () -> {
          Eventually.await(
              "the page to say so",
              ANSWER.plus(SLACK),
              () -> page.text("#connection").contains("has not answered for 5 s"));
          assertNotWell();
          assertBlank();
          assertThat(page.text(".notice")).contains("has not answered for 5 s");
          page.picture(PICTURES.resolve("serving-frozen.png"));
        });
    awaitWell();
  }

  @Test
  void shouldShowNoOldNumberOnceServingHasDied() throws Exception {
    String before = row("old", words.sent().get("old"));
    page.value(WATCH);
    ProcessHandle serving = words.system().process("serving").orElseThrow();
    serving.destroyForcibly();
    Eventually.await(
        "the page to say so",
        ANSWER.plus(SLACK),
        () -> page.text("#connection").contains("does not answer"));
    words.send("old", 5);
    String after = row("old", words.sent().get("old"));
    awaitRow("old", words.sent().get("old"));
    awaitWell();

    List<String> seen = new ArrayList<>();
    page.value("window.seen").forEach(each -> seen.add(each.asText()));
    int died = firstThat(seen, "Serving");
    assertThat(seen.subList(died, seen.size()))
        .as("from then on")
        .noneMatch(each -> each.contains(before))
        .anyMatch(each -> each.contains(after));
    assertThat(seen.subList(died, seen.size()))
        .as("without a row nothing is well")
        .filteredOn(each -> !each.contains(after))
        .noneMatch(each -> each.startsWith("ready|"));
  }

  /** The last: there is no view then. */
  @Test
  @Order(Integer.MAX_VALUE)
  void shouldSayThatTheLastViewIsGone() {
    assertThat(words.millrace("drop", "words").code()).isZero();

    awaitNotice("cannot find view 'words'", "found no such view", WordsSystem.PATIENCE);
    assertNotWell();
    assertBlank();
    page.go("about:blank");
    page.go(words.system().servingUrl() + "/");
    Eventually.await(
        "the page to say what to do",
        WordsSystem.PATIENCE,
        () -> page.text("#view").equals("No views yet. Apply a folder of SQL: millrace apply DIR"));
  }

  private static int firstThat(List<String> seen, String connection) {
    for (int i = 0; i < seen.size(); i++) {
      if (seen.get(i).contains("|" + connection + "|")) {
        return i;
      }
    }
    throw new AssertionError("never '" + connection + "' in " + seen);
  }

  private String url(String view) {
    return words.system().servingUrl() + "/#" + view;
  }

  private String background() {
    return page.value("getComputedStyle(document.body).backgroundColor").asText();
  }

  /** A row as the page shows it. */
  private static String row(String word, long lines) {
    return word + "\t" + String.format("%,d", lines);
  }

  private void awaitRow(String word, long lines) {
    Eventually.await(
        "the row " + row(word, lines),
        WordsSystem.PATIENCE,
        () -> page.text(".table tbody").lines().anyMatch(row(word, lines)::equals));
  }

  private void awaitWell() {
    Eventually.await(
        "the page to call the view ready",
        WordsSystem.PATIENCE,
        () ->
            page.text(".badge").equals("ready")
                && page.text("#connection").startsWith("Updated ")
                && page.text(".table tbody").contains("old"));
  }

  private void awaitNotice(String beginning, String also, Duration limit) {
    Eventually.await(
        "a notice of " + beginning,
        limit,
        () -> page.text(".notice").contains(beginning) && page.text(".notice").contains(also));
  }

  /** At the latest when it has asked once more, and for as long as it takes to ask again twice. */
  private void assertNotWell() {
    Eventually.await("the page to say so", SLACK, () -> page.text("#connection.lost").length() > 0);
    long until = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    do {
      JsonNode said =
          page.value(
              "[document.querySelector('.badge').innerText,"
                  + " document.querySelector('#connection').innerText,"
                  + " document.querySelector('#connection').className]");
      assertThat(said.get(0).asText()).isNotEqualTo("ready");
      assertThat(said.get(1).asText()).isNotEmpty().doesNotContain("Updated");
      assertThat(said.get(2).asText()).isEqualTo("lost");
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    } while (System.nanoTime() < until);
  }

  private void assertBlank() {
    assertThat(page.value("document.querySelector('.table').hidden").asBoolean()).isTrue();
    assertThat(page.value("document.querySelectorAll('.table tbody tr').length").asInt()).isZero();
    String facts =
        page.value("[...document.querySelectorAll('[data-fact]')].map((one) => one.innerText)")
            .toString();
    assertThat(facts.replaceAll("[\\[\\]\",]", "").chars().mapToObj(Character::toString))
        .containsOnly("–");
    assertThat(page.text("nav ul")).isEmpty();
  }

  private void awaitRefreshes(int number) {
    long before = refreshes();
    Eventually.await(
        number + " refreshes", WordsSystem.PATIENCE, () -> refreshes() >= before + number);
  }

  private long refreshes() {
    return page.requests().stream().filter(asked -> asked.contains("/rows?")).count();
  }

  /** Does something while a layer is there and does nothing. */
  private void frozen(String layer, Step meanwhile) throws Exception {
    ProcessHandle process = words.system().process(layer).orElseThrow();
    signal("STOP", process);
    try {
      meanwhile.run();
    } finally {
      signal("CONT", process);
    }
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).as("kill -%s %d", name, process.pid()).isZero();
  }

  private interface Step {
    void run() throws Exception;
  }
}
