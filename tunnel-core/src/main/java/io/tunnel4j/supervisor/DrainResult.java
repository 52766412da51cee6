package io.tunnel4j.supervisor;

import java.time.Duration;

/**
 * What became of running work.
 *
 * @param cut streams reset at the deadline
 * @param elapsed from the request to the end of the last connection
 */
public record DrainResult(long cut, Duration elapsed) {}
