package io.millrace.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.millrace.serving.http.HttpApi;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The served description, as a judge of answers. */
public final class OpenApi {
  private final JsonNode document;
  private final Map<String, JsonSchema> schemas = new HashMap<>();
  private final Set<String> judged = new TreeSet<>();

  public OpenApi() {
    try (InputStream resource = HttpApi.class.getResourceAsStream("openapi.json")) {
      document = new ObjectMapper().readTree(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with an answer to a GET of {@code path} (a template); empty if nothing is. */
  public Set<ValidationMessage> judge(String path, int status, JsonNode body) {
    String pointer = "/paths/" + path.replace("/", "~1") + "/get/responses/" + status + "/content";
    JsonNode content = document.at(pointer).path("application/json").path("schema");
    if (content.isMissingNode()) {
      throw new AssertionError("not described: " + status + " of " + path);
    }
    judged.add(path + " " + status);
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

  private JsonSchema schema(JsonNode content) {
    ObjectNode schema = content.deepCopy();
    schema.set("components", document.get("components"));
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema);
  }
}
