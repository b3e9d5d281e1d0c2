/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - bytes of the target, read without risk: a wild pointer has to give
 * EFAULT, not a fault in the handler. Under a filter of the target's own the
 * kernel is not asked, because the target did not make that call.
 */
#include "elf.h"
#include "stub.h"

struct span {
	uint64_t base, size;
};

struct ack_process ack_process;
__attribute__((section(".wiped"))) volatile int32_t ack_cached_pid;

int32_t ack_pid(void)
{
	int32_t none = 0;

	/* Looked at by a write: a page that is read first is faulted in twice. */
	if (__atomic_compare_exchange_n(&ack_cached_pid, &none, 0, 0, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		ack_cached_pid = (int32_t)sys1(__NR_getpid, 0);
	return ack_cached_pid;
}

static int copy(long number, void *own, uint64_t other, size_t size)
{
	struct span here = {address_of(own), size}, there = {other, size};
	long done =
		sys6(number, (uint64_t)ack_pid(), address_of(&here), 1, address_of(&there), 1, 0);

	return done == (long)size ? 0 : -EFAULT;
}

int ack_read(void *to, uint64_t from, size_t size)
{
	if (from >= ACK_TASK_SIZE || size > ACK_TASK_SIZE - from)
		return -EFAULT;
	if (ack_process.confined) {
		memcpy(to, (const void *)(uintptr_t)from, size);
		return 0;
	}
	return copy(__NR_process_vm_readv, to, from, size);
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
