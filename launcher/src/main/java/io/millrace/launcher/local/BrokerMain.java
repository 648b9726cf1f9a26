package io.millrace.launcher.local;

import io.millrace.control.process.ParentWatch;

/**
 * Main class of the broker's process: Kafka's own, which stops when the launcher is gone.
 *
 * <p>Arguments: {@code --parent-pid PID FILE}, the latter a server.properties.
 */
public final class BrokerMain {
  private BrokerMain() {}

  public static void main(String[] args) {
    if (args.length != 3 || !args[0].equals("--parent-pid")) {
      System.err.println("cannot start: found other arguments, expected --parent-pid PID FILE");
      System.exit(2);
    }
    ParentWatch.exitWith(Long.parseLong(args[1]));
    kafka.Kafka.main(new String[] {args[2]});
  }
}
