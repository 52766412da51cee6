/** The command line: the reference's words, flags, environment variables, files and exit codes over the libraries. */
@NullMarked
package io.tunnel4j.examples.cli;

import org.jspecify.annotations.NullMarked;
