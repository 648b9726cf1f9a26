package io.millrace.system;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * {@code schemas ← control ← {lake, view-engine} ← {speed, batch, serving} ← launcher}, and {@code
 * control ← producer ← launcher}.
 */
@AnalyzeClasses(packages = "io.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class DependencyRuleTest {
  private static final String SCHEMAS = "io.millrace.schemas..";
  private static final String CONTROL = "io.millrace.control..";
  private static final String LAKE = "io.millrace.lake..";
  private static final String VIEW = "io.millrace.view..";
  private static final String SPEED = "io.millrace.speed..";
  private static final String BATCH = "io.millrace.batch..";
  private static final String SERVING = "io.millrace.serving..";
  private static final String PRODUCER = "io.millrace.producer..";
  private static final String LAUNCHER = "io.millrace.launcher..";
  private static final String TESTKIT = "io.millrace.testkit..";

  @ArchTest static final ArchRule schemasKnowNobody = only(SCHEMAS);
  @ArchTest static final ArchRule controlKnowsSchemas = only(CONTROL, SCHEMAS);
  @ArchTest static final ArchRule theLakeKnowsControl = only(LAKE, CONTROL);
  @ArchTest static final ArchRule theEngineKnowsControl = only(VIEW, CONTROL, SCHEMAS);
  @ArchTest static final ArchRule speedKnowsNoOtherLayer = only(SPEED, VIEW, CONTROL);
  @ArchTest static final ArchRule batchKnowsNoOtherLayer = only(BATCH, VIEW, LAKE, CONTROL);
  @ArchTest static final ArchRule servingKnowsNoOtherLayer = only(SERVING, VIEW, LAKE, CONTROL);

  @ArchTest static final ArchRule theProducerKnowsControl = only(PRODUCER, CONTROL, SCHEMAS);

  @ArchTest
  static final ArchRule onlyTheLauncherKnowsTheProducer =
      noClasses()
          .that()
          .resideOutsideOfPackages(LAUNCHER, PRODUCER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(PRODUCER);

  @ArchTest
  static final ArchRule nobodyKnowsTheLauncherOrTheTestkit =
      noClasses()
          .that()
          .resideOutsideOfPackages(LAUNCHER, TESTKIT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(LAUNCHER, TESTKIT);

  @ArchTest
  static final ArchRule onlyTheEngineTouchesCatalyst =
      noClasses()
          .that()
          .resideOutsideOfPackages(VIEW, TESTKIT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark.sql.catalyst..", "org.apache.spark.sql.execution..");

  @ArchTest
  static final ArchRule controlHasNoSpark =
      noClasses()
          .that()
          .resideInAnyPackage(CONTROL, SCHEMAS, PRODUCER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..");

  @ArchTest
  static final ArchRule theStreamAndTheAnswersHaveNoSparkSession =
      noClasses()
          .that()
          .resideInAnyPackage(SPEED, SERVING, LAKE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..");

  @ArchTest
  static final ArchRule onlyTheLakeAndItsUsersTouchIceberg =
      noClasses()
          .that()
          .resideOutsideOfPackages(LAKE, BATCH, SERVING)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.iceberg..");

  @ArchTest
  static final ArchRule nobodySleeps =
      noClasses().should().callMethod(Thread.class, "sleep", long.class);

  /** Of Millrace's own packages, {@code module} uses itself and {@code others} alone. */
  private static ArchRule only(String module, String... others) {
    String[] allowed = java.util.Arrays.copyOf(others, others.length + 1);
    allowed[others.length] = module;
    return noClasses()
        .that()
        .resideInAPackage(module)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.millrace..").and(resideOutsideOfPackages(allowed)));
  }
}
