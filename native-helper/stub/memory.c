/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - bytes of the target, read without risk: a wild pointer has to give
 * EFAULT, not a fault in the handler. Under a filter of the target's own the
 * kernel is not asked, because the target did not make that call.
 */
#include "elf.h"
#include "stub.h"

#define MADV_WIPEONFORK_ 18
#define NO_SUCH_WAY	 99    /* to change a mask, rt_sigprocmask(2) */
#define FRAME_GAP	 256   /* red zone, and what the kernel's alignment leaves below it */
#define FRAME_MAX	 16384 /* bytes of a signal frame, at most */

struct span {
	uint64_t base, size;
};

ACK_LOADING struct ack_process ack_process;
ACK_HOT uint32_t ack_wipes;
ACK_HOT static uint32_t ack_pid_was_cached;
extern char ack_wiped_page[]; /* stub.ld */
ACK_WIPED volatile int32_t ack_cached_pid;

int ack_is_wiped_on_fork(void)
{
	if (!ack_wipes && !ack_process.confined &&
	    sys3(__NR_madvise, address_of(ack_wiped_page), ACK_PAGE, MADV_WIPEONFORK_) == 0)
		ack_wipes = 1;
	return (int)ack_wipes;
}

/* A child that shares memory must not leave its id in it. A page that was filled and is empty has
 * been cleared by a fork: then the memory is the caller's own. */
static int32_t learn_pid(void)
{
	int32_t pid = (int32_t)sys1(__NR_getpid, 0);

	if (pid == ack_process.pid || ack_pid_was_cached) {
		ack_process.pid = pid;
		ack_pid_was_cached = 1;
		ack_cached_pid = pid;
	}
	return pid;
}

int32_t ack_pid(void)
{
	int32_t none = 0;

	if (!ack_is_wiped_on_fork())
		return (int32_t)sys1(__NR_getpid, 0);
	/* Looked at by a write: a page that is read first is faulted in twice. */
	if (__atomic_compare_exchange_n(&ack_cached_pid, &none, 0, 0, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		return learn_pid();
	return ack_cached_pid;
}

static int copy(long number, void *own, uint64_t other, size_t size)
{
	struct span here = {address_of(own), size}, there = {other, size};
	long done =
		sys6(number, (uint64_t)ack_pid(), address_of(&here), 1, address_of(&there), 1, 0);

	if (done == -ESRCH) /* the first thread has ended, and its memory is not found by its id */
		done = sys6(number, (uint64_t)sys1(__NR_gettid, 0), address_of(&here), 1,
			    address_of(&there), 1, 0);
	return done == (long)size ? 0 : -EFAULT;
}

/* Lets the kernel take a signal mask from each page, in a way that it refuses, so nothing changes:
 * that is quicker than to have it copy the bytes. No is not the last word: the handler may have
 * less access than the target (pkeys(7)). */
static int can_read(uint64_t from, size_t size)
{
	for (uint64_t page = from & ~(ACK_PAGE - 1); page < from + size; page += ACK_PAGE)
		if (sys4(__NR_rt_sigprocmask, NO_SUCH_WAY, page, 0, 8) != -EINVAL)
			return 0;
	return 1;
}

int ack_read(void *to, uint64_t from, size_t size)
{
	if (from >= ACK_TASK_SIZE || size > ACK_TASK_SIZE - from)
		return -EFAULT;
	/* Of several who run in this memory, one can unmap what another has asked about. */
	if (ack_process.confined || (ack_is_alone() && can_read(from, size))) {
		memcpy(to, (const void *)(uintptr_t)from, size);
		return 0;
	}
	return copy(__NR_process_vm_readv, to, from, size);
}

/* The kernel has just written the signal frame there, or ack_enter its part of one: from where the
 * context is up to less than FRAME_GAP below the stack pointer, if the frame stands on the target's
 * stack and on no other. */
static int is_beside_frame(const struct ack_call *call, uint64_t address, size_t size)
{
	uint64_t top = call->registers->rsp - FRAME_GAP, end = address + size - 1;
	uint64_t context = address_of(call->context);
	const stack_t *other = &call->context->uc_stack;

	if (address / ACK_PAGE != top / ACK_PAGE || end / ACK_PAGE != top / ACK_PAGE ||
	    top - context >= FRAME_MAX)
		return 0;
	return context - address_of(other->ss_sp) >= other->ss_size ||
	       top - address_of(other->ss_sp) < other->ss_size;
}

int ack_read_near(const struct ack_call *call, void *to, uint64_t from, size_t size)
{
	if (!is_beside_frame(call, from, size))
		return ack_read(to, from, size);
	memcpy(to, (const void *)(uintptr_t)from, size);
	return 0;
}

int ack_write_near(const struct ack_call *call, uint64_t to, const void *from, size_t size)
{
	if (!is_beside_frame(call, to, size))
		return ack_write(to, from, size);
	memcpy((void *)(uintptr_t)to, from, size);
	return 0;
}

int ack_write(uint64_t to, const void *from, size_t size)
{
	if (to >= ACK_TASK_SIZE || size > ACK_TASK_SIZE - to)
		return -EFAULT;
	if (ack_process.confined) {
		memcpy((void *)(uintptr_t)to, from, size);
		return 0;
	}
	return copy(__NR_process_vm_writev, (void *)(uintptr_t)from, to, size);
}

long ack_read_text(char *to, uint64_t from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = 256 - (from + done) % 256; /* never across a page */

		if (part > size - done)
			part = size - done;
		if (ack_process.confined)
			part = 1;
		if (ack_read(to + done, from + done, part) < 0)
			return -EFAULT;
		for (size_t i = 0; i < part; i++)
			if (to[done + i] == '\0')
				return (long)(done + i);
		done += part;
	}
	return -ENAMETOOLONG;
}
