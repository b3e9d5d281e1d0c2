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
	struct wire_segment *segment; /* not owned */
	struct ack_area *area;	      /* behind the segment; NULL: not open */
	int segment_fd;		      /* not owned */
	int stub_fd;		      /* the stub's file */
	int life[2];		      /* pipe whose write end every process of the target holds */
	int told[2]; /* pipe by which a launch that fails tells why; no image ever holds it */
};

/* Makes ready what the stubs share, in the memory behind the segment (segment_create with
 * ACK_SHARED_SIZE), and opens the stub, which stands beside this executable. Returns 0, or -1 with
 * errno. */
int ack_session_open(struct ack_session *session, struct wire_segment *segment, int segment_fd);
void ack_session_close(struct ack_session *session);

/* Makes ready for one launch: the filter (count 0: the default one, which reports everything) and
 * the pipe that tells the target's end. `accelerate`: hot call sites may be rewritten, unless the
 * filter does more than allow and report. Returns 0, or -1 with errno. */
int ack_session_prepare(struct ack_session *session, const struct sock_filter *filter, size_t count,
			bool accelerate);

/* In the child that becomes the target: executes the first candidate that can be, as
 * launch_execute does. Returns only on failure: the step, with errno. An image that the kernel
 * could run and the stub cannot is counted as WIRE_LOSS_IMAGE_REFUSED. */
enum wire_failure ack_session_become(struct ack_session *session, char *const *candidates,
				     char *const *arguments);

/* In the child, where it cannot become the target. */
void ack_session_tell(const struct ack_session *session, enum wire_failure step, int error);

/* When the child has ended: had it told of a failure? */
bool ack_session_told(struct ack_session *session, struct ack_told *told);

/* In the parent, after the fork: gives up the own write ends of the pipes. */
void ack_session_started(struct ack_session *session);

/* Has the last process of the target ended? */
bool ack_session_ended(const struct ack_session *session);

/* Does the process, a name in /proc, hold the pipe's write end? Then it is of the target. */
bool ack_session_holds(const struct ack_session *session, const char *pid);

/* Slots of the ring that the learner has not taken, 0 .. WIRE_RING_SLOTS, or more if somebody has
 * scribbled there. A record may be committed behind one that was claimed later, so there may be
 * news without a move of the head. */
uint64_t ack_session_news(const struct ack_session *session);

/* Adds up the shards into the counters that the learner reads. */
void ack_session_fold(struct ack_session *session);

/* Turns what killed writers left uncommitted in the ring into padding; only when nobody writes. */
void ack_session_repair(struct ack_session *session);

#endif
