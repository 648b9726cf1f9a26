package io.millrace.launcher.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.local.VerifyProcess;
import io.millrace.launcher.local.process.DataDirectory;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches all rows of a view at one position and has the batch layer compute them again from
 * scratch. For one thread; any other may close it.
 */
public final class Verifier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAGE = 10_000;

  private final ServingClient serving;
  private final DataDirectory dir;
  private final VerifyProcess process;

  /** Answers that have been fetched and not been verified. */
  private final Set<Path> kept = ConcurrentHashMap.newKeySet();

  /**
   * @param configFile the same configuration as a file, for the batch layer
   */
  public Verifier(MillraceConfig config, Path configFile) {
    this.serving = new ServingClient(config);
    this.dir = new DataDirectory(config.dataDir());
    this.process = new VerifyProcess(config, dir, configFile);
  }

  /**
   * An answer in a file, as {@code VerifyMain} reads it: a JSON line that says of what, then one
   * JSON array per row.
   *
   * @param rows how many
   * @param position of the first page, which is that of all
   */
  public record Answer(Path file, long rows, ServingClient.Page position) {}

  /**
   * @param fetched told how many rows there are so far
   * @throws MillraceException what the serving layer says
   */
  public Answer fetch(String view, LongConsumer fetched) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("limit", Integer.toString(PAGE));
    try {
      Path folder = Files.createDirectories(dir.root().resolve("verify"));
      // Its own: the same view may be verified by another command at the same time.
      Path file = Files.createTempFile(folder, view + "-", ".jsonl");
      file.toFile().deleteOnExit();
      kept.add(file);
      ServingClient.Page first = serving.rows(view, parameters);
      ServingClient.Page page = first;
      long rows = 0;
      try (BufferedWriter out = Files.newBufferedWriter(file)) {
        out.write(header(first) + "\n");
        while (true) {
          for (var row : page.rows()) {
            ArrayNode array = JSON.createArrayNode();
            row.forEach(array::add);
            out.write(array + "\n");
          }
          rows += page.rows().size();
          fetched.accept(rows);
          if (page.cursor().isEmpty()) {
            return new Answer(file, rows, first);
          }
          parameters.put("cursor", page.cursor().get());
          page = serving.rows(view, parameters);
        }
      }
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot keep the answer below " + dir.root() + ": " + e + "; free space or change rights",
          e);
    }
  }

  private static JsonNode header(ServingClient.Page page) {
    ObjectNode header = JSON.createObjectNode();
    header.put("view", page.view());
    header.put("version", page.version());
    header.put("runId", page.position().runId().orElse(null));
    header.set("boundary", JSON.valueToTree(page.position().boundary()));
    header.set("position", JSON.valueToTree(page.position().live()));
    ArrayNode columns = header.putArray("columns");
    page.columns().keySet().forEach(columns::add);
    return header;
  }

  /**
   * Computes the view again and compares. The answer's file is gone then.
   *
   * @param said each line that the batch layer prints
   * @return its exit code: 0 if every row is equal
   */
  public int verify(Answer answer, Consumer<String> said) {
    ServingClient.Seam seam = answer.position().position();
    try {
      return process.verify(answer.file(), seam.boundary().max(seam.live()).total(), said);
    } finally {
      delete(answer.file());
    }
  }

  private void delete(Path file) {
    try {
      Files.deleteIfExists(file);
      kept.remove(file);
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", file, e.toString());
    }
  }

  @Override
  public void close() {
    process.close();
    kept.forEach(this::delete);
  }
}
