/** From observations to a recording while a target runs. */
@NullMarked
package dev.acktrace.learn;

import org.jspecify.annotations.NullMarked;
