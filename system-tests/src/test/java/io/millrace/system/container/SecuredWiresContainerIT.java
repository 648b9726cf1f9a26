package io.millrace.system.container;

import io.millrace.system.Certificates;
import io.millrace.system.SecuredBroker;
import io.millrace.system.SecuredWiresSuite;
import java.nio.file.Path;

/** {@link SecuredWiresSuite} on the public image of Kafka. */
@NeedsContainers
class SecuredWiresContainerIT extends SecuredWiresSuite {
  @Override
  protected SecuredBroker broker(Path dir, Certificates certificates, String storePassword) {
    certificates.sign("broker", "ip:127.0.0.1,dns:localhost");
    return SecuredKafkaNode.start(certificates, storePassword);
  }
}
