package io.millrace.batch;

import io.millrace.control.process.LayerMain;

/**
 * The batch layer's long-lived driver: {@code --config FILE [--parent-pid N]}. Archives every
 * source, runs views when they are due, and does so until it is told to stop.
 */
public final class BatchMain {
  private BatchMain() {}

  public static void main(String[] args) {
    LayerMain.main("batch", args, BatchLayer::start);
  }
}
