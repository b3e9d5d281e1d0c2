/* SPDX-License-Identifier: Apache-2.0 */
/* event.h - what a wait status of a seized task means. No side effects. */
#ifndef ACKTRACE_EVENT_H
#define ACKTRACE_EVENT_H

/* ptrace(2), "Stopped states". Inside the supervisor nothing else tells stops apart. */
enum trace_event {
	EVENT_EXITED,	   /* gone by exit; the status is final */
	EVENT_KILLED,	   /* gone by a signal; the status is final */
	EVENT_CALL,	   /* PTRACE_EVENT_SECCOMP: the filter reports a call */
	EVENT_SYSCALL,	   /* syscall-entry or syscall-exit stop */
	EVENT_NEW_TASK,	   /* fork, vfork or clone; the message is the child's tid */
	EVENT_EXECUTED,	   /* execve succeeded; the message is the former tid */
	EVENT_EXITING,	   /* about to exit; the message is the wait status to come */
	EVENT_GROUP_STOP,  /* job control stopped the process */
	EVENT_INTERRUPTED, /* first stop of a new task, end of a group-stop, PTRACE_INTERRUPT */
	EVENT_SIGNAL,	   /* signal-delivery-stop */
};

enum trace_event event_of_status(int status);

#endif
