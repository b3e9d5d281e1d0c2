/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack.h - what the stubs of one target share with each other and with the
 * launcher, in the memfd of the segment that the learner reads, behind it.
 *
 * A short program spends more on page faults than on anything else of the stub,
 * and one fault maps the sixteen pages of an aligned 64 KiB that are there, if
 * they are read first. So what every process needs stands at the beginning, and
 * of each long table the part that fills first.
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
#define ACK_FAULT_AROUND 65536 /* bytes; fault_around_bytes of mm/memory.c, its default */

/* Sizes of the parts that fill first. */
#define ACK_NEAR_IMAGES	 256		  /* ids */
#define ACK_NEAR_SHAPES	 WIRE_SHAPE_FIRST /* slots of the shape table */
#define ACK_NEAR_NUMBERS 512		  /* numbers of x86-64 */
#define ACK_NEAR_IDS	 256		  /* of shapes */
#define ACK_NEAR_EARLY	 4		  /* image ids */
#define ACK_NEAR_FACTS	 48		  /* different call facts */
#define ACK_NEAR_ROOM	 0x4000		  /* bytes of all these, whole pages */
#define ACK_ID_BLOCK	 512 /* ids of shapes behind those whose counters follow each other */
#define ACK_ID_BLOCKS	 (WIRE_SHAPES / ACK_ID_BLOCK)
#define ACK_SCRIPT_DEPTH 5 /* interpreters that are scripts themselves; then ELOOP */

/* Descriptors that every process of the target holds: consecutive numbers. */
enum ack_descriptor {
	ACK_FD_SEGMENT = 0, /* the memfd of struct wire_segment and struct ack_area */
	ACK_FD_STUB = 1,    /* the stub's file */
	ACK_FD_LIFE = 2,    /* write end of a pipe: its end says that nobody is left */
	ACK_FDS = 3,
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
	uint64_t good_interpreter;     /* the same of one of an execution that had this place */
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

/* What the processes on one processor, or on some, count. Calls of shapes are counted by the id of
 * the shape minus one; those that a rewritten site made are in no other counter. */
struct ack_shard {
	uint64_t numbers[ACK_NEAR_NUMBERS];
	uint64_t trapped[ACK_NEAR_IDS], fast[ACK_NEAR_IDS];
};

/* The same of the ids behind, of one block. */
struct ack_id_counts {
	uint64_t trapped[ACK_ID_BLOCK], fast[ACK_ID_BLOCK];
};

struct ack_area {
	struct ack_shard shards[ACK_SHARDS]; /* those of the first processors are the last */
	union {
		struct {
			uint32_t filter_count;
			uint32_t accelerate; /* 1: call sites may be rewritten */
			uint32_t has_rdpid;  /* 1: the processor has rdpid; asking it takes long in
						a virtual machine */
			uint32_t open_decides; /* 1: no security module looks at an execution behind
						  the opening */
			uint32_t next_exec;    /* cookies given */
			uint32_t handovers;    /* not 0: some thread has asked for a tracer */
			int32_t base; /* number of the descriptor ACK_FD_SEGMENT in every process */
			int32_t watcher; /* process that hears of a byte in the pipe; 0: nobody */
			uint64_t stub_device, stub_inode; /* of the stub's file, as stat tells */
			struct ack_early early;
			/* Shapes are counted in the order in which they came: their ids say which
			 * counter is that of a slot of the shape table, 0: none yet. */
			uint32_t next_shape; /* ids given */
			uint32_t near_shape_ids[ACK_NEAR_SHAPES];
			uint64_t near_images[ACK_NEAR_IMAGES]; /* path hash of each id, 0: free */
			/* The number of the call of each shape, by its id minus one, if rewritten
			 * sites make it. */
			uint16_t near_fast_numbers[ACK_NEAR_IDS];
			/* Which of the call facts are those of a number of x86-64; ACK_NEAR_FACTS:
			 * see the segment. */
			uint8_t near_fact[ACK_NEAR_NUMBERS];
			struct wire_call_facts near_facts[ACK_NEAR_FACTS];
			struct ack_early_image near_early_images[ACK_NEAR_EARLY]; /* by id minus one
										   */
		};
		uint8_t near_room[ACK_NEAR_ROOM];
	};
	struct ack_exec execs[ACK_EXECS]; /* the same fault maps the first */

	uint64_t images[WIRE_IMAGES];
	uint32_t shape_ids[WIRE_SHAPES];
	uint16_t fast_numbers[WIRE_SHAPES];
	struct ack_early_image early_images[ACK_EARLY_IMAGES];
	uint64_t counts[ACK_SHARDS][WIRE_ABIS][WIRE_NUMBERS];
	struct ack_id_counts id_counts[ACK_ID_BLOCKS][ACK_SHARDS];
	struct sock_filter filter[ACK_FILTER_MAX];
	struct ack_question questions[ACK_QUESTIONS];
	/* Who last sent which signal to the root by kill(2), and when (segment time), as its
	 * handlers saw it: the front does not pass on what has arrived. */
	struct {
		int32_t sender;
		uint32_t reserved;
		uint64_t when;
	} seen[65];
	char stub[WIRE_TEXT_MAX]; /* what /proc/PID/exe says of every process of the target */
};

/* Has [start, end) anything in common with what the stub has mapped? */
static inline int ack_meets_stub(uint64_t start, uint64_t end)
{
	return start < ACK_RESERVED_END && end > ACK_RESERVED_START;
}

#define ACK_SHARED_SIZE (ACK_AREA_OFFSET + sizeof(struct ack_area)) /* bytes of the memfd */

/* ---- where a part of a long table is ------------------------------------------------- */

/* `id` below WIRE_IMAGES. */
static inline uint64_t *ack_image(struct ack_area *area, uint32_t id)
{
	return id < ACK_NEAR_IMAGES ? &area->near_images[id] : &area->images[id];
}

/* `slot` of the shape table. */
static inline uint32_t *ack_shape_id(struct ack_area *area, uint32_t slot)
{
	return slot < ACK_NEAR_SHAPES ? &area->near_shape_ids[slot] : &area->shape_ids[slot];
}

/* `number` below WIRE_NUMBERS. */
static inline const struct wire_call_facts *ack_call_facts(const struct ack_area *area,
							   const struct wire_segment *segment,
							   uint32_t abi, uint32_t number)
{
	uint32_t near = abi == WIRE_ABI_X86_64 && number < ACK_NEAR_NUMBERS
				? area->near_fact[number]
				: ACK_NEAR_FACTS;

	return near < ACK_NEAR_FACTS ? &area->near_facts[near] : &segment->facts[abi][number];
}

/* `id` 1 .. ACK_EARLY_IMAGES. */
static inline struct ack_early_image *ack_early_image(struct ack_area *area, uint32_t id)
{
	return id <= ACK_NEAR_EARLY ? &area->near_early_images[id - 1]
				    : &area->early_images[id - 1];
}

/* In these, `id` is that of a shape minus one, below WIRE_SHAPES. */
static inline uint16_t *ack_fast_number(struct ack_area *area, uint32_t id)
{
	return id < ACK_NEAR_IDS ? &area->near_fast_numbers[id] : &area->fast_numbers[id];
}

static inline uint64_t *ack_trapped_count(struct ack_area *area, uint32_t id, uint32_t shard)
{
	return id < ACK_NEAR_IDS
		       ? &area->shards[shard].trapped[id]
		       : &area->id_counts[id / ACK_ID_BLOCK][shard].trapped[id % ACK_ID_BLOCK];
}

static inline uint64_t *ack_fast_count(struct ack_area *area, uint32_t id, uint32_t shard)
{
	return id < ACK_NEAR_IDS
		       ? &area->shards[shard].fast[id]
		       : &area->id_counts[id / ACK_ID_BLOCK][shard].fast[id % ACK_ID_BLOCK];
}

/* `number` below WIRE_NUMBERS. */
static inline uint64_t *ack_number_count(struct ack_area *area, uint32_t shard, uint32_t abi,
					 uint32_t number)
{
	return abi == WIRE_ABI_X86_64 && number < ACK_NEAR_NUMBERS
		       ? &area->shards[shard].numbers[number]
		       : &area->counts[shard][abi][number];
}

_Static_assert(WIRE_ACK_RANGE_START == ACK_TEXT_START,
	       "what the filter allows is where the stub is");
_Static_assert(WIRE_ACK_RANGE_SIZE == ACK_TEXT_END - ACK_TEXT_START, "and all of it");
_Static_assert(ACK_SEGMENT_ADDRESS + offsetof(struct wire_header, ask) == ACK_ASK_ADDRESS,
	       "fast.S looks at it");
_Static_assert(sizeof(struct ack_shard) == 1u << ACK_FAST_SHARD, "fast.S knows the size");
_Static_assert(sizeof(struct ack_id_counts) == 1u << ACK_FAST_SHARD, "fast.S knows the size");
_Static_assert(WIRE_NUMBERS <= UINT16_MAX, "fast_numbers hold them");
_Static_assert((ACK_AREA_OFFSET + offsetof(struct ack_area, shards[ACK_SHARD_FIRST])) %
			       ACK_FAULT_AROUND ==
		       0,
	       "one fault maps what begins there");
_Static_assert(offsetof(struct ack_area, execs) - offsetof(struct ack_area, filter_count) ==
		       ACK_NEAR_ROOM,
	       "the first parts fit in there");
_Static_assert(sizeof(struct wire_segment) <= ACK_AREA_OFFSET, "the area is behind it");
_Static_assert(ACK_SHARED_SIZE <= ACK_TEXT_START - ACK_SEGMENT_ADDRESS, "there is room for both");

#endif
