/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - the one definition of what the helper and the learner share.
 *
 * The segment is one memfd, created by the helper, inherited by the learner by
 * file descriptor and mapped by both. Everything in it is little endian and
 * naturally aligned; the Java side checks its own constants against the output
 * of `acktrace-helper wire`. Change anything here: raise WIRE_VERSION.
 *
 * Who writes what:
 *   helper   header state, losses, notes, counts, shape entries, ring records
 *   learner  call facts (before the launch), shape verdicts, ring tail
 * A reader takes each field once into a local, checks it, then uses it.
 */
#ifndef ACKTRACE_WIRE_H
#define ACKTRACE_WIRE_H

/* The tables below have columns set by hand. */
/* clang-format off */

#include <stdint.h>

#define WIRE_MAGIC	0x454341525454434bULL /* "KCTTRACE", read as bytes */
#define WIRE_VERSION	8

/* ---- tables: how many ------------------------------------------------- */

#define WIRE_ABIS		3     /* enum wire_abi */
#define WIRE_NUMBERS		1024  /* system call numbers with a counter of their own, per ABI */
#define WIRE_STRAYS		256   /* counters for numbers at or above WIRE_NUMBERS */
#define WIRE_ARGUMENTS		6
#define WIRE_SHAPES		65536 /* slots of the shape table; a power of two */
#define WIRE_SHAPE_PROBES	64    /* how far a probe goes before the table counts as full */
#define WIRE_SHAPE_FIRST	256   /* slots that fill first, so that a small program touches few pages */
#define WIRE_SHAPE_FIRST_PROBES 16    /* probes that go there */
#define WIRE_IMAGES		4096  /* image ids: 1 .. WIRE_IMAGES - 1; 0 is "no image known" */
#define WIRE_RING_SLOTS		16384 /* a power of two */
#define WIRE_SLOT_SIZE		128   /* bytes; a record is 1 + n of them */
#define WIRE_REST_SLOTS		2048  /* WIRE_MODE_ACK: with no more in the ring, the learner is not rung for at once */
#define WIRE_RECORD_SLOTS	64    /* largest record, in slots */
#define WIRE_TEXT_MAX		4096  /* bytes of one text, PATH_MAX */

/* ---- enumerations ------------------------------------------------------ */

/* Which table a number belongs to. x32 is the x86-64 audit arch with bit 30 set in the
 * number; its numbers are counted without that bit. */
enum wire_abi {
	WIRE_ABI_X86_64 = 0,
	WIRE_ABI_I386 = 1,
	WIRE_ABI_X32 = 2,
};

/* State of the target, only ever raised. */
enum wire_state {
	WIRE_STATE_IDLE = 0,	    /* nothing launched */
	WIRE_STATE_LAUNCHING = 1,   /* forked, not yet executing the target */
	WIRE_STATE_RUNNING = 2,	    /* the first execve succeeded, or attached */
	WIRE_STATE_ROOT_EXITED = 3, /* root_status is valid; children may live on */
	WIRE_STATE_ENDED = 4,	    /* nobody is left, or all are detached; nothing follows */
	WIRE_STATE_FAILED = 5,	    /* launch or attach failed; failure_* say where and why */
};

/* Which step failed, with failure_errno. */
enum wire_failure {
	WIRE_FAILURE_NONE = 0,
	WIRE_FAILURE_FORK = 1,
	WIRE_FAILURE_SEIZE = 2,	       /* PTRACE_SEIZE */
	WIRE_FAILURE_NO_NEW_PRIVS = 3, /* prctl(PR_SET_NO_NEW_PRIVS) */
	WIRE_FAILURE_FILTER = 4,       /* seccomp(SECCOMP_SET_MODE_FILTER) */
	WIRE_FAILURE_EXEC = 5,	       /* execve of the target */
	WIRE_FAILURE_SUPERVISOR = 6,   /* the supervisor died or could not start */
	WIRE_FAILURE_ATTACH = 7,       /* no such process, or it may not be traced */
};

/* What could not be reported. Each cause has a counter; the summary prints those that are not 0. */
enum wire_loss {
	WIRE_LOSS_RING_FULL = 0,     /* first sightings not published: the ring was full */
	WIRE_LOSS_SHAPES_FULL = 1,   /* calls whose shape found no slot; counted by number only */
	WIRE_LOSS_IMAGES_FULL = 2,   /* executed programs without an image id of their own */
	WIRE_LOSS_STRAYS_FULL = 3,   /* calls with large numbers that found no counter */
	WIRE_LOSS_TEXT = 4,	     /* texts that could not be read from the target */
	WIRE_LOSS_UNTRACED = 5,	     /* tasks that ran without being followed */
	WIRE_LOSS_STOP = 6,	     /* stops whose registers could not be read (the task was killed) */
	WIRE_LOSS_LEARNER_GONE = 7,  /* first sightings after the learner had died */
	WIRE_LOSS_ATTACH_GAP = 8,    /* tasks that ran before they were attached to */
	WIRE_LOSS_IMAGE_REFUSED = 9, /* images that the backend could not take */
	WIRE_LOSS_STUB_TOUCHED = 10, /* attempts to remove what the backend keeps in the target */
	WIRE_LOSS_CAUSES = 16,
};

/* What changed for the target because it was watched; not a loss. */
enum wire_note {
	WIRE_NOTE_PRIVILEGED_IMAGE = 0, /* set-user-id, set-group-id or capable file ran without its
					   privilege (no_new_privs) */
	WIRE_NOTE_PTRACE_REFUSED = 1,	/* the target asked for ptrace and got EPERM */
	WIRE_NOTE_LISTENER_REFUSED = 2, /* the target's own user-notification filter was refused */
	WIRE_NOTE_UNTRACED_CLEARED = 3, /* CLONE_UNTRACED was taken out of a clone */
	WIRE_NOTE_KINDS = 16,
};

/* Kind of a ring record. */
enum wire_kind {
	WIRE_KIND_PADDING = 0, /* unused slots before the ring's end */
	WIRE_KIND_IMAGE = 1,   /* a task executes a program that has a new image id; texts: IMAGE */
	WIRE_KIND_CALL = 2,    /* first sighting of a shape */
	WIRE_KIND_EXIT = 3,    /* a process ended; result is its wait status */
	WIRE_KIND_TIGHTENED = 4, /* what became of a TIGHTEN command; number is enum wire_tightened,
				    arguments[0] its serial */
	WIRE_KIND_REFUSED = 5, /* a program that the backend could not take and the kernel could; texts:
				  IMAGE; result is the -errno that the target got; arguments[0] is the errno
				  with which a tracer was refused, 0: none was asked for */
};

/* What became of a TIGHTEN command. All but TOTAL are about one task. */
enum wire_tightened {
	WIRE_TIGHTENED_TOTAL = 0, /* the last word: arguments[1] tasks have the filter, [2] have not,
				     [3] processes got it for all their threads at once */
	WIRE_TIGHTENED_LATE = 1,  /* a task that was told as STUCK has it now */
	WIRE_TIGHTENED_APART = 2, /* SECCOMP_FILTER_FLAG_TSYNC failed because of this task; the threads of
				     its process get the filter one by one */
	WIRE_TIGHTENED_STRICT = 3, /* not: SECCOMP_MODE_STRICT */
	WIRE_TIGHTENED_OWN_FILTER = 4, /* not: filters of its own may kill it for trying; not tried */
	WIRE_TIGHTENED_NARROW = 5,     /* not: it runs 32-bit code */
	WIRE_TIGHTENED_NO_PLACE = 6,   /* not: no system call instruction was found in it */
	WIRE_TIGHTENED_STUCK = 7,      /* not yet: it did not stop in time */
	WIRE_TIGHTENED_REFUSED = 8,    /* not: result is -errno of the call that failed */
};

/* Flags of a ring record. */
#define WIRE_FLAG_LAUNCH	0x0001 /* the execve that started the target */
#define WIRE_FLAG_DENIED	0x0002 /* answered with an errno, not executed; result is -errno */
#define WIRE_FLAG_RESULT	0x0004 /* result is valid */
#define WIRE_FLAG_AT_ENTRY	0x0008 /* texts were read before the call ran; evidence, not proof */
#define WIRE_FLAG_KILLED	0x0010 /* the target's filter killed the task at this call */
#define WIRE_FLAG_HELD		0x0020 /* the task waits for an answer */

/* What a text is. */
enum wire_text {
	WIRE_TEXT_NONE = 0,
	WIRE_TEXT_IMAGE = 1,   /* path of the executed file */
	WIRE_TEXT_PATH = 2,    /* NUL-terminated path argument, without its NUL */
	WIRE_TEXT_SOCKADDR = 3, /* struct sockaddr as it stands, cut to its length argument */
	WIRE_TEXT_SITE = 4,    /* mapped file that holds the instruction pointer */
	WIRE_TEXT_COMMAND = 5, /* comm of the task, at most 15 bytes */
	WIRE_TEXT_FRAME = 6,   /* a caller, the innermost first: 8 bytes offset in the file, then its name */
};

/* Verdict on a shape, written by the learner. */
enum wire_verdict {
	WIRE_VERDICT_NONE = 0,	       /* not known: report it once */
	WIRE_VERDICT_ACKNOWLEDGED = 1, /* known: execute, never report */
	WIRE_VERDICT_DENY = 2,	       /* answer verdict_errno instead of executing */
	WIRE_VERDICT_KILL = 3,	       /* SIGKILL the process */
};

/* ---- the segment ------------------------------------------------------- */

struct wire_header {
	uint64_t magic;
	uint32_t version;
	uint32_t header_size;	  /* sizeof(struct wire_header) */
	uint64_t segment_size;	  /* sizeof(struct wire_segment) */
	uint64_t epoch_realtime;  /* ns since 1970 at creation */
	uint64_t epoch_monotonic; /* ns, CLOCK_MONOTONIC at creation; record times count from here */

	/* Learner: set before the launch. */
	uint32_t learner_ready; /* 1: the learner reads the ring */
	uint32_t ask;		/* 1: hold every task with an unknown shape until it has a verdict */

	/* Helper: target state. */
	uint32_t state;		/* enum wire_state */
	int32_t root_pid;	/* 0 before the launch */
	int32_t root_status;	/* wait status, valid from WIRE_STATE_ROOT_EXITED */
	uint32_t failure_step;	/* enum wire_failure */
	int32_t failure_errno;
	uint32_t live_tasks;	/* threads followed now */
	uint32_t peak_tasks;
	uint32_t images;	/* ids given */
	uint64_t tasks;		/* threads ever followed */
	uint64_t executions;	/* execve calls that succeeded */
	uint64_t stops;		/* calls reported to the backend */
	uint64_t shapes;	/* slots taken in the shape table */

	uint64_t losses[WIRE_LOSS_CAUSES]; /* enum wire_loss */
	uint64_t notes[WIRE_NOTE_KINDS];   /* enum wire_note */

	/* Ring cursors, in slots, never wrapped: slot = cursor % WIRE_RING_SLOTS. */
	_Alignas(64) uint64_t ring_head; /* helper: next slot to reserve */
	_Alignas(64) uint64_t ring_tail; /* learner: next slot to read */
	_Alignas(64) uint32_t learner_waits; /* learner: 1 while it sleeps on the doorbell */
	/* Helper: LAUNCH and ATTACH commands taken. The state belongs to the last of them, so a learner
	 * that sent another waits for this to move before it believes the state. */
	_Alignas(64) uint32_t launches;
	uint32_t folds; /* helper, WIRE_MODE_ACK: how often counters were added up; see ack.h */
	uint8_t reserved[4096 - 584];
};

/*
 * What the front and its watcher know by themselves, in a memfd of its own that no target ever maps.
 * A target under the stub can write anything into the header, so nobody believes there what also
 * stands here. Writer: the helper, but for learner_waits.
 */
struct wire_status {
	uint32_t launches;    /* LAUNCH and ATTACH commands taken; stored last */
	uint32_t believed;    /* 1: what follows holds and the header does not (WIRE_MODE_ACK) */
	uint32_t state;	      /* enum wire_state */
	int32_t root_pid;
	int32_t root_status;
	uint32_t failure_step; /* enum wire_failure */
	int32_t failure_errno;
	uint32_t forged;      /* times that the header was found to say something else */
	_Alignas(64) uint32_t learner_waits; /* learner: 1 while it sleeps on the doorbell */
	uint8_t reserved[4096 - 68];
};

/* A counter of numbers too large for the counts page. */
struct wire_stray {
	uint32_t abi; /* enum wire_abi + 1; 0: free */
	uint32_t number;
	uint64_t count;
};

/* What of a call makes its shape, and which of its arguments are texts. Written by the learner. */
struct wire_call_facts {
	uint64_t mask[WIRE_ARGUMENTS];	/* bits of each argument that belong to the shape */
	uint8_t text[WIRE_ARGUMENTS];	/* enum wire_text: PATH or SOCKADDR, else NONE */
	uint8_t length[WIRE_ARGUMENTS]; /* for SOCKADDR: index of the argument that holds its length */
	uint8_t reserved[4];
};

/*
 * One shape. The table is insert-only, open addressing, probes as wire_shape_slot
 * says; fingerprint 0 is a free slot. A fingerprint is in the
 * table only after its record stands in the ring.
 */
struct wire_shape {
	uint64_t fingerprint;
	uint64_t count;	   /* calls, the first included */
	uint64_t first_ns; /* since epoch_monotonic */
	uint64_t last_ns;
	uint32_t verdict; /* enum wire_verdict; learner */
	uint32_t verdict_errno;
};

/* Where a fingerprint is looked for: the slot of each probe, 0 .. WIRE_SHAPE_PROBES - 1. */
static inline uint32_t wire_shape_slot(uint64_t fingerprint, uint32_t probe)
{
	if (probe < WIRE_SHAPE_FIRST_PROBES)
		return (uint32_t)((fingerprint + probe) % WIRE_SHAPE_FIRST);
	return (uint32_t)(WIRE_SHAPE_FIRST +
			  ((fingerprint >> 32) + probe) % (WIRE_SHAPES - WIRE_SHAPE_FIRST));
}

/* One ring record; texts stand in the slots behind it. */
struct wire_record {
	uint64_t commit; /* cursor of this slot + 1, stored last with release order; else not yet there */
	uint16_t kind;	 /* enum wire_kind */
	uint16_t flags;	 /* WIRE_FLAG_* */
	uint16_t slots;	 /* of the whole record, 1 .. WIRE_RECORD_SLOTS */
	uint16_t texts;	 /* how many struct wire_text_head follow */
	int32_t pid;	 /* thread group */
	int32_t tid;
	uint64_t time_ns; /* since epoch_monotonic */
	uint32_t arch;	  /* AUDIT_ARCH_* */
	uint32_t number;  /* as the kernel got it, x32 bit included */
	uint64_t arguments[WIRE_ARGUMENTS]; /* IMAGE: [0] previous image, [1] hash of the path */
	uint64_t instruction_pointer;	    /* after the system call instruction */
	int64_t result;
	uint64_t fingerprint;
	uint32_t image;	      /* id; IMAGE: the new one */
	uint32_t reserved;
	uint64_t site_offset; /* of the instruction pointer in the file of WIRE_TEXT_SITE, bytes */
};

/* Head of one text; `length` bytes follow, padded with zero to a multiple of 8. */
struct wire_text_head {
	uint8_t kind;	  /* enum wire_text */
	uint8_t argument; /* which argument it belongs to; 255: none */
	uint8_t truncated; /* 1: the text went on */
	uint8_t reserved;
	uint32_t length; /* bytes, at most WIRE_TEXT_MAX */
};

struct wire_segment {
	struct wire_header header;
	struct wire_shape shapes[WIRE_SHAPES]; /* one page fault maps the first with the header */
	uint64_t counts[WIRE_ABIS][WIRE_NUMBERS]; /* bumped before anything else is done */
	struct wire_stray strays[WIRE_STRAYS];
	struct wire_call_facts facts[WIRE_ABIS][WIRE_NUMBERS];
	uint8_t ring[WIRE_RING_SLOTS][WIRE_SLOT_SIZE];
};

_Static_assert(sizeof(struct wire_header) == 4096, "the header is one page");
_Static_assert(sizeof(struct wire_status) == 4096, "the status is one page");
_Static_assert(sizeof(struct wire_record) == WIRE_SLOT_SIZE, "a record head is one slot");
_Static_assert(sizeof(struct wire_call_facts) == 64, "call facts are one cache line");

/*
 * Fingerprint of a shape. Both sides compute it:
 *   h = WIRE_MIX_SEED
 *   for each word of (image hash, abi, number without the x32 bit, argument[i] & mask[i] for i in 0..5):
 *       h = mix(h ^ word)
 *   mix(x): x ^= x >> 30; x *= 0xbf58476d1ce4e5b9; x ^= x >> 27; x *= 0x94d049bb133111eb; x ^= x >> 31
 * (the finalizer of splitmix64); 0 becomes 1. The image hash is FNV-1a, 64 bits, of the path's bytes;
 * 0 where no image is known.
 */
#define WIRE_MIX_SEED	0x9e3779b97f4a7c15ULL

/* ---- commands: learner to helper, a stream of heads with payloads -------- */

enum wire_command_kind {
	WIRE_COMMAND_LAUNCH = 1, /* struct wire_launch, filter, argv, salvage path, terminal path */
	WIRE_COMMAND_ATTACH = 2, /* struct wire_launch with pid; no filter, no argv */
	WIRE_COMMAND_SIGNAL = 3, /* struct wire_signal: send to the root */
	WIRE_COMMAND_DETACH = 4, /* attached: let all go on untraced; launched, and the root has ended:
				    do not wait for the rest */
	WIRE_COMMAND_END = 5,	 /* SIGKILL whatever is left */
	WIRE_COMMAND_ANSWER = 6, /* struct wire_answer: lets one held task go on */
	WIRE_COMMAND_LOOK = 7,	 /* no payload: shape verdicts changed, look again at all held tasks */
	WIRE_COMMAND_TIGHTEN = 8, /* struct wire_tighten, filter: stacks it onto every task that lives */
};

enum wire_mode {
	WIRE_MODE_TRACE = 1,   /* SECCOMP_RET_TRACE under the ptrace supervisor */
	WIRE_MODE_ENFORCE = 2, /* filter only, nobody supervises; the helper becomes the target */
	WIRE_MODE_ACK = 3,     /* SECCOMP_RET_TRAP with the stub */
};

#define WIRE_LAUNCH_FOLLOW_ROOT	0x1 /* end when the root ends; else wait for all */
#define WIRE_LAUNCH_TSYNC	0x2 /* SECCOMP_FILTER_FLAG_TSYNC */
#define WIRE_LAUNCH_LOG		0x4 /* SECCOMP_FILTER_FLAG_LOG */
#define WIRE_LAUNCH_ACCELERATE	0x8 /* WIRE_MODE_ACK: rewrite hot call sites of the target */

struct wire_command {
	uint32_t kind; /* enum wire_command_kind */
	uint32_t size; /* bytes of payload, at most WIRE_COMMAND_MAX */
};

#define WIRE_COMMAND_MAX	(16u << 20)

struct wire_launch {
	uint32_t mode;		 /* enum wire_mode */
	uint32_t flags;		 /* WIRE_LAUNCH_* */
	int32_t pid;		 /* ATTACH: whom */
	uint32_t filter_count;	 /* struct sock_filter records that follow, at most 4096 */
	uint32_t argument_count; /* NUL-terminated strings that follow; [0] is searched in PATH */
	uint32_t salvage_size;	 /* bytes of a path, its NUL included, that follow; 0: none. If the learner
				    dies, the helper writes the segment there when the target has ended */
	uint32_t terminal_size;	 /* bytes of a path, its NUL included, that follow: a terminal that becomes the
				    target's stdio and controlling terminal in a session of its own; 0: none */
	uint32_t reserved;
};

struct wire_signal {
	int32_t signal;
};

/* For one task that is held because header.ask is set and its shape has no verdict. The shape's
 * own verdict is not touched: this answer holds once. */
struct wire_answer {
	int32_t tid;
	uint32_t verdict; /* enum wire_verdict, not NONE */
	uint32_t verdict_errno;
};

#define WIRE_TIGHTEN_FORCE 0x1 /* also where the target has filters of its own, which may kill it for that */

struct wire_tighten {
	uint32_t flags;	       /* WIRE_TIGHTEN_* */
	uint32_t filter_count; /* struct sock_filter records that follow, 1 .. 4096 */
	uint32_t serial;       /* comes back in the records */
	uint32_t reserved;     /* 0 */
};

/*
 * RET_TRACE data, as the learning filter gives it: 0 reports the call and lets it run;
 * 1 .. 4095 reports it and answers that errno; WIRE_DATA_KILL reports it and kills the process
 * with SIGSYS.
 */
#define WIRE_DATA_KILL	0xffff

/*
 * A filter for WIRE_MODE_ACK allows, whatever the number, a call whose instruction pointer (the one
 * that the kernel shows a filter) is in [WIRE_ACK_RANGE_START, WIRE_ACK_RANGE_START +
 * WIRE_ACK_RANGE_SIZE): the size is a power of two and the start a multiple of it. It always allows
 * exit and restart_syscall of x86-64, may allow known numbers outright except those that
 * `acktrace-helper wire` prints as WIRE_ACK_TRAP_* (of these only calls with arguments that are of no
 * concern to the stub, see stub/special.c), and answers SECCOMP_RET_TRAP to the rest, of every
 * architecture, with the same data as above. Only calls of i386 whose instruction pointer is in
 * [WIRE_ACK_NARROW_START, 4 GiB), where 32-bit programs have their text, it answers SECCOMP_RET_TRACE:
 * such a program has a tracer and no handler. Known numbers of i386 may be allowed but those of which
 * the tracer has to know: execve, execveat, close, close_range, dup2, dup3. Known numbers are decided before the instruction pointer
 * is loaded, so that the kernel can cache them; data other than 0 behind it.
 */
#define WIRE_ACK_RANGE_START	0x70000000u
#define WIRE_ACK_RANGE_SIZE	0x00040000u
#define WIRE_ACK_NARROW_START	0x08000000u

/*
 * Descriptors of the stub have this number or a larger one, so a known call that the stub has to see
 * may pass if its descriptors are smaller. Where no such number can be had, the helper installs a
 * filter that knows nothing.
 */
#define WIRE_ACK_DESCRIPTORS	1021u

#endif
