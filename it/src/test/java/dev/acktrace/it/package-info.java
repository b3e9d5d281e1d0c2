/**
 * Black-box tests: the real launcher and helper on real programs, with strace as the oracle.
 *
 * <p>{@code cases.json} holds the cases; {@link dev.acktrace.it.LiveCasesTest} runs them. Everything runs in a pid,
 * network and ipc namespace of its own that ends with the test.
 */
@NullMarked
package dev.acktrace.it;

import org.jspecify.annotations.NullMarked;
