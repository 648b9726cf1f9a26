package io.millrace.system.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.system.Installation;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.apache.avro.Schema;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** Apicurio's registry in a container. Its schemas are in a file, so that they outlast a stop. */
final class RegistryNode implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(180);
  private static final int PORT = 8080;
  private static final String API = "/apis/ccompat/v7";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final GenericContainer<?> container;
  private final String url;

  private RegistryNode(GenericContainer<?> container, String url) {
    this.container = container;
    this.url = url;
  }

  static RegistryNode start() {
    GenericContainer<?> container =
        Leftovers.own(new GenericContainer<>(Images.registry()))
            .withEnv("JAVA_TOOL_OPTIONS", Installation.NOT_OPTIMISED)
            .withEnv("APICURIO_DATASOURCE_URL", "jdbc:h2:file:/tmp/registry")
            .withExposedPorts(PORT)
            .waitingFor(Wait.forHttp(API + "/subjects").forPort(PORT).withStartupTimeout(START));
    int port = FixedPort.publish(container, PORT);
    container.start();
    return new RegistryNode(container, "http://" + container.getHost() + ":" + port + API);
  }

  /** Base of the Confluent-compatible API: what a source's {@code registry.url} names. */
  String url() {
    return url;
  }

  /** The schema's id. */
  int register(String subject, Schema schema) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(url + "/subjects/" + subject + "/versions"))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        JSON.writeValueAsString(Map.of("schema", schema.toString()))))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    JsonNode id = JSON.readTree(answer.body()).get("id");
    if (id == null) {
      throw new IOException("no id but " + answer.statusCode() + " " + answer.body());
    }
    return id.asInt();
  }

  void stop() {
    FixedPort.stop(container);
  }

  void startAgain() {
    FixedPort.startAgain(container);
    HttpRequest subjects = HttpRequest.newBuilder(URI.create(url + "/subjects")).build();
    Eventually.await(
        "the registry to answer again",
        START,
        () -> http.send(subjects, HttpResponse.BodyHandlers.discarding()).statusCode() == 200);
  }

  @Override
  public void close() {
    container.stop();
  }
}
