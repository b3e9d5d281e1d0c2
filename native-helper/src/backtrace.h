/* SPDX-License-Identifier: Apache-2.0 */
/* backtrace.h - who called the code that made a system call, as far as frame pointers tell. x86-64.
 */
#ifndef ACKTRACE_BACKTRACE_H
#define ACKTRACE_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BACKTRACE_MAX 8

/* Reads size bytes of the target at address; false: not all are there. */
typedef bool backtrace_reader(void *context, uint64_t address, void *to, size_t size);

/* Puts return addresses into frames, the innermost first, BACKTRACE_MAX at most, and returns how
 * many. The stack may hold anything: an address counts only if a call instruction stands before it,
 * frames must lie ever higher and not far apart, and there are a few bounded reads a frame. The
 * first is that of a leaf without a frame of its own, which most system call wrappers are. */
unsigned backtrace_walk(uint64_t stack_pointer, uint64_t frame_pointer, backtrace_reader *read,
			void *context, uint64_t *frames);

/* Do these eight bytes end with a near call (Intel SDM, CALL)? */
bool backtrace_is_call(const unsigned char code[8]);

#endif
