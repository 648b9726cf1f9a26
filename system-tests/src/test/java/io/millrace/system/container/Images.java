package io.millrace.system.container;

import com.github.dockerjava.api.exception.NotFoundException;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ImageNameSubstitutor;
import org.testcontainers.utility.TestcontainersConfiguration;

/**
 * The images that tests run. Their versions are the parent pom's, by way of system properties.
 *
 * <p>An image that can only have been built here is looked for before it is used: Testcontainers
 * would try for minutes to pull it.
 */
final class Images {
  private static final String OWN = "millrace/";

  private Images() {}

  static DockerImageName kafka() {
    return there(named("kafka"), "deploy/local-images/build");
  }

  /** Apicurio's registry server. */
  static DockerImageName registry() {
    return there(named("registry"), "deploy/local-images/build");
  }

  /**
   * @param part of Millrace, such as {@code speed-layer}
   */
  static DockerImageName own(String part) {
    return there(OWN + part + ":" + named("version"), "deploy/images/build");
  }

  private static String named(String property) {
    String name = System.getProperty("millrace.image." + property);
    if (name == null) {
      throw new AssertionError(
          "cannot choose an image: found no system property millrace.image."
              + property
              + ", expected the one that system-tests/pom.xml sets; run the test by Maven");
    }
    return name;
  }

  /**
   * @param builder the script that builds the image where it cannot be pulled
   * @throws AssertionError if it is not there and cannot be pulled
   */
  static DockerImageName there(String name, String builder) {
    DockerImageName image = DockerImageName.parse(name);
    String prefix =
        TestcontainersConfiguration.getInstance().getEnvVarOrProperty("hub.image.name.prefix", "");
    if (!prefix.isEmpty() || name.startsWith(OWN)) {
      String local = ImageNameSubstitutor.instance().apply(image).asCanonicalNameString();
      try {
        DockerClientFactory.lazyClient().inspectImageCmd(local).exec();
      } catch (NotFoundException e) {
        throw new AssertionError(
            "cannot start a container: found no image "
                + local
                + ", expected one built on this machine; run "
                + builder,
            e);
      }
    }
    return image;
  }
}
