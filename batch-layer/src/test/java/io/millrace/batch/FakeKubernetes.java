package io.millrace.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of a Kubernetes API server, and of a node, as a Spark driver needs: pods of one
 * namespace, which can be created, read, listed, watched, patched and deleted. A created pod
 * becomes a process of this machine.
 *
 * <p>It allows everything and remembers what it was asked for, as a Role would name it.
 * Thread-safe.
 */
final class FakeKubernetes implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern LABEL_SELECTOR = Pattern.compile("labelSelector=([^&]*)");
  private static final Pattern NAME_SELECTOR =
      Pattern.compile("fieldSelector=metadata\\.name=([^&,]*)");

  /** {@code key=value}, {@code key!=value} or {@code key in (value,value)}. */
  private static final Pattern REQUIREMENT =
      Pattern.compile("([\\w./-]+)(==?[^,]*|!=[^,]*| in \\([^)]*\\))");

  private final String pods;
  private final Function<JsonNode, Process> node;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, ObjectNode> store = new TreeMap<>();
  private final Map<String, Process> processes = new TreeMap<>();
  private final List<ObjectNode> created = new CopyOnWriteArrayList<>();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final TreeSet<String> asked = new TreeSet<>();
  private int version = 1;

  /**
   * One client that watches.
   *
   * @param events lines; empty ends it
   */
  private record Watch(String query, BlockingQueue<Optional<String>> events) {
    void tell(String type, ObjectNode pod) {
      if (selects(query, pod)) {
        ObjectNode event = JSON.createObjectNode().put("type", type);
        event.set("object", pod.deepCopy());
        events.add(Optional.of(event + "\n"));
      }
    }
  }

  /**
   * @param node starts the process of a pod
   */
  FakeKubernetes(String namespace, Function<JsonNode, Process> node) throws IOException {
    this.pods = "/api/v1/namespaces/" + namespace + "/pods";
    this.node = node;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** {@code verb resource} of everything that was asked for, sorted. */
  synchronized List<String> asked() {
    return List.copyOf(asked);
  }

  /** The pods that were created, as they were sent. */
  List<ObjectNode> created() {
    return List.copyOf(created);
  }

  /** Names of the pods that there are. */
  synchronized List<String> names() {
    return List.copyOf(store.keySet());
  }

  /** Adds a pod that runs already, such as the driver's. */
  synchronized void add(ObjectNode pod) {
    run(pod);
    store.put(name(pod), pod);
  }

  private void handle(HttpExchange exchange) {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String query =
          Optional.ofNullable(exchange.getRequestURI().getRawQuery())
              .map(q -> URLDecoder.decode(q, StandardCharsets.UTF_8))
              .orElse("");
      boolean watch = query.contains("watch=true");
      boolean one = path.startsWith(pods + "/");
      ask(verb(exchange.getRequestMethod(), one, watch), path);
      if (!one && !path.equals(pods)) {
        answer(exchange, 404, status(404));
      } else if (exchange.getRequestHeaders().containsKey("Upgrade")) {
        // No web socket here: the client then watches by plain HTTP.
        answer(exchange, 200, JSON.createObjectNode());
      } else if (watch) {
        stream(exchange, query);
      } else {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        answer(
            exchange,
            exchange.getRequestMethod(),
            one ? path.substring(pods.length() + 1) : "",
            query,
            body);
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String verb(String method, boolean one, boolean watch) {
    return switch (method) {
      case "GET" -> watch ? "watch" : one ? "get" : "list";
      case "POST" -> "create";
      case "PATCH" -> "patch";
      case "PUT" -> "update";
      case "DELETE" -> one ? "delete" : "deletecollection";
      default -> method;
    };
  }

  private synchronized void ask(String verb, String path) {
    String[] parts = path.split("/");
    asked.add(verb + " " + (parts.length > 5 ? parts[5] : path));
  }

  private synchronized void answer(
      HttpExchange exchange, String method, String name, String query, String body)
      throws IOException {
    ObjectNode pod = store.get(name);
    if (!name.isEmpty() && pod == null) {
      answer(exchange, 404, status(404));
    } else if (method.equals("POST")) {
      ObjectNode sent = (ObjectNode) JSON.readTree(body);
      created.add(sent.deepCopy());
      store.put(name(sent), sent);
      processes.put(name(sent), node.apply(sent));
      run(sent);
      tell("ADDED", sent);
      answer(exchange, 201, sent);
    } else if (method.equals("DELETE")) {
      for (ObjectNode each : name.isEmpty() ? selected(query) : List.of(pod)) {
        remove(name(each));
      }
      answer(exchange, 200, status(200));
    } else if (method.equals("GET") && name.isEmpty()) {
      ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "PodList");
      list.putObject("metadata").put("resourceVersion", Integer.toString(version));
      selected(query).forEach(list.withArray("items")::add);
      answer(exchange, 200, list);
    } else {
      // A patch changes labels only, which nothing here depends on.
      answer(exchange, 200, pod);
    }
  }

  private List<ObjectNode> selected(String query) {
    return store.values().stream().filter(pod -> selects(query, pod)).toList();
  }

  /** Whether a pod has the labels and the name that a query asks for. */
  static boolean selects(String query, JsonNode pod) {
    Matcher labels = LABEL_SELECTOR.matcher(query);
    boolean all = true;
    if (labels.find()) {
      Matcher wanted = REQUIREMENT.matcher(labels.group(1));
      while (wanted.find()) {
        String value = pod.at("/metadata/labels").path(wanted.group(1)).asText();
        String condition = wanted.group(2);
        all &=
            condition.startsWith("!=")
                ? !value.equals(condition.substring(2))
                : condition.startsWith("=")
                    ? value.equals(condition.replaceAll("^=+", ""))
                    : List.of(condition.replaceAll(".*\\(|\\)", "").split(",")).contains(value);
      }
    }
    Matcher field = NAME_SELECTOR.matcher(query);
    return all && (!field.find() || field.group(1).equals(name(pod)));
  }

  private void remove(String name) {
    ObjectNode pod = store.remove(name);
    Process process = processes.remove(name);
    if (process != null) {
      process.destroy();
    }
    tell("DELETED", pod);
  }

  private void run(ObjectNode pod) {
    ObjectNode metadata = (ObjectNode) pod.path("metadata");
    metadata.put("uid", "uid-" + name(pod));
    metadata.put("resourceVersion", Integer.toString(++version));
    metadata.put("creationTimestamp", java.time.Instant.now().toString());
    ObjectNode status = pod.putObject("status").put("phase", "Running").put("podIP", "127.0.0.1");
    status.putArray("conditions").addObject().put("type", "Ready").put("status", "True");
  }

  private void tell(String type, ObjectNode pod) {
    watches.forEach(watch -> watch.tell(type, pod));
  }

  private void stream(HttpExchange exchange, String query)
      throws IOException, InterruptedException {
    Watch watch = new Watch(query, new LinkedBlockingQueue<>());
    synchronized (this) {
      watches.add(watch);
      store.values().forEach(pod -> watch.tell("ADDED", pod));
    }
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      for (Optional<String> event = watch.events().take();
          event.isPresent();
          event = watch.events().take()) {
        out.write(event.get().getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } finally {
      watches.remove(watch);
    }
  }

  private static ObjectNode status(int code) {
    return JSON.createObjectNode()
        .put("apiVersion", "v1")
        .put("kind", "Status")
        .put("status", code < 300 ? "Success" : "Failure")
        .put("code", code);
  }

  private static void answer(HttpExchange exchange, int code, JsonNode body) throws IOException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String name(JsonNode pod) {
    return pod.path("metadata").path("name").asText();
  }

  /** Ends every process. */
  @Override
  public void close() throws InterruptedException {
    List<Process> left;
    synchronized (this) {
      left = List.copyOf(processes.values());
    }
    left.forEach(Process::destroyForcibly);
    for (Process process : left) {
      process.waitFor(10, TimeUnit.SECONDS);
    }
    watches.forEach(watch -> watch.events().add(Optional.empty()));
    server.stop(0);
    threads.shutdownNow();
  }
}
