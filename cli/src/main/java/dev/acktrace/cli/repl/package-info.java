/** The interactive session: its language, its verbs, and its terminal. */
@NullMarked
package dev.acktrace.cli.repl;

import org.jspecify.annotations.NullMarked;
