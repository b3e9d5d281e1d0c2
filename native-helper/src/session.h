/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - F: one segment, one target at a time, its supervisor, and the shell's job control. */
#ifndef ACKTRACE_SESSION_H
#define ACKTRACE_SESSION_H

#include <sched.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "ack_launch.h"
#include "control.h"
#include "launch.h"
#include "segment.h"

struct session {
	struct wire_segment *segment;
	struct wire_status *status; /* no target maps it */
	int segment_fd;
	int status_fd;	 /* for the learner; -1 when it has it */
	int doorbell_fd; /* write end; -1: no learner */
	struct control *control;
	struct user_state user;
	int signal_fd;
	int commands_fd; /* from the learner; -1: none */

	struct ack_session
		ack; /* what a target under the stub shares; area NULL: never launched one */
	bool reports_itself; /* the target is under the stub; the supervisor only watches */

	pid_t supervisor; /* 0: none */
	pid_t target;	  /* 0: none, or reaped, or attached */
	int orders_fd;	  /* to the supervisor */
	bool ended;	  /* the supervisor of the last launch is gone, or goes on silently */
	bool launched;	  /* at any time */
	bool own_terminal;
	bool keep_descriptors; /* another launch may come */
	cpu_set_t cpus;	       /* that this process may use */
	uint64_t watched;      /* when the supervisor was last looked at */
	uint32_t beat;	       /* of the supervisor, as last seen */
	pid_t learner;	       /* follows its stops instead of the target's; 0: none */
};

/* Segment, control page, signal descriptor; blocks all signals. 0, or -1 with errno. */
int session_open(struct session *session);

/* Forks supervisor and target. On failure the segment's header says why. */
void session_launch(struct session *session, const struct launch *launch);

/* Forks a supervisor that attaches. */
void session_attach(struct session *session, const struct launch *launch);

/* Answers a launch that cannot be tried at all. */
void session_refuse(struct session *session, enum wire_failure step, int error);

/* Passes a command on to the supervisor. */
void session_order(struct session *session, uint32_t kind, const struct wire_answer *answer);

/* Passes a checked TIGHTEN command on to the supervisor. */
void session_tighten(struct session *session, const void *payload);

/* What must be done from time to time: tells the supervisor again that something waits, and looks
 * whether it starves. Returns after how many milliseconds to call it again; -1: never. */
int session_tick(struct session *session);

/* A child of this process changed state. */
void session_child(struct session *session, pid_t pid, int status);

/* A signal came to this process that is not SIGCHLD: passes it on to the target, or drops it. */
void session_signal(struct session *session, const struct signalfd_siginfo *info);

/* The root has ended, its children live, and somebody interrupts: nobody waits for them any more.
 * False: that is not how things stand. */
bool session_interrupted(struct session *session, int signal);

/* Stops this process by the signal, as the target was; returns when it is continued. */
void session_stop_self(struct session *session, int signal);

/* State of the last target, enum wire_state; a target under the stub cannot forge it. */
uint32_t session_state(const struct session *session);

/* True while there is a target, or a supervisor that reports. */
bool session_busy(const struct session *session);

#endif
