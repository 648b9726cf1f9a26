package io.millrace.serving;

import io.millrace.control.process.Layer;
import io.millrace.control.process.LayerMain;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The serving layer as a process: {@code --config FILE [--parent-pid N]}. */
public final class ServingMain {
  private ServingMain() {}

  public static void main(String[] args) {
    LayerMain.main(
        "serving",
        args,
        context ->
            new Running(
                ServingLayer.start(
                    context.config(), context.log(), context.instance(), context.metrics())));
  }

  private record Running(ServingLayer serving) implements Layer {
    /** It can be asked as soon as it has started; a view it cannot answer degrades it. */
    @Override
    public List<String> problems() {
      return serving.problems();
    }

    @Override
    public Optional<String> dead() {
      return serving.dead();
    }

    @Override
    public Map<String, String> details() {
      return serving.details();
    }

    @Override
    public void close() {
      serving.close();
    }
  }
}
