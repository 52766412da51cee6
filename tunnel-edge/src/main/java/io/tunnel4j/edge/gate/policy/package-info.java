/** What Access knows and how it decides: records, their JSON, the state they live in, and the policy engine. No I/O. */
@NullMarked
package io.tunnel4j.edge.gate.policy;

import org.jspecify.annotations.NullMarked;
