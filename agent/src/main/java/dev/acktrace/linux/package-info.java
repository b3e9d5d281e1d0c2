/** The only package that calls the C library. */
@NullMarked
package dev.acktrace.linux;

import org.jspecify.annotations.NullMarked;
