/** All that is printed. */
@NullMarked
package dev.acktrace.cli.output;

import org.jspecify.annotations.NullMarked;
