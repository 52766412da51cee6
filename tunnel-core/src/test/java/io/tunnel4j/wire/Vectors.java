package io.tunnel4j.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Captured bytes of the reference connector, from the test resources. */
public final class Vectors {
    private Vectors() {}

    /** Returns the bytes of {@code vectors/<name>}. */
    public static byte[] bytes(String name) {
        try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no vector " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns {@code vectors/<name>} as text. */
    public static String text(String name) {
        return new String(bytes(name), UTF_8);
    }

    /** Returns the sorted file names in the folder {@code vectors/<name>}. */
    public static List<String> list(String name) {
        try {
            Path folder = Path.of(Vectors.class.getResource("/vectors/" + name).toURI());
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(file -> file.getFileName().toString()).sorted().toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
