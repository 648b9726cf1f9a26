package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
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
  @EnabledIfSystemProperty(named = LEFT_OUT, matches = ".+")
  void shouldHaveNoJarThatIsLeftOut() {
    List<String> jars =
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(System.getProperty("java.class.path"))
            .map(entry -> Path.of(entry).getFileName().toString())
            .toList();

    assertThat(jars).anyMatch(jar -> jar.startsWith("spark-catalyst_"));
    for (String artifact : System.getProperty(LEFT_OUT).split(",")) {
      assertThat(jars).noneMatch(jar -> jar.matches(Pattern.quote(artifact) + "-\\d.*"));
    }
    assertThat(jars).as("what only tests have").noneMatch(jar -> jar.startsWith("kafka_"));
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
