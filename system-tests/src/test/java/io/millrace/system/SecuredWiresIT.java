package io.millrace.system;

import java.nio.file.Path;

/** {@link SecuredWiresSuite} on the broker that needs no Docker. */
class SecuredWiresIT extends SecuredWiresSuite {
  @Override
  protected SecuredBroker broker(Path dir, Certificates certificates, String storePassword) {
    certificates.sign("broker", "ip:127.0.0.1,dns:localhost");
    return EmbeddedSecuredBroker.start(dir, certificates, storePassword);
  }
}
