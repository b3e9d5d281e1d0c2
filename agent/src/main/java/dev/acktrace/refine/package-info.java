/** Refining a policy on a live target: modes, questions, decisions, and their journal. Knows no terminal. */
@NullMarked
package dev.acktrace.refine;

import org.jspecify.annotations.NullMarked;
