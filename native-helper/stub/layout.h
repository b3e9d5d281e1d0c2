/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h - where the stub lives in every process of a target, for C, for
 * assembly and for whoever compiles the learning filter.
 *
 * The filter allows a call whose instruction pointer (the address after the
 * call instruction) lies in [ACK_TEXT_START, ACK_TEXT_END), and answers
 * SECCOMP_RET_TRAP to every other call. The range is a power of two and
 * aligned to it: high half 0, low half & ACK_TEXT_MASK == ACK_TEXT_START.
 */
#ifndef ACKTRACE_STUB_LAYOUT_H
#define ACKTRACE_STUB_LAYOUT_H

#define ACK_TEXT_START 0x70000000
#define ACK_TEXT_END   0x70040000
#define ACK_TEXT_MASK  0xfffc0000

/* From the entry of the stub to the one for an image that the kernel has loaded. */
#define ACK_ADOPT_OFFSET 16

/* Nothing of the target may be mapped, unmapped or changed in this range. */
#define ACK_RESERVED_START  0x6e000000
#define ACK_RESERVED_END    0x70400000
#define ACK_SEGMENT_ADDRESS 0x6e000000 /* struct wire_segment, and behind it in the same memfd: */
#define ACK_AREA_OFFSET	    0x5f8000   /* struct ack_area */
#define ACK_AREA_ADDRESS    (ACK_SEGMENT_ADDRESS + ACK_AREA_OFFSET)

#define ACK_SITES	16384 /* call sites with a thunk of their own; a power of two */
#define ACK_FIRST_SITES 256   /* those that are given first; a power of two */
#define ACK_SITES_INT80 256   /* the same for int $0x80; a power of two */
#define ACK_HANDLERS	512   /* signal handlers with a gate of their own; a power of two */
#define ACK_FRAMES                                                                                 \
	64 /* calls in flight whose arguments were changed, or whose result is wanted              \
	    */
#define ACK_FRAME_SIZE 256 /* bytes of one struct ack_frame; a power of two */

/* The call by which a finished frame comes back to the handler; no kernel has this number. */
#define ACK_POST_NUMBER 0x30000000

/* ---- rewritten call sites (see fast.S and accelerate.c) ---- */
#define ACK_SHARDS 8 /* of counters; a power of two, the processor's number chooses */
/* The number of a shard is that of the processor, exclusive or this. */
#define ACK_SHARD_FIRST 4
#define ACK_ASK_ADDRESS 0x6e00002c /* header.ask of the segment */
#define ACK_FAST_SITES	512	   /* call sites that can be rewritten; a power of two */
#define ACK_FAST_CALLS	2048	   /* shapes of calls that they make */
#define ACK_FAST_SHARD	13	   /* the counter of the next shard is 1 << this many bytes on */
#define ACK_LOOK_NUMBER 0x31000000 /* + result: a call whose path has to be looked at */
#define ACK_LIST_NUMBER 0x32000000 /* + size: a getdents64 that may show the stub's descriptors */

/* Call sites of the dynamic loader that are rewritten where it is mapped (early.c). */
#define ACK_EARLY_SITES 16
#define ACK_EARLY_CALL	8 /* bytes of what traps for each */

/* Where rewritten sites trap: one instruction and a jump for each. */
#define ACK_FAST_SLOW_CALL 8 /* bytes */

/* Sites whose path is looked at behind the call, one for each number that they make, and the call
 * by which that traps. */
#define ACK_LOOK_SITES 128 /* a power of two */
#define ACK_LOOK_CALL  4   /* bytes */

#define ACK_CALL_SIZE	     2	/* bytes of the instruction syscall */
#define ACK_PROCESS_CONFINED 24 /* offset in struct ack_process */
#define ACK_POST_THUNK	     16 /* bytes of a thunk of fast.S */
#define ACK_LEAVE_CONTEXT    40 /* from the stack pointer in leave.S, ack_enter to the context */
#define ACK_SIGSYS	     31

/* Offsets in struct ucontext of asm/ucontext.h. */
#define ACK_CONTEXT_STACK 16 /* start, flags, size */
#define ACK_CONTEXT_REGISTERS                                                                      \
	40 /* r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags */
#define ACK_CONTEXT_MASK 296
#define ACK_CONTEXT_SIZE 304

/* Offsets in struct ack_fast_call. */
#define ACK_FAST_NUMBER	 0
#define ACK_FAST_KIND	 4
#define ACK_FAST_NEXT	 8
#define ACK_FAST_THUNK	 16
#define ACK_FAST_SLOW	 24
#define ACK_FAST_COUNT	 32
#define ACK_FAST_VERDICT 40
#define ACK_FAST_MASK	 48
#define ACK_FAST_VALUE	 96

/* Bits of the kind of a record: what has to be compared. */
#define ACK_FAST_MASKED 1 /* arguments, where the mask says so */
#define ACK_FAST_FAR	2 /* and the first argument is an address above 4 GiB */
#define ACK_FAST_NONE	4 /* it is the record of no call */
#define ACK_FAST_PLAIN	8 /* and the process must be plain, see ack_not_plain */

/* Offsets in struct ack_frame. */
#define ACK_FRAME_RESULT 0
#define ACK_FRAME_RDI	 8
#define ACK_FRAME_RSI	 16
#define ACK_FRAME_RDX	 24
#define ACK_FRAME_R10	 32
#define ACK_FRAME_R8	 40
#define ACK_FRAME_R9	 48
#define ACK_FRAME_NEXT	 56
#define ACK_FRAME_SITE	 64
#define ACK_FRAME_OWNED	 72

#endif
