/* SPDX-License-Identifier: Apache-2.0 */
/* control.h - a page that only the front and its supervisor share. */
#ifndef ACKTRACE_CONTROL_H
#define ACKTRACE_CONTROL_H

#include <linux/filter.h>
#include <stdint.h>

#include "wire.h"

/* Signal by which the front interrupts the supervisor's wait; repeated until `attention` is 0. */
#define ATTENTION_SIGNAL SIGUSR1

/* Slots of the table of images; twice the number of ids. */
#define IMAGE_SLOTS (2 * WIRE_IMAGES)

struct image_slot {
	uint64_t hash; /* of the path; 0: free */
	uint32_t id;
};

#define CONTROL_SIGNALS 65 /* signals 1 .. 64 */

struct control {
	uint32_t attention;    /* front: a command or news waits; supervisor: taken */
	uint32_t handover;     /* the same between W and the supervisor beside stubs */
	uint32_t goes_on;      /* that supervisor: 1, it goes on without W */
	uint32_t learner_gone; /* front: nobody reads the ring any more */
	/* front: 1 while it is stopped because the root is. Under the stub nobody else would hear
	 * that the root goes on. */
	uint32_t front_stopped;

	/* How the supervisor shares its target's CPU, see affinity.c. */
	uint32_t following; /* supervisor: 1 while it does; front: 2, it starved and was put back */
	uint32_t beat;	    /* supervisor: changes with each stop */

	/* Supervisor: who last sent which signal to the root by kill(2), and when (segment time).
	 */
	struct {
		int32_t sender;
		uint64_t when;
	} seen[CONTROL_SIGNALS];

	/* A filter on its way to the supervisor. Front: fills it in, then sets filter_waits to 1;
	 * supervisor: back to 0 when it has taken it. */
	struct wire_tighten tighten;
	struct sock_filter filter[4096]; /* BPF_MAXINSNS */
	uint32_t filter_waits;

	/* Supervisor: ids given so far. They outlive it, as the segment does. */
	struct image_slot images[IMAGE_SLOTS];
};

#endif
