/* SPDX-License-Identifier: Apache-2.0 */
/* special.c - which calls the stub looks at; the list is calls.h. */
#include "elf.h"
#include "stub.h"

#define MAP_FIXED_		      0x10
#define MAP_FIXED_NOREPLACE_	      0x100000
#define MREMAP_FIXED_		      2
#define PR_GET_SECCOMP_		      21
#define PR_SET_SECCOMP_		      22
#define PR_SET_SYSCALL_USER_DISPATCH_ 59
#define PR_SYS_DISPATCH_EXCLUSIVE_ON_ 1
#define PR_SET_MM_		      35
#define PR_SET_NO_NEW_PRIVS_	      38
#define PR_GET_NO_NEW_PRIVS_	      39
#define SECCOMP_MODE_FILTER_	      2 /* of prctl; operation 1 of seccomp(2) */

static enum ack_way on_mmap(struct ack_call *call)
{
	const uint64_t *a = call->arguments;

	if (!(a[3] & (MAP_FIXED_ | MAP_FIXED_NOREPLACE_)))
		return ACK_RUN;
	return ack_guard_range(call, a[0], a[1], a[3] & MAP_FIXED_NOREPLACE_ ? -EEXIST : -ENOMEM);
}

static enum ack_way on_mremap(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	enum ack_way way = ack_guard_range(call, a[0], a[1], -EFAULT);

	if (way == ACK_RUN && (a[3] & MREMAP_FIXED_))
		way = ack_guard_range(call, a[4], a[2], -ENOMEM);
	return way;
}

/* The kernel has one range that is never dispatched, and the stub needs it. The target's own range
 * is kept here: a call that was dispatched and comes from there goes to its thunk. */
static enum ack_way on_dispatch(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	uint64_t end;
	long result;

	if (a[1] != PR_SYS_DISPATCH_EXCLUSIVE_ON_)
		return ACK_RUN;
	if (a[2] && (__builtin_add_overflow(a[2], a[3], &end) || a[3] == 0))
		return ACK_RUN; /* EINVAL */
	result = sys6(__NR_prctl, a[0], a[1], ACK_TEXT_START, ACK_TEXT_END - ACK_TEXT_START, a[4],
		      0);
	if (result == 0) {
		ack_fast_stop(); /* a rewritten site calls from where nothing is dispatched */
		ack_process.dispatch_start = a[2];
		ack_process.dispatch_size = a[3];
	}
	return ack_answer(call, result);
}

static enum ack_way on_prctl(struct ack_call *call)
{
	const uint64_t *a = call->arguments;

	switch ((int)a[0]) {
	case PR_SET_SECCOMP_:
		return a[1] == SECCOMP_MODE_FILTER_ ? ack_own_filter(call) : ACK_RUN;
	case PR_GET_SECCOMP_:
		return ack_process.confined ? ACK_RUN : ack_answer(call, 0);
	case PR_SET_SYSCALL_USER_DISPATCH_:
		return on_dispatch(call);
	case PR_SET_MM_:
		return ack_set_mm(call);
	case PR_SET_NO_NEW_PRIVS_:
		if (a[1] == 1)
			ack_process.no_new_privs = 1;
		return ACK_RUN;
	case PR_GET_NO_NEW_PRIVS_:
		return ack_process.no_new_privs || a[1] | a[2] | a[3] | a[4] ? ACK_RUN
									     : ack_answer(call, 0);
	default:
		return ACK_RUN;
	}
}

static enum ack_way on_dup(struct ack_call *call)
{
	enum ack_way way = ack_guard_descriptor(call, call->arguments[0]);

	if (way == ACK_RUN && ack_is_hidden(call->arguments[1])) {
		ack_loss(WIRE_LOSS_STUB_TOUCHED);
		way = ack_answer(call, -EBADF);
	}
	return way;
}

static enum ack_way on_memory(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	enum ack_way way;

	switch (call->number) {
	case __NR_mmap:
		return on_mmap(call);
	case __NR_mremap:
		return on_mremap(call);
	case __NR_munmap:
		way = ack_guard_range(call, a[0], a[1], -EINVAL);
		return way == ACK_RUN ? ack_alternate_stack_gone(call, a[0], a[1]) : way;
	case __NR_shmat:
		return ack_shmat(call);
	case __NR_process_madvise:
		return ack_process_madvise(call);
	case __NR_remap_file_pages:
		return ack_guard_range(call, a[0], a[1], -EINVAL);
	default: /* mprotect, pkey_mprotect, madvise */
		return ack_guard_protection(call);
	}
}

static enum ack_way on_signal(struct ack_call *call)
{
	switch (call->number) {
	case __NR_rt_sigaction:
		return ack_rt_sigaction(call);
	case __NR_rt_sigprocmask:
		return ack_rt_sigprocmask(call);
	case __NR_rt_sigpending:
		return ack_rt_sigpending(call);
	case __NR_rt_sigtimedwait:
		return ack_rt_sigtimedwait(call);
	case __NR_rt_sigreturn:
		return ack_rt_sigreturn(call);
	case __NR_rt_sigsuspend:
		return ack_temporary_mask(call, 0, 0);
	case __NR_ppoll:
		return ack_temporary_mask(call, 3, 0);
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
		return ack_temporary_mask(call, 4, 0);
	default: /* pselect6, io_pgetevents */
		return ack_temporary_mask(call, 5, 1);
	}
}

enum ack_way ack_special(struct ack_call *call)
{
	switch (call->number) {
	case __NR_rt_sigaction:
	case __NR_rt_sigprocmask:
	case __NR_rt_sigpending:
	case __NR_rt_sigtimedwait:
	case __NR_rt_sigsuspend:
	case __NR_rt_sigreturn:
	case __NR_ppoll:
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
	case __NR_pselect6:
	case __NR_io_pgetevents:
		return on_signal(call);
	case __NR_mmap:
	case __NR_mremap:
	case __NR_munmap:
	case __NR_shmat:
	case __NR_mprotect:
	case __NR_pkey_mprotect:
	case __NR_madvise:
	case __NR_process_madvise:
	case __NR_remap_file_pages:
		return on_memory(call);
	case __NR_getdents64:
		return ack_getdents64(call);
	case __NR_open:
	case __NR_openat:
	case __NR_openat2:
	case __NR_stat:
	case __NR_newfstatat:
	case __NR_statx:
	case __NR_access:
	case __NR_faccessat:
	case __NR_faccessat2:
		return ack_named(call);
	case __NR_readlink:
		return ack_readlink(call, -1, 0, 1, 2);
	case __NR_readlinkat:
		return ack_readlink(call, 0, 1, 2, 3);
	case __NR_close:
	case __NR_fcntl:
		return ack_guard_descriptor(call, call->arguments[0]);
	case __NR_dup2:
	case __NR_dup3:
		return on_dup(call);
	case __NR_close_range:
		return ack_close_range(call);
	case __NR_clone:
		return ack_clone(call);
	case __NR_clone3:
		return ack_clone3(call);
	case __NR_vfork: /* if it is known, a child may pass unseen: it has little to set */
		ack_memory_is_lent();
		ack_exec_let_pass();
		return ACK_RUN;
	case __NR_fork:
		ack_exec_let_pass();
		return ACK_RUN;
	case __NR_execve:
		return ack_execve(call);
	case __NR_execveat:
		return ack_execveat(call);
	case __NR_exit_group:
		if (!ack_process.confined && ack_is_alone()) /* from where, nobody sees */
			sys1(__NR_exit_group, call->arguments[0]);
		ack_wait_for_writers();
		return ACK_RUN;
	case __NR_sigaltstack:
		if (call->arguments[0])
			ack_not_plain = 1;
		return ACK_RUN;
	case __NR_ptrace:
		return ack_ptrace(call);
	case __NR_mlockall:
		return ack_mlockall(call);
	case __NR_prctl:
		return on_prctl(call);
	case __NR_seccomp:
		return (int)call->arguments[0] == 1 ? ack_own_filter(call) : ACK_RUN;
	default:
		return ACK_RUN;
	}
}
