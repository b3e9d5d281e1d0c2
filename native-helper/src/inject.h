/* SPDX-License-Identifier: Apache-2.0 */
/* inject.h - lets a task that stands at PTRACE_EVENT_STOP make system calls for us, and puts it
 * back as it was: registers, signal mask, and the call that the stop interrupted. x86-64 code only.
 */
#ifndef ACKTRACE_INJECT_H
#define ACKTRACE_INJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct injection {
	pid_t tid;
	int status;	/* of the stop in which the task is, or of its end */
	bool lost;	/* it was killed meanwhile; `status` is not yet dispatched */
	bool trapped;	/* a filter of its own answered with SIGSYS, which it has not got */
	uint64_t place; /* of a system call instruction */
	uint64_t shown; /* not 0: the instruction pointer that filters see instead */
	uint64_t mask;
	struct user_regs_struct registers;
};

enum injectable {
	INJECT_READY,
	INJECT_NARROW,	 /* it runs 32-bit code */
	INJECT_NO_PLACE, /* no system call instruction was found */
	INJECT_GONE,	 /* its registers could not be read: it was killed */
};

/* Takes registers and mask down and blocks the signals that can be blocked without harm. `status`
 * is that of the stop. */
enum injectable inject_begin(struct injection *injection, pid_t tid, int status);

/* Makes one call. Returns what it returned, -errno on failure; -ESRCH too if the task was lost. */
long inject_call(struct injection *injection, long number, const uint64_t arguments[6]);

/* Stops the task where it was stopped in the beginning and puts everything back. False: lost. */
bool inject_end(struct injection *injection);

/* Offset of the two bytes of `syscall` in some code; -1: not there. */
long inject_find(const unsigned char *code, size_t length);

/* The vector entry's value in the bytes of /proc/PID/auxv; 0: not there. */
uint64_t inject_vector(const void *auxv, size_t length, uint64_t type);

/* Signals that are pending and not blocked, of a /proc/PID/status text. */
uint64_t inject_deliverable(const char *status);

#endif
