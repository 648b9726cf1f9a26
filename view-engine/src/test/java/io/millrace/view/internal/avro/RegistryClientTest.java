package io.millrace.view.internal.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.schemas.WireFormat;
import io.millrace.view.RejectedRecordException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.avro.Schema;
import org.apache.spark.sql.catalyst.InternalRow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The registry API, spoken by a server that answers what each test tells it to. */
final class RegistryClientTest {
  private static final Schema ORDER =
      Values.schema(
          """
          {'type':'record','name':'Order','namespace':'shop','fields':[
            {'name':'id','type':'long'},
            {'name':'note','type':['null','string'],'default':null}]}
          """);

  private final Map<String, Queue<String>> answers = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private String url;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    url = "http://localhost:" + server.getAddress().getPort();
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().toString();
          requests.add(path);
          Queue<String> queue = answers.getOrDefault(path, new ArrayDeque<>());
          String answer = queue.size() > 1 ? queue.remove() : queue.peek();
          answer = answer == null ? "404 {\"error_code\":40403,\"message\":\"none\"}" : answer;
          byte[] body = answer.substring(4).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(String path, String... statusesAndBodies) {
    answers.put(path, new ArrayDeque<>(List.of(statusesAndBodies)));
  }

  private static String found(String schema, String more) {
    return "200 {\"schema\":\"" + schema.replace("\"", "\\\"") + "\"" + more + "}";
  }

  @Test
  void shouldReadRecordsByTheSchemaTheirIdNames() throws Exception {
    Schema older =
        Values.schema(
            "{'type':'record','name':'Order','namespace':'shop','fields':["
                + "{'name':'gone','type':'string'},{'name':'id','type':'int'}]}");
    answer("/schemas/ids/7", found(older.toString(), ""));
    AvroRowDecoder decoder = new AvroRowDecoder(Values.registered(ORDER, url));
    byte[] value =
        Values.write(WireFormat.registryHeader(7), Values.record(older, "gone", "x", "id", 5));

    for (int i = 0; i < 3; i++) {
      InternalRow row = decoder.decode(value, 0, i, 0);
      assertThat(row.getLong(0)).isEqualTo(5);
      assertThat(row.isNullAt(1)).isTrue();
    }

    assertThat(requests).containsExactly("/schemas/ids/7");
  }

  @Test
  void shouldRejectWhatTheRegistryDoesNotHaveAndNotAskAgainAtOnce() {
    RegistryClient client = RegistryClient.of(url);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> client.schema(7))
          .isInstanceOf(RejectedRecordException.class)
          .hasMessage("found schema id 7, which is not in the registry");
    }
    assertThat(requests).hasSize(1);
  }

  @Test
  void shouldRejectASchemaThatIsNotAvro() {
    answer("/schemas/ids/1", found("syntax = \"proto3\";", ",\"schemaType\":\"PROTOBUF\""));
    answer("/schemas/ids/2", found("{}", ""));
    answer("/schemas/ids/3", found("\"long\"", ""));
    assertThatThrownBy(() -> RegistryClient.of(url).schema(1))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessage("found schema id 1, which is PROTOBUF in the registry, expected Avro");
    assertThatThrownBy(() -> RegistryClient.of(url).schema(2))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessageStartingWith("found schema id 2, which is not valid in the registry: ");
    AvroRowDecoder decoder = new AvroRowDecoder(Values.registered(ORDER, url));
    assertThatThrownBy(() -> decoder.decode(new byte[] {0, 0, 0, 0, 3, 2}, 0, 0, 0))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessageContaining("Found long, expecting shop.Order");
  }

  @Test
  void shouldFollowReferences() throws Exception {
    answer(
        "/schemas/ids/4",
        found(
            "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"b\",\"type\":\"x.B\"}]}",
            ",\"references\":[{\"name\":\"x.B\",\"subject\":\"b value\",\"version\":2}]"));
    answer(
        "/subjects/b%20value/versions/2",
        found("{\"type\":\"record\",\"name\":\"B\",\"namespace\":\"x\",\"fields\":[]}", ""));

    Schema schema = RegistryClient.of(url).schema(4);

    assertThat(schema.getField("b").schema().getFullName()).isEqualTo("x.B");
  }

  @Test
  void shouldTryAgainWhenTheRegistryFailsForAMoment() throws Exception {
    answer("/schemas/ids/5", "503 busy", "500 {}", found(ORDER.toString(), ""));

    assertThat(RegistryClient.of(url).schema(5)).isEqualTo(ORDER);

    assertThat(requests).hasSize(3);
  }

  @Test
  void shouldSayWhenTheRegistryCannotBeAsked() {
    answer("/schemas/ids/6", "503 busy");
    assertUnreachable(6, "status 503");
    answer("/schemas/ids/7", "401 {}");
    assertUnreachable(7, "status 401");
    answer("/schemas/ids/8", "404 {\"message\":\"no such page\"}");
    assertUnreachable(8, "status 404");
    answer("/schemas/ids/9", "200 <html>");
    assertUnreachable(9, "an answer that is not of the registry API");
    server.stop(0);
    assertUnreachable(10, "no answer (ConnectException)");
  }

  private void assertUnreachable(int id, String found) {
    assertThatThrownBy(() -> RegistryClient.of(url).schema(id))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot look up a schema: found "
                + found
                + " at "
                + url
                + "/schemas/ids/"
                + id
                + ", expected a schema registry; start it, or correct registry.url and apply again")
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.REGISTRY_UNREACHABLE);
  }
}
