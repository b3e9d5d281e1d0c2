/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - wait statuses, decoded once. */
#include "event.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum trace_event event_of_status(int status)
{
	if (WIFEXITED(status))
		return EVENT_EXITED;
	if (WIFSIGNALED(status))
		return EVENT_KILLED;
	switch (status >> 16) {
	case PTRACE_EVENT_SECCOMP:
		return EVENT_CALL;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return EVENT_NEW_TASK;
	case PTRACE_EVENT_EXEC:
		return EVENT_EXECUTED;
	case PTRACE_EVENT_EXIT:
		return EVENT_EXITING;
	case PTRACE_EVENT_STOP:
		return WSTOPSIG(status) == SIGTRAP ? EVENT_INTERRUPTED : EVENT_GROUP_STOP;
	default:
		return WSTOPSIG(status) == (SIGTRAP | 0x80) ? EVENT_SYSCALL : EVENT_SIGNAL;
	}
}
