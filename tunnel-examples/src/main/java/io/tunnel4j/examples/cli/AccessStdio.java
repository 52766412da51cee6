package io.tunnel4j.examples.cli;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.PipeEnd;
import io.tunnel4j.access.TokenProvider;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Standard input and output as one connection, for SSH's ProxyCommand: nothing but data on standard output. */
final class AccessStdio {
    private static final Logger log = LoggerFactory.getLogger("tunnel.access");

    private AccessStdio() {}

    /** A connection that never came up is exit code 1 and one line; one that was up ends with 0, however it ended. */
    static int run(Terminal terminal, AccessTarget target, List<Path> caCertificates, TokenProvider tokens) {
        try (AccessConnector client = AccessConnector.builder()
                .outboundProxy(OutboundProxy.fromEnvironment())
                .caPool(caCertificates.toArray(Path[]::new))
                .tokens(tokens)
                .build()) {
            PipeEnd end = client.pipe(target, terminal.in(), terminal.out());
            log.debug("pipe to {} ended: {}", target.host(), end);
            return ExitCode.OK;
        }
    }
}
