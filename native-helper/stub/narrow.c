/* SPDX-License-Identifier: Apache-2.0 */
/*
 * narrow.c - calls of 64-bit code through int $0x80. The thunk makes them; but what the stub has to
 * see of the 64-bit calls it has to see of these. Their arguments are those of the 64-bit calls,
 * cut to 32 bits, where no structure is different (arch/x86/entry/syscalls/syscall_32.tbl).
 */
#include "stub.h"
#include <linux/fcntl.h>

#define PAGE_ROUND	  4095ULL
#define ANONYMOUS	  0x22 /* MAP_PRIVATE | MAP_ANONYMOUS */
#define READ_WRITE	  3    /* PROT_READ | PROT_WRITE */
#define POINTERS_MAX	  (1u << 20)
#define I386_CLONE	  120
#define I386_CLONE3	  435
#define I386_EXECVE	  11
#define I386_SIGNAL	  48
#define I386_SIGALTSTACK  186
#define I386_SIGACTION	  67
#define I386_MUNMAP	  91
#define I386_SIGPROCMASK  126
#define I386_PRCTL	  172
#define I386_RT_SIGACTION 174
#define I386_SECCOMP	  354
#define I386_EXECVEAT	  358

static const struct {
	uint16_t narrow, number;
} twins[] = {
	{5, __NR_open},
	{6, __NR_close},
	{26, __NR_ptrace},
	{55, __NR_fcntl},
	{63, __NR_dup2},
	{85, __NR_readlink},
	{125, __NR_mprotect},
	{163, __NR_mremap},
	{175, __NR_rt_sigprocmask},
	{192, __NR_mmap},
	{219, __NR_madvise},
	{221, __NR_fcntl},
	{252, __NR_exit_group},
	{257, __NR_remap_file_pages},
	{295, __NR_openat},
	{305, __NR_readlinkat},
	{330, __NR_dup3},
	{380, __NR_pkey_mprotect},
	{397, __NR_shmat},
	{436, __NR_close_range},
};

/* How many pointers stand there, with the last one, which is NULL; -errno. */
static long count_pointers(uint64_t narrow)
{
	uint32_t pointer = 1, count = 0;

	while (narrow && pointer) {
		if (count >= POINTERS_MAX)
			return -E2BIG;
		if (ack_read(&pointer, narrow + 4 * count++, sizeof(pointer)) < 0)
			return -EFAULT;
	}
	return (long)count;
}

static uint64_t *widen(uint64_t narrow, long count, uint64_t *to)
{
	uint32_t pointer;

	for (long i = 0; i < count; i++) {
		if (ack_read(&pointer, narrow + 4 * (uint64_t)i, sizeof(pointer)) < 0)
			pointer = 0;
		*to++ = pointer;
	}
	return to;
}

/* The kernel takes the pointers from 32-bit arrays, and gives the stub 64-bit ones. */
static enum ack_way execute(struct ack_call *call, int argv)
{
	uint64_t *a = call->arguments, size;
	long strings = count_pointers(a[argv]), variables = count_pointers(a[argv + 1]), room;
	uint64_t *pointers;

	if (strings < 0 || variables < 0)
		return ack_answer(call, strings < 0 ? strings : variables);
	size = ((uint64_t)(strings + variables) * sizeof(*pointers) + PAGE_ROUND) & ~PAGE_ROUND;
	room = sys6(__NR_mmap, 0, size ? size : 1, READ_WRITE, ANONYMOUS, (uint64_t)-1, 0);
	if (room < 0)
		return ack_answer(call, room);
	pointers = (uint64_t *)room;
	widen(a[argv + 1], variables, widen(a[argv], strings, pointers));
	a[argv] = strings ? (uint64_t)room : 0;
	a[argv + 1] = variables ? address_of(pointers + strings) : 0;
	if (argv == 1)
		ack_execve(call);
	else
		ack_execveat(call);
	sys3(__NR_munmap, (uint64_t)room, size ? size : 1, 0);
	return ACK_DONE;
}

/* An action or a mask by a structure of its own: what would take SIGSYS away is refused. */
static enum ack_way refuse(struct ack_call *call)
{
	if (call->number != I386_SIGPROCMASK && call->arguments[0] != SIGSYS)
		return ACK_RUN;
	ack_loss(WIRE_LOSS_STUB_TOUCHED);
	return ack_answer(call, -ENOSYS);
}

enum ack_way ack_narrow(struct ack_call *call)
{
	struct ack_call twin = *call;

	twin.is_known = 0; /* thunks for known calls are 64-bit ones */
	switch (call->number) {
	case I386_EXECVE:
	case I386_EXECVEAT:
		if (ack_process.confined) /* it takes calls that the target does not make */
			return ack_answer(call, -ENOEXEC);
		twin.number = call->number == I386_EXECVE ? __NR_execve : __NR_execveat;
		return execute(&twin, call->number == I386_EXECVE ? 1 : 2);
	case I386_CLONE:
	case I386_CLONE3:
		ack_gets_company(); /* perhaps; who does it this way is rare */
		return ACK_RUN;
	case I386_MUNMAP:
		return ack_guard_range(call, call->arguments[0], call->arguments[1], -EINVAL);
	case I386_SIGALTSTACK:
		ack_not_plain = 1;
		return ACK_RUN;
	case I386_SIGNAL:
	case I386_SIGACTION:
	case I386_RT_SIGACTION:
	case I386_SIGPROCMASK:
		return refuse(call);
	case I386_PRCTL:
	case I386_SECCOMP: /* a filter: what it says of the stub's own calls is as it is */
		if (call->arguments[0] == (call->number == I386_PRCTL ? 22 : 1))
			ack_confine();
		return ACK_RUN;
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(twins) / sizeof(*twins); i++) {
		if (twins[i].narrow != call->number)
			continue;
		twin.number = twins[i].number;
		return ack_special(&twin);
	}
	return ACK_RUN;
}
