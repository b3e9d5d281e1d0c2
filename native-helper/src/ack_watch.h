/* SPDX-License-Identifier: Apache-2.0 */
/* ack_watch.h - W, which stands where the supervisor stands, for a target under the stub. */
#ifndef ACKTRACE_ACK_WATCH_H
#define ACKTRACE_ACK_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "ack_launch.h"
#include "control.h"

struct ack_watch {
	struct ack_session *ack;
	struct wire_segment *segment;
	struct wire_status *status;
	struct control *control;
	int doorbell_fd; /* -1: no learner */
	int orders_fd;	 /* from the front */
	int go_fd;	 /* to the target */
	pid_t front;
	bool follow_root;

	/* Set by ack_watch. */
	pid_t root;
	pid_t supervisor;	    /* of the images that the stub cannot load; 0: none */
	int supervisor_orders;	    /* to it */
	struct wire_status written; /* what it has put into the header */
	unsigned news_looks; /* looks since there is something that the learner has not read */
};

/* In the child of the front: rings the doorbell, adds up the counters, tells the end. */
_Noreturn void ack_watch(struct ack_watch *watch);

#endif
