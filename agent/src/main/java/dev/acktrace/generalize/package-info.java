/** From a recording to a policy. */
@NullMarked
package dev.acktrace.generalize;

import org.jspecify.annotations.NullMarked;
