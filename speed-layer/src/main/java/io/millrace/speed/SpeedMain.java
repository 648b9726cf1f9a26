package io.millrace.speed;

import io.millrace.control.process.LayerMain;
import io.millrace.speed.task.EngineRuntime;

/** The speed layer as a process; {@link LayerMain} says how it is started and how it ends. */
public final class SpeedMain {
  private SpeedMain() {}

  public static void main(String[] args) {
    LayerMain.main(
        "speed",
        args,
        context -> {
          SpeedLayer layer =
              new SpeedLayer(
                  context.config(),
                  context.log(),
                  new EngineRuntime(),
                  context.instance(),
                  context.metrics());
          layer.start();
          return layer;
        });
  }
}
