package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The class path of a layer's image is really without the jars that images leave out. */
class ImageClassPathTest {
  /** Set to the artifacts left out where tests run on the class path of an image. */
  private static final String LEFT_OUT = "millrace.image.excludes";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "javassist.ClassPool",
        "org.apache.arrow.memory.BufferAllocator",
        "org.apache.orc.OrcFile",
        "org.apache.parquet.hadoop.ParquetFileReader",
        "org.apache.zookeeper.ZooKeeper",
        "org.glassfish.jersey.server.ResourceConfig",
        "py4j.GatewayServer"
      })
  void shouldHaveClassesOfAClusterOnlyOutsideOfImages(String name) {
    assertThat(loads(name)).isEqualTo(System.getProperty(LEFT_OUT) == null);
  }

  @Test
  void shouldHaveNoJarThatIsLeftOut() {
    List<String> jars =
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(System.getProperty("java.class.path"))
            .map(entry -> Path.of(entry).getFileName().toString())
            .toList();

    assertThat(jars).anyMatch(jar -> jar.startsWith("spark-catalyst_"));
    List<String> leftOut =
        Arrays.stream(System.getProperty(LEFT_OUT, "javassist").split(","))
            .filter(artifact -> jars.stream().anyMatch(jar -> isOf(artifact, jar)))
            .toList();
    if (System.getProperty(LEFT_OUT) == null) {
      assertThat(leftOut).as("the look would find one").containsExactly("javassist");
    } else {
      assertThat(leftOut).isEmpty();
      assertThat(jars).as("what only tests have").noneMatch(jar -> jar.startsWith("kafka_"));
    }
  }

  private static boolean isOf(String artifact, String jar) {
    return jar.matches(Pattern.quote(artifact) + "-\\d.*");
  }

  private static boolean loads(String name) {
    try {
      Class.forName(name, false, ImageClassPathTest.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
