package io.millrace.view.internal.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.schemas.WireFormat;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.read.AvroTypes;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection$;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Records of the registry format, with a real Apicurio registry behind its Confluent API. */
final class RegistryIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static Process server;
  private static String url;

  @BeforeAll
  static void start() throws Exception {
    Path home = Path.of("target", "registry-server");
    Path jar;
    try (Stream<Path> files = Files.list(home)) {
      jar = files.filter(p -> p.toString().endsWith("-runner.jar")).findFirst().orElseThrow();
    }
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-jar",
                jar.toAbsolutePath().toString())
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("registry.log").toFile())
            .start();
    url = "http://127.0.0.1:" + port + "/apis/ccompat/v7";
    awaitReady(Duration.ofSeconds(120));
  }

  private static void awaitReady(Duration patience) throws Exception {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/subjects")).build();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    server.onExit().thenRun(() -> ready.completeExceptionally(new IOException("it has ended")));
    timer.scheduleWithFixedDelay(
        () ->
            HTTP.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .thenAccept(
                    response -> {
                      if (response.statusCode() == 200) {
                        ready.complete(null);
                      }
                    }),
        0,
        250,
        TimeUnit.MILLISECONDS);
    try {
      ready.get(patience.toSeconds(), TimeUnit.SECONDS);
    } finally {
      timer.shutdownNow();
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    server.destroy();
    if (!server.waitFor(10, TimeUnit.SECONDS)) {
      server.destroyForcibly();
    }
  }

  private static int register(String subject, Schema schema) throws Exception {
    String body = JSON.writeValueAsString(Map.of("schema", schema.toString()));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/subjects/" + subject + "/versions"))
            .header("Content-Type", "application/vnd.schemaregistry.v1+json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode answer = JSON.readTree(response.body());
    return answer.get("id").asInt();
  }

  @Test
  void shouldReadRecordsOfEveryRegisteredVersion() throws Exception {
    Schema first =
        Values.schema(
            "{'type':'record','name':'Order','fields':[{'name':'id','type':'int'},"
                + "{'name':'at','type':{'type':'long','logicalType':'timestamp-millis'}}]}");
    Schema second =
        Values.schema(
            "{'type':'record','name':'Order','fields':["
                + "{'name':'note','type':['null','string'],'default':null},"
                + "{'name':'id','type':'long'},"
                + "{'name':'at','type':{'type':'long','logicalType':'timestamp-millis'}}]}");
    int firstId = register("orders-value", first);
    int secondId = register("orders-value", second);
    assertThat(secondId).isNotEqualTo(firstId);
    AvroRowDecoder decoder = new AvroRowDecoder(Values.registered(second, url));
    GenericRecord old = Values.record(first, "id", 1, "at", 1_000L);
    GenericRecord fresh = Values.record(second, "id", 2L, "at", 2_000L, "note", "hi");

    InternalRow row =
        decoder.decode(Values.write(WireFormat.registryHeader(firstId), old), 0, 0, 0);
    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.getLong(1)).isEqualTo(1);
    assertThat(row.getLong(2)).isEqualTo(1_000_000);
    row = decoder.decode(Values.write(WireFormat.registryHeader(secondId), fresh), 0, 1, 0);
    assertThat(row.getUTF8String(0)).hasToString("hi");
    assertThat(row.getLong(1)).isEqualTo(2);
    assertThatThrownBy(
            () -> decoder.decode(Values.write(WireFormat.registryHeader(4711), fresh), 0, 2, 0))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessage("found schema id 4711, which is not in the registry");
  }

  @Test
  void shouldReadEveryTypeThroughTheRegistry() throws Exception {
    int id = register("everything-value", RandomRecords.ALL_TYPES);
    AvroRowDecoder registered = new AvroRowDecoder(Values.registered(RandomRecords.ALL_TYPES, url));
    AvroRowDecoder known = new AvroRowDecoder(Values.source(RandomRecords.ALL_TYPES));
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    RandomRecords records = new RandomRecords(seed);
    UnsafeProjection bytes =
        UnsafeProjection$.MODULE$.create(AvroTypes.rowType(RandomRecords.ALL_TYPES));
    for (int i = 0; i < 200; i++) {
      GenericRecord record = records.next();
      InternalRow row =
          registered.decode(Values.write(WireFormat.registryHeader(id), record), 1, i, i);
      InternalRow same = known.decode(Values.singleObject(record), 1, i, i);
      assertThat(bytes.apply(row).copy()).as("record %d", i).isEqualTo(bytes.apply(same));
    }
  }
}
