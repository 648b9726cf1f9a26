package io.millrace.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.millrace.serving.http.HttpApi;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The served description, as a judge of answers. */
public final class OpenApi {
  private final JsonNode document;
  private final Map<String, Schema> schemas = new HashMap<>();
  private final Set<String> judged = new TreeSet<>();

  public OpenApi() {
    try (InputStream resource = HttpApi.class.getResourceAsStream("openapi.json")) {
      document = new ObjectMapper().readTree(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with an answer to a GET of {@code path} (a template); empty if nothing is. */
  public List<Error> judge(String path, int status, JsonNode body) {
    return judge("get", path, status, body);
  }

  /** As {@link #judge(String, int, JsonNode)}, of another method. */
  public List<Error> judge(String method, String path, int status, JsonNode body) {
    String pointer =
        "/paths/" + path.replace("/", "~1") + "/" + method + "/responses/" + status + "/content";
    JsonNode content = document.at(pointer).path("application/json").path("schema");
    if (content.isMissingNode()) {
      throw new AssertionError("not described: " + status + " of " + path);
    }
    if (method.equals("get")) {
      judged.add(path + " " + status);
    }
    return schemas.computeIfAbsent(pointer, p -> schema(content)).validate(body);
  }

  /** Every JSON answer the document describes, as {@code path status}. */
  public Set<String> described() {
    Set<String> described = new TreeSet<>();
    document
        .get("paths")
        .fields()
        .forEachRemaining(
            path ->
                path.getValue()
                    .at("/get/responses")
                    .fields()
                    .forEachRemaining(
                        response -> {
                          if (response.getValue().at("/content").has("application/json")) {
                            described.add(path.getKey() + " " + response.getKey());
                          }
                        }));
    return described;
  }

  /** What {@link #judge} was asked so far. */
  public Set<String> judged() {
    return judged;
  }

  private Schema schema(JsonNode content) {
    ObjectNode schema = content.deepCopy();
    schema.set("components", document.get("components"));
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(schema);
  }
}
