package io.millrace.system.browser;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.testkit.Processes;
import io.millrace.testkit.TestProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Chromium without a window, in a profile of its own, driven by its DevTools protocol. Ends with
 * {@link #close}, at the latest with this JVM. Not thread-safe.
 */
public final class Browser implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Pattern LISTENS = Pattern.compile("DevTools listening on ws://([^/\\s]+)/");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Processes processes;
  private final String address;

  private Browser(Processes processes, String address) {
    this.processes = processes;
    this.address = address;
  }

  /** Whether there is one: for tests of which the page is a small part. */
  public static boolean installed() {
    return Chromium.find().program().isPresent();
  }

  /**
   * Starts the one that {@link NeedsChromium} found.
   *
   * @param dir for its profile and its log; made if missing
   */
  public static Browser start(Path dir) {
    Path program =
        Chromium.find().program().orElseThrow(() -> new AssertionError(Chromium.find().said()));
    Processes processes = Processes.in(dir);
    try {
      TestProcess process =
          processes.command(
              "chromium",
              List.of(
                  program.toString(),
                  "--headless",
                  // Root has no sandbox; it opens pages of this machine only.
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-dev-shm-usage",
                  "--disable-quic",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                  "--hide-scrollbars",
                  "--remote-debugging-address=127.0.0.1",
                  "--remote-debugging-port=0",
                  "--user-data-dir=" + dir.resolve("profile").toAbsolutePath(),
                  "about:blank"),
              Map.of("LANG", "C.UTF-8", "TZ", "UTC"));
      process.awaitOutput("DevTools listening on ", START);
      Matcher listens = LISTENS.matcher(process.output());
      if (!listens.find()) {
        throw new AssertionError("found no address in " + process.output());
      }
      return new Browser(processes, listens.group(1));
    } catch (Throwable e) {
      processes.close();
      throw e;
    }
  }

  /** Opens an empty page; closing it is up to the caller, or to {@link #close}. */
  public Tab open() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/json/new?about:blank"))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    String made = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    String socket = new ObjectMapper().readTree(made).path("webSocketDebuggerUrl").asText();
    return Tab.connect(client, URI.create(socket));
  }

  @Override
  public void close() {
    processes.close();
  }
}
