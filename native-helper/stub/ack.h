/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack.h - what the stubs of one target share with each other and with the
 * launcher, in a memfd of its own beside the segment that the learner reads.
 */
#ifndef ACKTRACE_STUB_ACK_H
#define ACKTRACE_STUB_ACK_H

#include "layout.h"
#include "script.h"
#include "wire.h"
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define ACK_EXECS	 64 /* executions between decision and first instruction */
#define ACK_EXEC_STACK	 12288
#define ACK_QUESTIONS	 256 /* calls that wait for an answer at once */
#define ACK_FILTER_MAX	 4096
#define ACK_COUNT_BLOCK	 256 /* counters of a shard that follow each other: half a page */
#define ACK_COUNT_BLOCKS (WIRE_SHAPES / ACK_COUNT_BLOCK)
#define ACK_SCRIPT_DEPTH 5 /* interpreters that are scripts themselves; then ELOOP */

/* Descriptors that every process of the target holds: consecutive numbers. */
enum ack_descriptor {
	ACK_FD_SEGMENT = 0, /* the memfd of struct wire_segment */
	ACK_FD_STUB = 1,    /* the stub's file */
	ACK_FD_LIFE = 2,    /* write end of a pipe: its end says that nobody is left */
	ACK_FD_AREA = 3,    /* the memfd of struct ack_area */
	ACK_FDS = 4,
};

#define ACK_EXEC_LAUNCH		0x1  /* first image: install the filter, tell of a failure */
#define ACK_EXEC_SIGSYS_BLOCKED 0x2  /* the target had SIGSYS blocked */
#define ACK_EXEC_SIGSYS_IGNORED 0x4  /* the target ignored SIGSYS */
#define ACK_EXEC_CONFINED	0x8  /* the target has filters of its own */
#define ACK_EXEC_PENDING	0x10 /* a SIGSYS of the target's is pending */
#define ACK_EXEC_NATIVE		0x20 /* launch: the image is one that a tracer follows */

/* An image that the stub cannot load and the kernel can: the thread asks the watcher for a tracer,
 * and executes it by itself when it has one. Each state is written by the one that is named. */
enum ack_handover {
	ACK_HANDOVER_NONE = 0,
	ACK_HANDOVER_WANTED = 1,   /* stub: seize the thread `owner` */
	ACK_HANDOVER_SEIZED = 2,   /* supervisor: done; the next image of the thread is its */
	ACK_HANDOVER_REFUSED = 3,  /* supervisor: not done; handover_error says why */
	ACK_HANDOVER_RELEASE = 4,  /* stub: the execution has failed, let the thread go */
	ACK_HANDOVER_RELEASED = 5, /* supervisor: done */
};

/* Why a launch failed. */
struct ack_told {
	uint32_t step; /* enum wire_failure */
	int32_t error;
};

/* One execution on its way through the kernel's exec of the stub. */
struct ack_exec {
	uint32_t owner;		       /* tid of who fills it in, 0: free */
	uint32_t process;	       /* of the owner, 0: not asked yet */
	uint32_t needs_stack;	       /* 1: who knows how small the owner's is */
	uint32_t pid;		       /* set last: whose next image finds itself here */
	uint32_t cookie;	       /* offset of the image's descriptor, 0: any; see execs.c */
	uint32_t flags;		       /* ACK_EXEC_* */
	int32_t image;		       /* descriptor of the file to load */
	int32_t interpreter;	       /* the same of its interpreter; -1: none */
	uint64_t interpreter_identity; /* of its file, 0: not known */
	int32_t told;		 /* launch: where to tell of a failure, and closed when it runs */
	uint64_t mask;		 /* signal mask for the image */
	uint32_t previous_image; /* id of the image that executes */
	uint32_t prefix_count;	 /* strings in front of argv[1]; 0: no script */
	uint32_t prefix[2 * ACK_SCRIPT_DEPTH + 2]; /* where they stand in text */
	uint32_t text_size;
	uint32_t nameless; /* 1: no name leads to the image any more */
	uint32_t file; /* where the name of the file to load stands in text: the last interpreter */
	uint32_t canonical;	/* the same of its path without links; 0: not known */
	uint64_t pending[16];	/* ACK_EXEC_PENDING: its siginfo_t */
	uint32_t handover;	/* enum ack_handover; the futex */
	int32_t handover_error; /* errno */
	uint64_t entry;		/* adoption: first instruction of the image */
	uint32_t called;	/* where the file name that exec was given stands in text */
	/* Before the long ones, so that a short execution is in one page. */
	char text[ACK_SCRIPT_DEPTH * 2 * ACK_SCRIPT_HEAD + 2 * WIRE_TEXT_MAX];
	char name[WIRE_TEXT_MAX]; /* the file name that exec was given */
	/* For whoever may stand on a small one: a thread, or a child that was given it. */
	_Alignas(64) char stack[ACK_EXEC_STACK];
};

/* A call that waits for an answer. */
enum ack_question_state {
	ACK_QUESTION_OPEN = 0,
	ACK_QUESTION_ANSWERED = 1, /* verdict and error hold for this call */
	ACK_QUESTION_LOOK = 2,	   /* the verdict of the shape may have changed */
	ACK_QUESTION_DROPPED = 3,  /* nobody is there to answer */
};

struct ack_question {
	uint32_t tid;	/* 0: free */
	uint32_t state; /* enum ack_question_state; the futex */
	uint32_t verdict;
	int32_t error;
};

/* ---- call sites of the dynamic loader (early.c) ---- */

#define ACK_EARLY_SEEN	 32
#define ACK_EARLY_IMAGES 256
#define ACK_EARLY_CALLS	 22 /* shapes of an image */

enum ack_early_state {
	ACK_EARLY_WATCHING = 0, /* processes note which sites trap */
	ACK_EARLY_DECIDING = 1, /* one of them makes the edits */
	ACK_EARLY_READY = 2,
	ACK_EARLY_NEVER = 3,
};

struct ack_early {
	uint64_t identity; /* of the loader's file, 0: none yet */
	uint32_t state;	   /* enum ack_early_state */
	uint32_t loads;
	struct {
		uint32_t site, heat; /* offset of the address behind the call, 0: free */
	} seen[ACK_EARLY_SEEN];
	uint32_t sites_used;
	uint32_t sites[ACK_EARLY_SITES]; /* as `site` */
	uint32_t caves[ACK_EARLY_SITES]; /* where the long jump of each stands */
};

/* A call that a rewritten site makes, and what else must hold for it. */
struct ack_fast_call {
	uint32_t number, kind; /* kind: ACK_FAST_* */
	uint64_t next;	       /* address of the next one of the site, 0: none */
	uint64_t thunk, slow;
	uint64_t count;	  /* address of the counter in the first shard */
	uint64_t verdict; /* address of the verdict on the shape */
	uint64_t mask[WIRE_ARGUMENTS], value[WIRE_ARGUMENTS];
	uint64_t site_index;
};

/* Calls that the loader's sites made in an image: examples, of which each process makes its own
 * records. */
struct ack_early_image {
	uint32_t used, reserved;
	struct {
		uint32_t site, number;
		uint64_t arguments[WIRE_ARGUMENTS];
	} calls[ACK_EARLY_CALLS];
};

/* Calls by the id of their shape minus one. Those that a rewritten site made are in no other
 * counter. */
struct ack_shape_counts {
	uint64_t trapped[ACK_COUNT_BLOCK], fast[ACK_COUNT_BLOCK];
};

struct ack_area {
	uint32_t filter_count;
	uint32_t accelerate; /* 1: call sites may be rewritten */
	uint32_t has_rdpid; /* 1: the processor has rdpid; asking it takes long in a virtual machine
			     */
	uint32_t open_decides; /* 1: no security module looks at an execution behind the opening */
	uint32_t next_exec;    /* cookies given */
	uint32_t handovers;    /* not 0: some thread has asked for a tracer */
	int32_t base;	       /* number of the descriptor ACK_FD_SEGMENT in every process */
	int32_t watcher;       /* process that hears of a byte in the pipe; 0: nobody */
	uint64_t stub_device, stub_inode; /* of the stub's file, as stat tells */
	/* What every process touches stands together, so that few faults and few page tables map
	 * it: this, the start of shape_ids, the first counters. */
	struct ack_early early;
	uint64_t images[WIRE_IMAGES]; /* path hash of each image id, 0: free */
	/* Shapes are counted in the order in which they came, so that the counters of a small
	 * program share a page; shape_ids says which counter is that of a slot of the shape table,
	 * 0: none yet. */
	uint32_t next_shape; /* ids given */
	uint32_t reserved2;
	uint32_t shape_ids[WIRE_SHAPES];
	uint64_t counts[ACK_SHARDS][WIRE_ABIS][WIRE_NUMBERS];
	struct ack_exec execs[ACK_EXECS];
	struct sock_filter filter[ACK_FILTER_MAX];
	struct ack_question questions[ACK_QUESTIONS];
	struct ack_shape_counts shape_counts[ACK_COUNT_BLOCKS][ACK_SHARDS];
	/* Who last sent which signal to the root by kill(2), and when (segment time), as its
	 * handlers saw it: the front does not pass on what has arrived. */
	struct {
		int32_t sender;
		uint32_t reserved;
		uint64_t when;
	} seen[65];
	/* The number of the call of each shape, by its id minus one, if rewritten sites make it. */
	uint32_t fast_numbers[WIRE_SHAPES];
	char stub[WIRE_TEXT_MAX]; /* what /proc/PID/exe says of every process of the target */
	struct ack_early_image early_images[ACK_EARLY_IMAGES]; /* by id minus one */
};

/* Where the counters of the shape `id` minus one are, in a shard: blocks of all shards follow each
 * other, so that the first ones of all are near. */
static inline uint64_t *ack_trapped_count(struct ack_area *area, uint32_t id, uint32_t shard)
{
	return &area->shape_counts[id / ACK_COUNT_BLOCK][shard].trapped[id % ACK_COUNT_BLOCK];
}

static inline uint64_t *ack_fast_count(struct ack_area *area, uint32_t id, uint32_t shard)
{
	return &area->shape_counts[id / ACK_COUNT_BLOCK][shard].fast[id % ACK_COUNT_BLOCK];
}

_Static_assert(WIRE_ACK_RANGE_START == ACK_TEXT_START,
	       "what the filter allows is where the stub is");
_Static_assert(WIRE_ACK_RANGE_SIZE == ACK_TEXT_END - ACK_TEXT_START, "and all of it");
_Static_assert(ACK_SEGMENT_ADDRESS + offsetof(struct wire_header, ask) == ACK_ASK_ADDRESS,
	       "fast.S looks at it");
_Static_assert(sizeof(struct ack_shape_counts) == 1u << ACK_FAST_SHARD, "fast.S knows the size");
_Static_assert(sizeof(struct wire_segment) <= 0x01000000, "layout.h has room for it");
_Static_assert(sizeof(struct ack_area) <= 0x01000000, "layout.h has room for it");

#endif
