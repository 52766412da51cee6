package io.tunnel4j.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** {@code ssh -L} to an sshd of its own, with a given cipher: the yardstick of the TCP forwarder. */
public final class SshTunnel implements AutoCloseable {
    private final ManagedProcess server;
    private final ManagedProcess client;
    private final int port;

    private SshTunnel(ManagedProcess server, ManagedProcess client, int port) {
        this.server = server;
        this.client = client;
        this.port = port;
    }

    /**
     * Starts server and client.
     *
     * @param directory for keys and configuration
     * @param cipher as {@code ssh -c} takes it
     * @param target port that is forwarded to
     * @return once the local port accepts
     * @throws IOException if something cannot be started
     * @throws InterruptedException when interrupted
     */
    public static SshTunnel start(Path directory, String cipher, int target) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Path host = key(directory, "host");
        Path user = key(directory, "user");
        Path known = Files.copy(directory.resolve("user.pub"), directory.resolve("authorized_keys"));
        if (System.getProperty("user.name").equals("root")) {
            Files.createDirectories(Path.of("/run/sshd"));
        }
        int serverPort = ManagedProcess.freePort();
        int port = ManagedProcess.freePort();
        Path configuration =
                Files.writeString(directory.resolve("sshd_config"), """
                ListenAddress 127.0.0.1
                Port %d
                HostKey %s
                AuthorizedKeysFile %s
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                AllowTcpForwarding yes
                PidFile none
                """.formatted(serverPort, host, known));
        ManagedProcess server = ManagedProcess.start(
                "sshd", directory, List.of(program("sshd"), "-D", "-e", "-f", configuration.toString()));
        server.awaitPort(serverPort);
        List<String> command = new ArrayList<>(List.of("ssh", "-N", "-F", "none", "-i", user.toString(), "-c", cipher));
        for (String option : List.of(
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "ExitOnForwardFailure=yes",
                "Compression=no",
                "BatchMode=yes")) {
            command.addAll(List.of("-o", option));
        }
        command.addAll(List.of("-L", "127.0.0.1:" + port + ":127.0.0.1:" + target, "-p", Integer.toString(serverPort)));
        command.add("127.0.0.1");
        ManagedProcess client = ManagedProcess.start("ssh", directory, command);
        try {
            return new SshTunnel(server, client.awaitPort(port), port);
        } catch (IllegalStateException e) {
            client.close();
            server.close();
            throw e;
        }
    }

    private static String program(String name) {
        Path system = Path.of("/usr/sbin", name);
        return Files.isExecutable(system) ? system.toString() : name;
    }

    private static Path key(Path directory, String name) throws IOException, InterruptedException {
        Path file = directory.resolve(name);
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString())
                .inheritIO()
                .start()
                .waitFor();
        return file;
    }

    /**
     * Returns the local port.
     *
     * @return on the loopback interface
     */
    public int port() {
        return port;
    }

    /**
     * Returns the client's process.
     *
     * @return to ask for its usage
     */
    public ManagedProcess client() {
        return client;
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
