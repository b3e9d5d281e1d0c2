/** Commands. */
@NullMarked
package dev.acktrace.cli;

import org.jspecify.annotations.NullMarked;
