/** The shared segment and the commands, as the helper's {@code wire.h} defines them. */
@NullMarked
package dev.acktrace.wire;

import org.jspecify.annotations.NullMarked;
