package io.tunnel4j.examples.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Gives each test of a class an edge of its own, and a directory. */
abstract class WithExampleEdge {
    @TempDir
    Path directory;

    ExampleEdge edge;

    @BeforeEach
    void startEdge() throws Exception {
        edge = new ExampleEdge(directory);
    }

    @AfterEach
    void stopEdge() {
        edge.close();
    }
}
