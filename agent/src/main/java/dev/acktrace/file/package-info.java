/** Files as results: whole or not at all. */
@NullMarked
package dev.acktrace.file;

import org.jspecify.annotations.NullMarked;
