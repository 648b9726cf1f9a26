package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.client.ConfigOptions;
import io.millrace.launcher.client.Names;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.console.ProgressBar;
import io.millrace.launcher.console.StopSignal;
import io.millrace.launcher.console.Text;
import io.millrace.launcher.produce.AvroWriter;
import io.millrace.launcher.produce.ProduceJob;
import io.millrace.launcher.produce.TopicWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "produce",
    mixinStandardHelpOptions = true,
    description = {
      "Sends a file to a source as Avro records: CSV or TSV with a header line, or JSON lines"
          + " (.json, .jsonl), with .gz behind the name if compressed.",
      "Columns go to fields of the same name; a mapping file says otherwise (examples/real)."
    })
public final class ProduceCommand implements Callable<Integer> {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);
  private static final Duration LINGER = Duration.ofMillis(50);

  @Mixin private ConfigOptions options;

  @Parameters(index = "0", paramLabel = "SOURCE", description = "the source's name")
  private String source;

  @Parameters(index = "1", paramLabel = "FILE", description = "what to send")
  private Path file;

  @Option(names = "--mapping", paramLabel = "YAML", description = "columns to fields")
  private Path mapping;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "records per second, 1000 or 1000/s (default: as fast as it goes)")
  private String rate = "0";

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description = "send the whole file this often (default: ${DEFAULT-VALUE})")
  private int repeat;

  @Option(names = "--key", paramLabel = "FIELD", description = "field that is the record's key")
  private String key;

  @Option(
      names = "--partition-by",
      paramLabel = "FIELD",
      description = "field that chooses the partition (default: all partitions in turn)")
  private String partitionBy;

  @Option(
      names = "--rejects",
      paramLabel = "FILE",
      description = "where bad rows go, as JSON lines")
  private Path rejects;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    MillraceConfig config = options.running();
    SourceDefinition definition;
    try (ControlLog control = ControlLog.open(config)) {
      definition = Names.requireSource(control.catchUp(CATCH_UP), source);
    }
    StopSignal stop = StopSignal.install();
    try (TopicWriter topic = TopicWriter.open(config, definition, LINGER)) {
      ProduceJob job =
          new ProduceJob(
              new ProduceJob.Options(
                  file,
                  Optional.ofNullable(mapping),
                  rate(),
                  repeat,
                  Optional.ofNullable(key),
                  Optional.ofNullable(partitionBy),
                  Optional.ofNullable(rejects)),
              AvroWriter.schema(definition),
              topic);
      ProgressBar bar = new ProgressBar(console, "records");
      ProduceJob.Result result =
          job.run(
              (sent, fraction) -> {
                bar.update(sent, fraction);
                return !stop.isAsked();
              });
      return report(result, bar.finish(), definition);
    }
  }

  private int report(ProduceJob.Result result, Duration took, SourceDefinition definition) {
    console.line(
        String.format(
            "%s %s records to %s in %s (%s/s)%s",
            result.complete() ? console.green("✓") : console.yellow("stopped:"),
            Text.count(result.sent()),
            definition.topic(),
            Text.duration(took),
            Text.count(Math.round(result.sent() / Math.max(1e-3, took.toMillis() / 1e3))),
            repeat > 1 ? ", the file " + repeat + " times" : ""));
    if (result.bad() > 0) {
      console.line(
          console.yellow("! ")
              + Text.count(result.bad())
              + " rows were not sent"
              + (rejects == null ? "; --rejects FILE keeps them" : "; they are in " + rejects)
              + ":");
      result.examples().forEach(example -> console.line("    " + example));
      if (result.bad() > result.examples().size()) {
        console.line("    …");
      }
    }
    return result.complete() && result.bad() == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private double rate() {
    String number = rate.endsWith("/s") ? rate.substring(0, rate.length() - 2) : rate;
    try {
      return Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new picocli.CommandLine.TypeConversionException(
          "cannot read --rate: found '" + rate + "', expected a number such as 1000 or 1000/s");
    }
  }
}
