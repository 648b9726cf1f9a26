package io.millrace.system.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.model.Position;
import io.millrace.system.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is expected of all that replicas say: rows equal to the oracle's are judged elsewhere, here
 * that positions do not go back, and that a refusal names its reason and was to be expected.
 * Thread-safe.
 */
final class Watch {
  private static final int KEPT = 30;

  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, Position> last = new HashMap<>();
  private final TreeMap<String, Integer> refusals = new TreeMap<>();
  private final List<String> breaches = new ArrayList<>();
  private volatile Tolerance tolerance = Tolerance.NONE;
  private volatile String during = "the start";

  /**
   * @param what what is done to the system, in words
   * @param allowed what may be seen from now on
   */
  void during(String what, Tolerance allowed) {
    tolerance = allowed;
    during = what;
  }

  Tolerance tolerance() {
    return tolerance;
  }

  /** Takes an answer's position. */
  synchronized void answered(Member replica, Answer answer) {
    String key = replica + " " + answer.view();
    Position before = last.put(key, answer.live());
    if (before != null && !answer.live().covers(before)) {
      breach(key + " went back from " + before + " to " + answer.live());
    }
  }

  /**
   * @param body what came with the refusal
   * @param before the tolerance when the question was asked
   */
  synchronized void refused(Member replica, String view, String body, Tolerance before) {
    Optional<ErrorCode> code = reason(body);
    refusals.merge(code.map(Enum::name).orElse("no reason"), 1, Integer::sum);
    if (code.isEmpty()) {
      breach(replica + " " + view + " refused without a reason: " + body);
    } else if (!before.refusal(replica, code.get()) && !tolerance.refusal(replica, code.get())) {
      breach(replica + " " + view + " refused: " + body);
    }
  }

  /** As {@link #refused}, where nothing came at all. */
  synchronized void silent(Member replica, String view, Exception e, Tolerance before) {
    refusals.merge("silent", 1, Integer::sum);
    if (!before.silent().contains(replica) && !tolerance.silent().contains(replica)) {
      breach(replica + " " + view + " did not answer: " + e);
    }
  }

  /** Something that must not be. */
  synchronized void breach(String what) {
    if (breaches.size() < KEPT) {
      breaches.add("during " + during + ": " + what);
      System.out.println("  BREACH " + breaches.get(breaches.size() - 1));
    }
  }

  /** Takes positions of a view as a new beginning. */
  synchronized void forget(String view) {
    last.keySet().removeIf(key -> key.endsWith(" " + view));
  }

  synchronized List<String> breaches() {
    return List.copyOf(breaches);
  }

  synchronized Map<String, Integer> refusals() {
    return Map.copyOf(refusals);
  }

  private Optional<ErrorCode> reason(String body) {
    try {
      JsonNode node = json.readTree(body);
      String message = node.path("message").asText("");
      return message.startsWith("cannot ")
          ? Optional.of(ErrorCode.valueOf(node.path("code").asText()))
          : Optional.empty();
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
