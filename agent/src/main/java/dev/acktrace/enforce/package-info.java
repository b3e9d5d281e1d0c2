/** From a policy to the filter that a target runs under. */
@NullMarked
package dev.acktrace.enforce;

import org.jspecify.annotations.NullMarked;
