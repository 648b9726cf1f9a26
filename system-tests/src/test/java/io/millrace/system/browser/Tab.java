package io.millrace.system.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One page of a {@link Browser}, and what it has asked for and complained of since it was opened.
 * Not thread-safe.
 */
public final class Tab implements AutoCloseable {
  private static final long ANSWER_S = 60;

  private final ObjectMapper json = new ObjectMapper();
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private WebSocket socket;

  private Tab() {}

  static Tab connect(HttpClient client, URI address) {
    Tab tab = new Tab();
    tab.socket = client.newWebSocketBuilder().buildAsync(address, tab.new Messages()).join();
    List.of("Page", "Network", "Runtime", "Log").forEach(domain -> tab.ask(domain + ".enable"));
    return tab;
  }

  /** Goes to an address, and returns when it has begun to load. */
  public void go(String url) {
    ask("Page.navigate", "url", url);
  }

  /**
   * What an expression of JavaScript is worth, as JSON.
   *
   * @throws AssertionError if it throws
   */
  public JsonNode value(String expression) {
    ObjectNode parameters = json.createObjectNode();
    parameters.put("expression", expression).put("returnByValue", true).put("awaitPromise", true);
    JsonNode answer = ask("Runtime.evaluate", parameters);
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /** What a person reads at the first element of a CSS selector; empty if there is none. */
  public String text(String selector) {
    return value("(document.querySelector(" + quoted(selector) + ") || {}).innerText || ''")
        .asText();
  }

  /** Types into what has the focus. */
  public void type(String text) {
    ask("Input.insertText", "text", text);
  }

  /** How large the page is, in CSS pixels, and whether the person prefers dark colours. */
  public void look(int width, int height, boolean dark) {
    ObjectNode size = json.createObjectNode();
    size.put("width", width).put("height", height).put("deviceScaleFactor", 1);
    size.put("mobile", false);
    ask("Emulation.setDeviceMetricsOverride", size);
    ObjectNode media = json.createObjectNode();
    media
        .putArray("features")
        .addObject()
        .put("name", "prefers-color-scheme")
        .put("value", dark ? "dark" : "light");
    ask("Emulation.setEmulatedMedia", media);
  }

  /** Keeps a picture of what is seen, as PNG. */
  public void picture(Path file) throws IOException {
    JsonNode answer = ask("Page.captureScreenshot", "format", "png");
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(answer.path("data").asText()));
  }

  /** Every address that was asked for. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /**
   * What scripts threw, what they wrote to the console as errors, and what the browser refused; not
   * that an answer was an error or did not come.
   */
  public List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    ask("Page.close");
    socket.abort();
  }

  private String quoted(String text) {
    return json.valueToTree(text).toString();
  }

  private JsonNode ask(String method) {
    return ask(method, json.createObjectNode());
  }

  private JsonNode ask(String method, String name, String value) {
    return ask(method, json.createObjectNode().put(name, value));
  }

  private JsonNode ask(String method, ObjectNode parameters) {
    int id = next.incrementAndGet();
    ObjectNode message = json.createObjectNode();
    message.put("id", id).put("method", method).set("params", parameters);
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(id, answer);
    try {
      socket.sendText(message.toString(), true).get(ANSWER_S, TimeUnit.SECONDS);
      JsonNode answered = answer.get(ANSWER_S, TimeUnit.SECONDS);
      if (answered.has("error")) {
        throw new AssertionError(method + ": " + answered.get("error"));
      }
      return answered.path("result");
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the browser does not answer " + method, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while the browser does " + method, e);
    }
  }

  private void take(String text) throws IOException {
    JsonNode message = json.readTree(text);
    if (message.has("id")) {
      CompletableFuture<JsonNode> answer = asked.remove(message.get("id").asInt());
      if (answer != null) {
        answer.complete(message);
      }
      return;
    }
    JsonNode said = message.path("params");
    switch (message.path("method").asText()) {
      case "Network.requestWillBeSent" -> requests.add(said.at("/request/url").asText());
      case "Runtime.exceptionThrown" -> errors.add(said.path("exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> {
        if (List.of("error", "assert").contains(said.path("type").asText())) {
          errors.add(said.path("args").toString());
        }
      }
      case "Log.entryAdded" -> {
        JsonNode entry = said.path("entry");
        if (entry.path("level").asText().equals("error")
            && !entry.path("source").asText().equals("network")) {
          errors.add(entry.toString());
        }
      }
      default -> {
        // Of no interest here.
      }
    }
  }

  /** Messages come in parts, on a thread of the client. */
  private final class Messages implements WebSocket.Listener {
    private final StringBuilder parts = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        String whole = parts.toString();
        parts.setLength(0);
        try {
          take(whole);
        } catch (IOException e) {
          errors.add("the browser said what is no JSON: " + e);
        }
      }
      from.request(1);
      return null;
    }
  }
}
