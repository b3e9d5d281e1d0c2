/** The evidence: shapes with counts and where they came from, as JSON Lines. */
@NullMarked
package dev.acktrace.recording;

import org.jspecify.annotations.NullMarked;
