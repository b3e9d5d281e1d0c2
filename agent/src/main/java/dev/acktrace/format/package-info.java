/** Policies as bytes: one reader or writer for each format. */
@NullMarked
package dev.acktrace.format;

import org.jspecify.annotations.NullMarked;
