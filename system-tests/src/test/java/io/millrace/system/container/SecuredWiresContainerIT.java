package io.millrace.system.container;

import io.millrace.system.Certificates;
import io.millrace.system.SecuredBroker;
import io.millrace.system.SecuredWiresSuite;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** {@link SecuredWiresSuite} on the public image of Kafka; every build runs it on the other one. */
@Tag("long")
@NeedsContainers
class SecuredWiresContainerIT extends SecuredWiresSuite {
  @Override
  protected SecuredBroker broker(Path dir, Certificates certificates, String storePassword) {
    certificates.sign("broker", "ip:127.0.0.1,dns:localhost");
    return SecuredKafkaNode.start(certificates, storePassword);
  }
}
