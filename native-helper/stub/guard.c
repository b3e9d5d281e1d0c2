/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.c - calls that would remove what the stub keeps in the process: its
 * mappings and its descriptors. A mapping is refused and counted; a descriptor
 * is answered as if it were not open, so that loops which close everything go on.
 */
#include "elf.h"
#include "stub.h"
#include <asm/shmbuf.h>
#include <linux/prctl.h>

#define SHM_REMAP_	040000
#define IPC_STAT_	2
#define VECTOR_MAX	1024 /* UIO_MAXIOV */
#define SS_DISABLE_	2
#define PTRACE_TRACEME_ 0
#define PTRACE_ATTACH_	16
#define PTRACE_SEIZE_	0x4206

/* A range that does not begin on a page, or is longer than there are addresses, the kernel refuses
 * by itself. */
static int meets_stub(uint64_t address, uint64_t size)
{
	uint64_t end;

	if (address % ACK_PAGE || __builtin_add_overflow(size, ACK_PAGE - 1, &size) ||
	    __builtin_add_overflow(address, size & ~(ACK_PAGE - 1), &end))
		return 0;
	return ack_meets_stub(address, end);
}

enum ack_way ack_guard_range(struct ack_call *call, uint64_t address, uint64_t size, long result)
{
	if (!meets_stub(address, size))
		return ACK_RUN;
	if (result != -EEXIST) /* who asks for free addresses wants to remove nothing */
		ack_loss(WIRE_LOSS_STUB_TOUCHED);
	return ack_answer(call, result);
}

/* The size of the segment is the kernel's to tell. */
enum ack_way ack_shmat(struct ack_call *call)
{
	struct shmid64_ds segment = {.shm_segsz = 1};
	const uint64_t *a = call->arguments;

	if (!(a[2] & SHM_REMAP_))
		return ACK_RUN;
	if (!ack_process.confined && sys3(__NR_shmctl, a[0], IPC_STAT_, address_of(&segment)) < 0)
		return ACK_RUN; /* then it cannot be attached either */
	return ack_guard_range(call, a[1] & ~(ACK_PAGE - 1), segment.shm_segsz, -EINVAL);
}

/* Advice that changes nothing but the speed, and that may be given for other processes. */
static int is_harmless(uint32_t advice)
{
	return advice <= 3 /* MADV_WILLNEED */ || (advice >= 20 && advice <= 23) ||
	       advice == 25 /* MADV_COLLAPSE */;
}

/* What stands in front of a range that meets the stub is done, as in front of a hole. */
enum ack_way ack_process_madvise(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	struct {
		uint64_t address, size;
	} range;
	long result = 0;

	if (is_harmless((uint32_t)a[3]) || a[2] > VECTOR_MAX)
		return ACK_RUN;
	for (uint64_t i = 0; i < a[2]; i++) {
		if (ack_read(&range, a[1] + i * sizeof(range), sizeof(range)) < 0)
			return ACK_RUN;
		if (!meets_stub(range.address, range.size))
			continue;
		ack_loss(WIRE_LOSS_STUB_TOUCHED);
		if (i > 0)
			result = sys6(__NR_process_madvise, a[0], a[1], i, a[3], a[4], 0);
		return ack_answer(call, result ? result : -ENOMEM);
	}
	return ACK_RUN;
}

enum ack_way ack_set_mm(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	uint64_t start = ack_process.heap, end = start;
	struct prctl_mm_map map;
	long result;

	if (ack_process.confined)
		return ACK_RUN;
	if (start == 0) /* the kernel loaded the image: as far as is known it is empty */
		start = end = (uint64_t)sys1(__NR_brk, 0);
	switch (a[1]) {
	case PR_SET_MM_START_BRK:
		start = a[2];
		end = (uint64_t)sys1(__NR_brk, 0);
		break;
	case PR_SET_MM_BRK:
		end = a[2];
		break;
	case PR_SET_MM_MAP:
		if (a[3] != sizeof(map) || ack_read(&map, a[2], sizeof(map)) < 0)
			return ACK_RUN;
		start = map.start_brk;
		end = map.brk;
		break;
	default:
		return ACK_RUN;
	}
	/* The heap is unmapped from its end down: it must not span the stub. Without the right
	 * nothing was touched. */
	if (ack_meets_stub(start, end)) {
		result = a[1] == PR_SET_MM_MAP ? 0 : sys6(__NR_prctl, a[0], a[1], 0, 0, 0, 0);
		if (result != -EPERM)
			ack_loss(WIRE_LOSS_STUB_TOUCHED);
		return ack_answer(call, result == -EPERM ? result : -EINVAL);
	}
	result = sys6(__NR_prctl, a[0], a[1], a[2], a[3], a[4], 0);
	if (result == 0)
		ack_process.heap = start;
	return ack_answer(call, result);
}

enum ack_way ack_guard_protection(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	uint64_t before = a[0] < ACK_RESERVED_START ? ACK_RESERVED_START - a[0] : 0;
	long result = 0;

	if (!meets_stub(a[0], a[1]))
		return ACK_RUN;
	if (!ack_process.confined)
		result = sys4(call->number, a[0], before, a[2], a[3]);
	if (result == 0) {
		ack_loss(WIRE_LOSS_STUB_TOUCHED);
		result = -ENOMEM;
	}
	return ack_answer(call, result);
}

ACK_HOT uint32_t ack_not_plain;

/* The stack is given up first, from outside: a frame that stands on it cannot do that. */
enum ack_way ack_alternate_stack_gone(struct ack_call *call, uint64_t address, uint64_t size)
{
	const stack_t *stack = &call->context->uc_stack;
	stack_t none = {.ss_flags = SS_DISABLE_};
	uint64_t start = address_of(stack->ss_sp);
	struct ack_frame *frame;

	if (ack_process.confined || (stack->ss_flags & SS_DISABLE_) || start >= address + size ||
	    start + stack->ss_size <= address)
		return ACK_RUN;
	frame = ack_frame_take(call, ACK_PURPOSE_BEFORE);
	if (!frame)
		return ACK_RUN;
	memcpy(frame->space, &none, sizeof(none));
	call->registers->rax = __NR_sigaltstack;
	call->registers->rdi = address_of(frame->space);
	call->registers->rsi = 0;
	ack_frame_run(call, frame);
	return ACK_DONE;
}

enum ack_way ack_guard_descriptor(struct ack_call *call, uint64_t descriptor)
{
	return ack_is_hidden(descriptor) ? ack_answer(call, -EBADF) : ACK_RUN;
}

/* The stub's descriptors stay: what is before them, between and behind is closed. */
enum ack_way ack_close_range(struct ack_call *call)
{
	uint64_t first = (uint32_t)call->arguments[0], last = (uint32_t)call->arguments[1];
	const uint64_t low = (uint64_t)ack_process.base, held = ack_process.held;
	const uint64_t kept[][2] = {{low, low + ACK_FDS}, {held, held + 1}};
	long result = 0;

	if (first > last || last < low || (first >= low + ACK_FDS && (first > held || last < held)))
		return ACK_RUN;
	for (int i = 0; i < (held ? 2 : 1) && result == 0; i++) {
		if (first < kept[i][0] && first <= last)
			result =
				sys3(__NR_close_range, first,
				     last < kept[i][0] ? last : kept[i][0] - 1, call->arguments[2]);
		if (first < kept[i][1])
			first = kept[i][1];
	}
	if (result == 0 && first <= last)
		result = sys3(__NR_close_range, first, last, call->arguments[2]);
	return ack_answer(call, result);
}

/* A tracer would see each SIGSYS as a signal of its child's, and most drop what they do not know:
 * the child would never make a call. As under a tracer of ours, it gets EPERM. */
enum ack_way ack_ptrace(struct ack_call *call)
{
	long request = (long)call->arguments[0];

	if (request != PTRACE_TRACEME_ &&
	    ((request != PTRACE_ATTACH_ && request != PTRACE_SEIZE_) ||
	     !ack_is_of_target((int32_t)call->arguments[1])))
		return ACK_RUN;
	ack_note(WIRE_NOTE_PTRACE_REFUSED);
	return ack_answer(call, -EPERM);
}
