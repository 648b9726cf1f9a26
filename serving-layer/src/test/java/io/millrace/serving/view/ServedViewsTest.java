package io.millrace.serving.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.http.Reply;
import io.millrace.serving.live.SpeedReader;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.report.ViewReport;
import io.millrace.serving.report.ViewReports;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which version of a view answers. */
final class ServedViewsTest {
  private static final String BY_CATEGORY =
      "SELECT category, max(amount) AS most FROM orders GROUP BY category";

  @TempDir private Path dir;
  private final ViewDefinition old = Orders.view("sales", Orders.BY_DAY);
  private Replica replica;
  private Orders orders;
  private CompiledView oldView;
  private LiveModel oldLive;

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 3);
    oldView = replica.apply(old);
    oldLive = new LiveModel(oldView, orders);
    orders.add(20);
    replica.live(oldView, oldLive.advance());
    replica.completed(replica.lake.run(oldView, orders, oldLive.cut()));
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldNotGoBackWhenANewVersionTakesOver() {
    ViewDefinition changed = Orders.view("sales", BY_CATEGORY);
    CompiledView view = replica.apply(changed);
    LiveModel live = new LiveModel(view, orders);
    Position boundary = orders.end();
    replica.live(view, live.advance());
    live.cut();
    replica.views.pin("sales", QueryLayer.SPEED).close();
    orders.add(20);
    replica.live(oldView, oldLive.advance());

    replica.completed(replica.lake.run(view, orders, boundary));

    assertAnswers(old, orders.end());
    LiveModel.Flush first = live.advance(0, orders.end(0));
    replica.live(view, first);
    assertAnswers(old, orders.end());
    replica.live(view, live.advance(1, orders.end(1)));
    assertAnswers(changed, orders.end());
  }

  @Test
  void shouldStayWithTheNewVersionOnceItAnswered() {
    ViewDefinition changed = Orders.view("sales", BY_CATEGORY);
    CompiledView view = replica.apply(changed);
    LiveModel live = new LiveModel(view, orders);
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, live.cut()));
    Position before = orders.end();
    assertAnswers(changed, before);

    orders.add(20);
    replica.live(oldView, oldLive.advance());

    assertAnswers(changed, before);
    replica.retire(old);
    assertAnswers(changed, before);
  }

  @Test
  void shouldSayHowTheViewsAreWhileOneIsDropped() {
    ViewDefinition dropped =
        new ViewDefinition("views_end", "1", "SELECT", Orders.SOURCE, "", Map.of());
    replica.tryToApply(dropped);
    assertThat(replica.views.names()).containsExactly("sales", "views_end");
    ViewReports reports =
        new ViewReports(
            replica.views,
            () -> {
              replica.retire(dropped);
              return 0;
            });

    assertThat(reports.answering()).extracting(ViewReport::name).contains("sales");
    assertThat(replica.views.names()).containsExactly("sales");
  }

  @Test
  void shouldFailOnlyTheViewThatExhaustsTheStack() {
    // Deep enough for the analyser, and not too deep for the parser, which would say so.
    for (int depth = 300; depth <= 1_000; depth += 100) {
      String sql = "SELECT count(*)" + " + 1".repeat(depth) + " AS n FROM orders";
      replica.tryToApply(
          new ViewDefinition("deep_" + depth, "1", sql, Orders.SOURCE, "", Map.of()));

      ServedViews.Version version = replica.views.versions("deep_" + depth).get(0);
      assertThat(version.state()).as("depth " + depth).isEqualTo(ViewState.FAILED);
      assertThat(version.failure().orElseThrow())
          .hasMessageMatching("cannot (compile|use) view deep_" + depth + ": .*(?s:.*)");
    }
    assertAnswers(old, orders.end());
  }

  @Test
  void shouldRefuseToLetGoOfAPositionTwice() {
    ViewPin pin = replica.views.pin("sales", QueryLayer.MERGED);
    assertThat(pin.retain()).isTrue();
    pin.close();
    pin.close();

    assertThatThrownBy(pin::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot let go of a position twice");
    assertThat(pin.retain()).isFalse();
    assertAnswers(old, orders.end());
  }

  @Test
  void shouldLetGoOfEveryVersionThoughOneCannotBe() {
    List<String> heard = new ArrayList<>();
    ServedViews views =
        new ServedViews(
            replica.store,
            new NoReader(),
            new Topics("test"),
            view -> {
              heard.add(view.definition().name());
              if (view.definition().name().equals("first")) {
                throw new IllegalStateException("cannot, as told");
              }
            },
            Duration.ofSeconds(1),
            null);
    Map<String, ViewDefinition> all = new LinkedHashMap<>();
    for (String name : List.of("first", "second")) {
      ViewDefinition view = Orders.view(name, Orders.BY_DAY);
      all.put(view.id(), view);
    }
    views.update(new ControlState(Map.of(), all, Map.of(), Map.of()));
    ServedView second = views.versions("second").get(0).served().orElseThrow();

    views.update(ControlState.EMPTY);

    assertThat(heard).containsExactly("first", "second");
    assertThat(second.state()).isEqualTo(ViewState.RETIRED);
  }

  private static final class NoReader implements SpeedReader {
    @Override
    public void follow(String topic, SpeedView view) {}

    @Override
    public void forget(String topic) {}

    @Override
    public String problem() {
      return "";
    }
  }

  @Test
  void shouldNotCompareOffsetsOfDifferentTopics() {
    SourceDefinition elsewhere =
        new SourceDefinition(
            Orders.SOURCE.name(),
            "00000000000000bb",
            "shop.other-orders",
            Orders.SOURCE.format(),
            Orders.SOURCE.readerSchema(),
            Orders.SOURCE.writerSchemas(),
            Orders.SOURCE.registryUrl(),
            Orders.SOURCE.options());
    ViewDefinition moved =
        new ViewDefinition(
            "sales",
            ViewCompiler.version("sales", BY_CATEGORY, elsewhere),
            BY_CATEGORY,
            elsewhere,
            "",
            Map.of());
    CompiledView view = replica.apply(moved);
    Orders few = new Orders(2, 5);
    few.add(2);
    LiveModel live = new LiveModel(view, few);
    replica.live(view, live.advance());

    replica.completed(replica.lake.run(view, few, live.cut()));

    assertAnswers(moved, few.end());
  }

  @Test
  void shouldReadAQuestionByTheColumnsOfTheVersionThatAnswers() {
    Map<String, List<String>> first =
        Map.of("day.gte", List.of("2000-01-01"), "limit", List.of("1"));
    Reply page = replica.api.get("/v1/views/sales/rows", first, "client");
    assertThat(page.status()).isEqualTo(200);
    String cursor = json(page).get("cursor").asText();
    CompiledView view = replica.apply(Orders.view("sales", BY_CATEGORY));
    LiveModel live = new LiveModel(view, orders);
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, live.cut()));

    Reply unknown = replica.api.get("/v1/views/sales/rows", first, "client");
    assertThat(unknown.status()).isEqualTo(400);
    assertThat(json(unknown).at("/message").asText()).contains("by day:", "category");

    Map<String, List<String>> next = new HashMap<>(first);
    next.put("cursor", List.of(cursor));
    Reply second = replica.api.get("/v1/views/sales/rows", next, "client");
    assertThat(second.status()).as("a cursor stays with its version").isEqualTo(200);
    assertThat(json(second).get("version").asText()).isEqualTo(old.version());
  }

  @Test
  void shouldSayWhatTheNewestWaitsForIfNoneIsReady() {
    replica.retire(old);
    ViewDefinition changed = Orders.view("sales", BY_CATEGORY);
    replica.apply(changed);

    assertThatThrownBy(() -> replica.views.pin("sales", QueryLayer.MERGED))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.VIEW_NOT_READY));
    assertThat(replica.views.answering("sales").definition()).isEqualTo(changed);
  }

  private static JsonNode json(Reply reply) {
    try {
      return new ObjectMapper().readTree(reply.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void assertAnswers(ViewDefinition expected, Position live) {
    assertThat(replica.views.answering("sales").definition().id()).isEqualTo(expected.id());
    try (ViewPin pin = replica.views.pin("sales", QueryLayer.MERGED)) {
      assertThat(pin.view().definition().id()).isEqualTo(expected.id());
      assertThat(pin.live(QueryLayer.MERGED)).isEqualTo(live);
    }
  }
}
