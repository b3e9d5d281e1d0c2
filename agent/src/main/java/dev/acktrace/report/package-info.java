/** What to tell of a recording or a policy, without saying how it is printed. */
@NullMarked
package dev.acktrace.report;

import org.jspecify.annotations.NullMarked;
