/* SPDX-License-Identifier: Apache-2.0 */
/* ack_launch.h - starts a target under the stub, and keeps the shared segment while it runs. */
#ifndef ACKTRACE_ACK_LAUNCH_H
#define ACKTRACE_ACK_LAUNCH_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../stub/ack.h"

struct ack_session {
	struct ack_shared *shared; /* segment and what the stubs share, mapped here */
	int segment;		   /* the memfd; not owned */
	int stub;		   /* descriptor of the stub's file */
	int life[2];		   /* pipe whose write end every process of the target holds */
	uint64_t head;		   /* ring_head at the last look */
};

/* Makes the second part of the segment behind `segment` (a memfd with a filled-in struct
 * wire_segment) and opens the stub that stands beside this executable. Returns 0, or -1 with errno. */
int ack_session_open(struct ack_session *session, int segment);
void ack_session_close(struct ack_session *session);

/* Makes ready for one launch: the filter (count 0: the default one, which reports everything) and
 * the pipe that tells the target's end. Returns 0, or -1 with errno. */
int ack_session_prepare(struct ack_session *session, const struct sock_filter *filter, size_t count);

/* In the child that becomes the target; `path` has been searched already. Returns only on failure:
 * the errno, with `*refused` set if the kernel could run the image and the stub cannot. */
int ack_session_become(struct ack_session *session, const char *path, char *const *argv,
		       char *const *envp, bool *refused);

/* In the parent, after the fork: gives up the own write end of the pipe. */
void ack_session_started(struct ack_session *session);

/* Has the last process of the target ended? */
bool ack_session_ended(const struct ack_session *session);

/* Adds up the shards into the counters that the learner reads. Returns true if the ring has news. */
bool ack_session_fold(struct ack_session *session);

/* Turns what killed writers left uncommitted in the ring into padding; only when nobody writes. */
void ack_session_repair(struct ack_session *session);

#endif
