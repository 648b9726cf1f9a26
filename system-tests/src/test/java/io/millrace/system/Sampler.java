package io.millrace.system;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Asks for whole views again and again and holds each answer against the oracle. An answer that is
 * refused while a layer is down or a view waits for its first run is counted, not compared.
 */
public final class Sampler {
  private static final int DIFFERENCES_KEPT = 20;

  private final Http http;
  private final List<String> differences = new ArrayList<>();
  private final TreeMap<String, Integer> refusals = new TreeMap<>();
  private final Set<String> runs = new HashSet<>();
  private int withLive;

  public Sampler(Http http) {
    this.http = http;
  }

  /** One answer of one view. */
  public <E> void sample(CheckedView<E> view, TopicTail<E> tail) throws InterruptedException {
    Answer answer;
    try {
      answer = http.answer(view.name());
    } catch (IOException e) {
      String reason =
          e instanceof Http.Refused refused ? "HTTP " + refused.status : "no connection";
      refusals.merge(reason, 1, Integer::sum);
      return;
    }
    if (!answer.runId().isEmpty() && !answer.live().equals(answer.boundary())) {
      withLive++;
      runs.add(answer.runId());
    }
    tail.readTo(answer.live());
    differences.addAll(
        view.differences(answer).stream()
            .limit(Math.max(0, DIFFERENCES_KEPT - differences.size()))
            .toList());
  }

  /** What did not fit, in words; empty is what a test expects. */
  public List<String> differences() {
    return differences;
  }

  /** How many answers joined a run with live state past its boundary: the seam at work. */
  public int withLive() {
    return withLive;
  }

  /** How many runs were joined so. */
  public int runs() {
    return runs.size();
  }

  /** Why answers were refused, and how often. */
  public TreeMap<String, Integer> refusals() {
    return refusals;
  }
}
