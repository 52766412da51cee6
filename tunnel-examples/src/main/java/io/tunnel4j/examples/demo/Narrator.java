package io.tunnel4j.examples.demo;

/** Says, line by line, what the demo does. */
@FunctionalInterface
public interface Narrator {
    /**
     * Says something.
     *
     * @param line one line, possibly empty
     */
    void say(String line);
}
