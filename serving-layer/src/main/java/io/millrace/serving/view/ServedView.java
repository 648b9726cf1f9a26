package io.millrace.serving.view;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupMerge;
import io.millrace.serving.store.LocalStore;
import io.millrace.serving.store.RunData;
import io.millrace.serving.swap.RunSwitch;
import io.millrace.view.CompiledView;
import java.util.Map;
import java.util.Optional;

/**
 * One view version in this replica: compiled, with its live state and the run it is answered from.
 *
 * <p>Thread-safe.
 */
public final class ServedView implements AutoCloseable {
  private final ViewDefinition definition;
  private final CompiledView compiled;
  private final GroupMerge merge;
  private final SpeedView speed;
  private final RunSwitch runs;
  private volatile ViewState state = ViewState.SERVED;
  private volatile Optional<MillraceException> topicProblem = Optional.empty();

  /**
   * @param changed told whenever the view may have reached more than before
   */
  ServedView(CompiledView compiled, LocalStore store, Runnable changed) {
    this.definition = compiled.definition();
    this.compiled = compiled;
    this.merge = new GroupMerge(compiled);
    this.speed = new SpeedView(store, definition.id(), changed);
    this.runs = new RunSwitch(merge, speed, changed);
  }

  public ViewDefinition definition() {
    return definition;
  }

  public CompiledView compiled() {
    return compiled;
  }

  public GroupMerge merge() {
    return merge;
  }

  public SpeedView speed() {
    return speed;
  }

  public RunSwitch runs() {
    return runs;
  }

  /**
   * What keeps answers from going on: a run that cannot take the place of the one before, a source
   * topic or a speed topic that is another one. They stay where they are meanwhile.
   */
  public Optional<MillraceException> problem() {
    return runs.problem().or(() -> topicProblem).or(this::refilling);
  }

  /** That the source's topic is not the one that was applied. */
  public Optional<MillraceException> topicProblem() {
    return topicProblem;
  }

  /** Says whether the source's topic is the one that was applied. */
  public void topicProblem(Optional<MillraceException> found) {
    topicProblem = found;
  }

  private Optional<MillraceException> refilling() {
    return speed.refilling()
        ? Optional.of(
            new MillraceException(
                ErrorCode.TOPIC_CHANGED,
                "cannot go on with live state of view "
                    + definition.name()
                    + ": found that its speed topic was deleted and made again, or that records"
                    + " were deleted before they were read, expected the one read so far; answers"
                    + " stay where they are until the speed layer has published all of it again"))
        : Optional.empty();
  }

  /** How far an answer would reach, if there is one: nothing is pinned. */
  Position reached(QueryLayer layer) {
    Position reached = runs.answered().map(run -> run.run().boundary()).orElse(Position.empty());
    if (layer == QueryLayer.BATCH) {
      return reached;
    }
    for (Map.Entry<Integer, Progress> entry : speed.progress().entrySet()) {
      long position = entry.getValue().position();
      if (position > reached.offset(entry.getKey())) {
        reached = reached.with(entry.getKey(), position);
      }
    }
    return reached;
  }

  ViewState state() {
    return state;
  }

  /** An answer has come from it. */
  synchronized void takeOver() {
    if (state == ViewState.SERVED) {
      state = state.to(ViewState.TOOK_OVER);
    }
  }

  /**
   * Pins what a query of {@code layer} reads. Before the first run, live state that begins with
   * each partition's first record is all there is: it answers alone, as if of a run over nothing.
   *
   * @throws MillraceException {@code VIEW_NOT_READY} with what it waits for, or {@code SEGMENT_GAP}
   */
  public ViewPin pin(QueryLayer layer) {
    while (true) {
      if (layer != QueryLayer.BATCH && !speed.isCaughtUp()) {
        throw notReady(speed.waitsFor());
      }
      Optional<RunData> run = runs.answered();
      if (run.isEmpty() && layer == QueryLayer.BATCH) {
        throw notReady(runs.waitsFor());
      }
      if (run.isEmpty() && layer == QueryLayer.SPEED && speed.progress().isEmpty()) {
        throw notReady("the speed layer's first flush");
      }
      if (run.isPresent() && !run.get().table().retain()) {
        // Swapped away between the two lines above; the next run is in place by now.
        continue;
      }
      SpeedView.Pin live;
      try {
        live = speed.pin();
      } catch (RuntimeException e) {
        run.ifPresent(data -> data.table().release());
        throw e;
      }
      if (run.isEmpty() && layer == QueryLayer.MERGED && !(runs.beforeFirst() && live.isWhole())) {
        live.close();
        throw notReady(runs.waitsFor());
      }
      try {
        return ViewPin.of(this, run, live);
      } catch (MillraceException e) {
        if (runs.answered().equals(run)) {
          throw e;
        }
      }
    }
  }

  /** Whether both read one topic, so that their positions can be compared. */
  boolean sharesTopicWith(ServedView other) {
    return shareTopic(definition, other.definition);
  }

  static boolean shareTopic(ViewDefinition a, ViewDefinition b) {
    SourceDefinition mine = a.source();
    SourceDefinition others = b.source();
    return mine.topic().equals(others.topic())
        && (mine.topicId().equals(others.topicId()) || mine.lakeTable().equals(others.lakeTable()));
  }

  private MillraceException notReady(String what) {
    return new MillraceException(
        ErrorCode.VIEW_NOT_READY,
        "cannot answer view " + definition.name() + " yet: it waits for " + what);
  }

  @Override
  public void close() {
    synchronized (this) {
      state = state.to(ViewState.RETIRED);
    }
    runs.close();
    speed.close();
  }
}
