package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.OpenApi;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.query.RowsQuery;
import io.millrace.serving.view.NotReachedException;
import io.millrace.testkit.Eventually;
import io.millrace.view.CompiledView;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Questions that wait until what they name has been reached. */
class AtLeastTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Fewer than may wait, and more than new questions are taken at one moment. */
  private static final int MANY = 700;

  private static final String ID = "Vw1uS3HrQVu2k1-3rSgxLA";

  @TempDir private Path dir;

  private final OpenApi openApi = new OpenApi();
  private final Orders orders = new Orders(2, 1);
  private final HttpClient client = HttpClient.newHttpClient();
  private Replica replica;
  private HttpServer server;
  private CompiledView view;
  private LiveModel live;

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    ViewDefinition plain = Orders.view("by_day", Orders.BY_DAY);
    view =
        replica.apply(
            new ViewDefinition(
                plain.name(),
                plain.version(),
                plain.sql(),
                plain.source().withTopicId(ID),
                plain.comment(),
                plain.properties()));
    live = new LiveModel(view, orders);
    orders.add(5);
    replica.live(view, live.advance());
    replica.step();
    server =
        new HttpServer(
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
            replica.api);
    server.start();
  }

  @AfterEach
  void stop() {
    replica.views.arrivals().close();
    server.close();
    replica.close();
  }

  @Test
  void shouldAnswerOnceTheFlushArrives() throws Exception {
    String before = orders();
    orders.add(100);
    String wanted = orders();
    assertThat(at(rows(before, "0ms").get())).isEqualTo(before);

    CompletableFuture<HttpResponse<String>> rows = rows(wanted, "20s");
    CompletableFuture<HttpResponse<String>> got = sqlByGet(wanted);
    CompletableFuture<HttpResponse<String>> posted =
        post(
            "{\"sql\": \"SELECT sum(orders) AS n FROM BY_DAY UNION ALL SELECT sum(orders) FROM"
                + " by_day\", \"at_least\": \"%s\", \"timeout\": \"20s\"}".formatted(wanted));
    waiting(3);
    replica.live(view, live.advance(0, orders.end(0)));
    waiting(3);
    assertThat(rows).isNotDone();
    replica.live(view, live.advance(1, orders.end(1)));

    assertThat(at(rows.get(20, TimeUnit.SECONDS))).isEqualTo(wanted);
    assertThat(JSON.readTree(got.get(20, TimeUnit.SECONDS).body()).get("rows").toString())
        .isEqualTo("[{\"n\":105}]");
    assertThat(JSON.readTree(posted.get(20, TimeUnit.SECONDS).body()).get("rows").toString())
        .isEqualTo("[{\"n\":105},{\"n\":105}]");
    waiting(0);
  }

  @Test
  void shouldSayWhatWasReachedWhenTimeIsUp() throws Exception {
    String before = orders();
    long started = System.nanoTime();
    HttpResponse<String> reply = rows("orders:0=3,1=1000", "300ms").get(20, TimeUnit.SECONDS);

    assertThat(System.nanoTime() - started).isGreaterThan(Duration.ofMillis(300).toNanos());
    assertProblem(
        reply,
        504,
        "NOT_REACHED",
        "cannot answer at orders:0=3,1=1000 within 300ms: found view by_day at "
            + before
            + ", expected orders:0=3,1=1000; ask again, or with a longer timeout");
    assertThat(new String(replica.api.get("/metrics", Map.of(), "").body(), StandardCharsets.UTF_8))
        .contains(
            "millrace_query_seconds_count{layer=\"merged\",outcome=\"NOT_REACHED\",view=\"by_day\"}"
                + " 1\n");
    assertProblem(rows("orders:1=1000", "0ms").get(), 504, "NOT_REACHED", "within 0ms");
  }

  @Test
  void shouldWaitForLongerThanAConnectionMayBeIdle() throws Exception {
    ConnectionWatch watch = new ConnectionWatch(Duration.ofMillis(500), PATIENCE, System::nanoTime);
    HttpServer hasty =
        new HttpServer(
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
            replica.api,
            watch);
    hasty.start();
    try {
      HttpResponse<String> reply =
          client
              .sendAsync(
                  HttpRequest.newBuilder(
                          hasty
                              .uri()
                              .resolve(
                                  "/v1/views/by_day/rows?timeout=1500ms&at_least=orders:0=1000"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .get(20, TimeUnit.SECONDS);
      assertProblem(reply, 504, "NOT_REACHED", "within 1500ms");
    } finally {
      hasty.close();
    }
  }

  @Test
  void shouldKeepNoThreadWhileItWaits() throws Exception {
    String before = orders();
    orders.add(50);
    String wanted = orders();
    List<CompletableFuture<HttpResponse<String>>> many = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      many.add(rows(wanted, "25s"));
    }
    waiting(MANY);
    assertThat(at(rows(before, "0ms").get(20, TimeUnit.SECONDS))).isEqualTo(before);

    replica.live(view, live.advance());
    for (CompletableFuture<HttpResponse<String>> each : many) {
      assertThat(at(each.get(20, TimeUnit.SECONDS))).isEqualTo(wanted);
    }
  }

  @Test
  void shouldTellAllThatTimeIsUp() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> many = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      many.add(rows("orders:0=1000", "3s"));
    }
    for (CompletableFuture<HttpResponse<String>> each : many) {
      assertThat(each.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(504);
    }
    waiting(0);
  }

  @Test
  void shouldCutOffNobodyThatWaits() throws Exception {
    HttpServer small =
        new HttpServer(
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
            replica.api,
            new ConnectionWatch(PATIENCE, PATIENCE, System::nanoTime, 4));
    small.start();
    List<Socket> sockets = new ArrayList<>();
    try {
      String wanted = orders();
      orders.add(10);
      String later = orders();
      Socket waits = new Socket(small.uri().getHost(), small.uri().getPort());
      sockets.add(waits);
      waits.setSoTimeout((int) PATIENCE.toMillis());
      ask(
          waits,
          "GET /v1/views/by_day/rows?timeout=25s&at_least="
              + URLEncoder.encode(later, StandardCharsets.UTF_8)
              + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      waiting(1);
      // Each has asked, and does not come to its end.
      for (int i = 0; i < 12; i++) {
        Socket slow = new Socket(small.uri().getHost(), small.uri().getPort());
        sockets.add(slow);
        ask(slow, "POST /v1/sql HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
      }
      assertThat(wanted).isNotEqualTo(later);
      HttpResponse<String> heard =
          client
              .sendAsync(
                  HttpRequest.newBuilder(small.uri().resolve("/v1/views/by_day/rows")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .get(20, TimeUnit.SECONDS);
      assertThat(at(heard)).isEqualTo(wanted);
      waiting(1);
      replica.live(view, live.advance());

      String answer = new String(waits.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).contains("200 OK").contains("\"reached\":\"" + later + "\"");
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
      small.close();
    }
  }

  private static void ask(Socket socket, String question) throws IOException {
    socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void shouldLetSoManyWaitAndNoMore() throws Exception {
    NotReachedException behind = behind("orders:0=1000");
    long until = System.nanoTime() + PATIENCE.toNanos();
    List<CompletableFuture<Void>> held = new ArrayList<>();
    while (held.size() < 16) {
      held.add(behind.mayHaveArrived(until, (1 << 20) - 200));
    }
    assertThat(held).noneMatch(CompletableFuture::isDone);
    HttpResponse<String> refused = rows("orders:0=1000", "25s").get(20, TimeUnit.SECONDS);
    assertProblem(
        refused,
        503,
        "BUSY",
        "cannot wait for a position now: found 16 questions that wait, expected fewer");
    assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");

    replica.live(view, live.advance());
    waiting(16);
    orders.add(4_000);
    replica.live(view, live.advance());
    for (CompletableFuture<Void> each : held) {
      each.get(20, TimeUnit.SECONDS);
    }
    waiting(0);
    NotReachedException wide =
        behind(
            "orders:"
                + IntStream.range(0, 50_000)
                    .mapToObj(partition -> partition + "=1000000")
                    .collect(Collectors.joining(",")));
    CompletableFuture<Void> timesOut = wide.mayHaveArrived(System.nanoTime() + 500_000_000, 1);
    assertThat(wide.mayHaveArrived(until, 1)).isCompletedExceptionally();
    timesOut.get(20, TimeUnit.SECONDS);
    behind = behind("orders:0=1000000");
    for (int i = 0; i < 1_024; i++) {
      assertThat(behind.mayHaveArrived(until, 1)).isNotDone();
    }
    assertThat(behind.mayHaveArrived(until, 1)).isCompletedExceptionally();
  }

  @Test
  void shouldAnswerWhatWaitsWhenItStops() throws Exception {
    CompletableFuture<HttpResponse<String>> waits = rows("orders:0=1000", "25s");
    waiting(1);
    replica.views.arrivals().close();
    assertProblem(
        waits.get(20, TimeUnit.SECONDS),
        503,
        "BUSY",
        "cannot wait for a position now: found that this replica is being stopped");
  }

  @Test
  void shouldRefuseAtOnceWhatNoAnswerReaches() throws Exception {
    replica.reach =
        (source, asked) ->
            CompletableFuture.failedFuture(
                new MillraceException(ErrorCode.BAD_REQUEST, "cannot wait, as told"));
    assertProblem(rows("orders:0=1000", "25s").get(), 400, "BAD_REQUEST", "cannot wait, as told");
    replica.reach =
        (source, asked) -> CompletableFuture.failedFuture(new IllegalStateException("no broker"));
    assertProblem(rows("orders:0=1000", "100ms").get(), 504, "NOT_REACHED", "cannot answer at");
    waiting(0);
  }

  @Test
  void shouldRefuseWhatIsNoPositionOfTheView() throws Exception {
    assertProblem(
        rows("clicks:0=1", "1s").get(),
        400,
        "BAD_REQUEST",
        "found a position of source clicks, expected one of [orders], over which the question's"
            + " views are");
    assertProblem(
        rows("orders@AAAAAAAAAAAAAAAAAAAAAA:0=1", "1s").get(),
        400,
        "BAD_REQUEST",
        "found a position in the topic with id AAAAAAAAAAAAAAAAAAAAAA, expected "
            + ID
            + ", which is that of source orders");
    assertProblem(
        rows("0:1", "1s").get(),
        400,
        "BAD_REQUEST",
        "found '0:1', expected SOURCE@TOPIC-ID:PARTITION=OFFSET,…; correct at_least or timeout");
    assertProblem(
        rows(";", "1s").get(),
        400,
        "BAD_REQUEST",
        "found '', expected SOURCE@TOPIC-ID:PARTITION=OFFSET,…");
    assertProblem(rows("orders:0=1", "soon").get(), 400, "BAD_REQUEST", "found 'soon', expected a");
    assertProblem(
        rows("orders:0=1", "31s").get(),
        400,
        "BAD_REQUEST",
        "found timeout 31s, expected at most 30s; take less, or raise serving.wait.longest");
    assertProblem(
        get("/v1/views/by_day/rows?timeout=1s").get(),
        400,
        "BAD_REQUEST",
        "found timeout '1s' without at_least");
    assertProblem(
        post("{\"sql\": \"SELECT 1\", \"at_least\": 5}").get(),
        400,
        "BAD_REQUEST",
        "found at_least 5, expected a text");
  }

  @Test
  void shouldPromiseNothingOfATopicThatWasMadeAgain() throws Exception {
    String before = orders();
    replica
        .served(view.definition())
        .topicProblem(
            Optional.of(new MillraceException(ErrorCode.TOPIC_CHANGED, "cannot wait, as told")));
    assertProblem(rows(before, "1s").get(), 503, "TOPIC_CHANGED", "cannot wait, as told");
    assertThat(get("/v1/views/by_day/rows").get().statusCode()).isEqualTo(200);
  }

  @Test
  void shouldWaitForARunWhereOnlyRunsAreAsked() throws Exception {
    replica.completed(replica.lake.run(view, orders, live.cut()));
    orders.add(40);
    replica.live(view, live.advance());
    String wanted = orders();
    String question = "{\"sql\": \"SELECT sum(orders) AS n FROM by_day\", \"layer\": \"batch\"%s}";
    assertThat(JSON.readTree(post(question.formatted("")).get().body()).get("rows").toString())
        .isEqualTo("[{\"n\":5}]");

    CompletableFuture<HttpResponse<String>> waits =
        post(question.formatted(", \"timeout\": \"25s\", \"at_least\": \"" + wanted + "\""));
    waiting(1);
    replica.completed(replica.lake.run(view, orders, live.cut()));

    assertThat(JSON.readTree(waits.get(20, TimeUnit.SECONDS).body()).get("rows").toString())
        .isEqualTo("[{\"n\":45}]");
    JsonNode speed =
        JSON.readTree(
            post("{\"sql\": \"SELECT count(*) AS n FROM by_day\", \"layer\": \"speed\"}")
                .get()
                .body());
    assertThat(speed.get("rows").toString()).isEqualTo("[{\"n\":0}]");
    assertProblem(
        post("{\"sql\": \"SELECT 1 FROM by_day\", \"layer\": \"fast\"}").get(),
        400,
        "BAD_REQUEST",
        "found layer 'fast', expected merged, batch or speed");
  }

  @Test
  void shouldPutNoRunsTogetherThatEndAtOtherRecords() throws Exception {
    replica.completed(replica.lake.run(view, orders, live.cut()));
    orders.add(40);
    replica.live(view, live.advance());
    CompiledView other = replica.apply(Orders.view("other", Orders.BY_DAY));
    LiveModel otherLive = new LiveModel(other, orders);
    replica.live(other, otherLive.advance());
    replica.completed(replica.lake.run(other, orders, otherLive.cut()));
    String both =
        "{\"sql\": \"SELECT sum(orders) AS n FROM by_day UNION ALL SELECT sum(orders) FROM other\","
            + " \"layer\": \"%s\"}";

    assertThat(JSON.readTree(post(both.formatted("merged")).get().body()).get("rows").toString())
        .isEqualTo("[{\"n\":45},{\"n\":45}]");
    assertProblem(
        post(both.formatted("batch")).get(),
        400,
        "BAD_REQUEST",
        "cannot answer from layer batch: found the run of view by_day at boundary ");
  }

  @Test
  void shouldNotGoOnAtACursorThatStoodBefore() throws Exception {
    JsonNode page =
        JSON.readTree(get("/v1/views/by_day/rows?limit=1").get(20, TimeUnit.SECONDS).body());
    String cursor = URLEncoder.encode(page.get("cursor").asText(), StandardCharsets.UTF_8);
    String same = page.at("/position/reached").asText();
    assertThat(
            get("/v1/views/by_day/rows?limit=1&cursor=" + cursor + "&at_least=" + same)
                .get()
                .statusCode())
        .isEqualTo(200);
    assertProblem(
        get("/v1/views/by_day/rows?limit=1&at_least=orders:0=900&cursor=" + cursor).get(),
        400,
        "BAD_REQUEST",
        "expected one that has reached orders:0=900; start again without the cursor");
  }

  private NotReachedException behind(String atLeast) {
    RowsQuery query = new RowsQuery("by_day", Map.of("at_least", List.of(atLeast)));
    return catchThrowableOfType(NotReachedException.class, () -> replica.queries.answer(query));
  }

  /** Where the orders end. */
  private String orders() {
    return "orders@%s:0=%d,1=%d".formatted(ID, orders.end(0), orders.end(1));
  }

  private void waiting(int count) {
    Eventually.await(
        count + " questions to wait", PATIENCE, () -> replica.views.arrivals().waiting() == count);
  }

  private static String at(HttpResponse<String> reply) throws IOException {
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    return JSON.readTree(reply.body()).at("/position/reached").asText();
  }

  private void assertProblem(HttpResponse<String> reply, int status, String code, String message)
      throws IOException {
    JsonNode body = JSON.readTree(reply.body());
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertThat(body.get("code").asText()).isEqualTo(code);
    assertThat(body.get("message").asText()).contains(message);
    assertThat(openApi.judge("/v1/views/{view}/rows", status, body)).isEmpty();
  }

  private CompletableFuture<HttpResponse<String>> rows(String atLeast, String timeout) {
    return get(
        "/v1/views/by_day/rows?$at_least="
            + URLEncoder.encode(atLeast, StandardCharsets.UTF_8)
            + "&timeout="
            + timeout);
  }

  private CompletableFuture<HttpResponse<String>> sqlByGet(String atLeast) {
    return get(
        "/v1/sql?q="
            + URLEncoder.encode("SELECT sum(orders) AS n FROM by_day", StandardCharsets.UTF_8)
            + "&timeout=20s&at_least="
            + URLEncoder.encode(atLeast, StandardCharsets.UTF_8));
  }

  private CompletableFuture<HttpResponse<String>> get(String path) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create(server.uri() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private CompletableFuture<HttpResponse<String>> post(String body) {
    return client.sendAsync(
        HttpRequest.newBuilder(server.uri().resolve("/v1/sql"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
