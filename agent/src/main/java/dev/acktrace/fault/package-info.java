/** What went wrong, in the three parts that every message of acktrace has. */
@NullMarked
package dev.acktrace.fault;

import org.jspecify.annotations.NullMarked;
