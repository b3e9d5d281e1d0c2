/** What is weak or mistaken in a policy, and what of that can be mended without changing what it means. */
@NullMarked
package dev.acktrace.lint;

import org.jspecify.annotations.NullMarked;
