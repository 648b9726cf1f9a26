package io.millrace.speed;

import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.task.ViewRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which of a source's view versions can be kept live. What is wrong with one hinders no other, of
 * whatever kind it is, and a sound version of a view does not hide what is wrong with another.
 *
 * @param views those that can, in the order they were applied
 * @param errors why others cannot, by view name
 */
record SoundViews(List<ViewDefinition> views, Map<String, String> errors) {
  static SoundViews of(ViewRuntime runtime, SourceDefinition source, List<ViewDefinition> views) {
    List<ViewDefinition> sound = new ArrayList<>();
    Map<String, String> errors = new TreeMap<>();
    for (ViewDefinition view : views) {
      if (!view.source().lakeTable().equals(source.lakeTable())) {
        // A version over an older topic of the source has nothing more to follow.
        continue;
      }
      Optional<String> why = unsound(runtime, source, view);
      if (why.isPresent()) {
        errors.putIfAbsent(view.name(), why.get());
      } else {
        sound.add(view);
      }
    }
    return new SoundViews(List.copyOf(sound), errors);
  }

  private static Optional<String> unsound(
      ViewRuntime runtime, SourceDefinition source, ViewDefinition view) {
    String doing = "cannot keep view " + view.id() + " live: found ";
    if (!view.source().topic().equals(source.topic())) {
      return Optional.of(
          doing
              + "source "
              + source.name()
              + " on topic "
              + source.topic()
              + ", expected it on "
              + view.source().topic()
              + "; declare the other topic as a source of its own");
    }
    try {
      runtime.check(view);
      return Optional.empty();
    } catch (MillraceException e) {
      return Optional.of(e.getMessage());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return Optional.of(
          doing
              + Reason.of(e)
              + ", expected it to compile; change the view, or drop it; the others go on");
    }
  }
}
