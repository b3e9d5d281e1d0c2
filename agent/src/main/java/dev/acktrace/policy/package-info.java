/** The decision: default action, rules and conditions, independent of any file format. */
@NullMarked
package dev.acktrace.policy;

import org.jspecify.annotations.NullMarked;
