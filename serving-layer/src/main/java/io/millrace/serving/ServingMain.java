package io.millrace.serving;

import io.millrace.control.Layer;
import io.millrace.control.LayerMain;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The serving layer as a process: {@code --config FILE [--parent-pid N]}. */
public final class ServingMain {
  private ServingMain() {}

  public static void main(String[] args) {
    LayerMain.main(
        "serving",
        args,
        context -> new Running(ServingLayer.start(context.config(), context.log())));
  }

  private record Running(ServingLayer serving, AtomicBoolean said) implements Layer {
    private Running(ServingLayer serving) {
      this(serving, new AtomicBoolean());
    }

    /** It can be asked as soon as it has started; later, a view it cannot answer degrades it. */
    @Override
    public String state() {
      return said.compareAndSet(false, true) || serving.problems().isEmpty()
          ? "running"
          : "degraded";
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
