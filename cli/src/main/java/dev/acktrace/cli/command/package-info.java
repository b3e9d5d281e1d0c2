/** One class for each command. */
@NullMarked
package dev.acktrace.cli.command;

import org.jspecify.annotations.NullMarked;
