/** A target under the helper, from launch to its end. */
@NullMarked
package dev.acktrace.session;

import org.jspecify.annotations.NullMarked;
