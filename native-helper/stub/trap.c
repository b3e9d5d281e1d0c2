/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.c - SIGSYS. The call has not run: count it, look its shape up, then point
 * the saved rip at what runs it, and return. No lock, and for a known shape no
 * call but the target's own.
 */
#include "early.h"
#include "stub.h"
#include <linux/audit.h>

#define SYS_SECCOMP_	   1 /* si_code of SECCOMP_RET_TRAP */
#define SYS_USER_DISPATCH_ 2 /* of PR_SET_SYSCALL_USER_DISPATCH */
#define VSYSCALL_START	   0xffffffffff600000ULL
#define VSYSCALL_SIZE	   0x1000ULL
#define X32_BIT		   0x40000000u

static int in_text(uint64_t address)
{
	return address - ACK_TEXT_START < ACK_TEXT_END - ACK_TEXT_START;
}

static void read_call(struct ack_call *call, const siginfo_t *info, struct ucontext *context)
{
	struct sigcontext *r = &context->uc_mcontext;

	call->context = context;
	call->registers = r;
	call->number = (uint32_t)info->si_syscall;
	call->site = r->rip;
	call->is_known = 0;
	if (info->si_arch == AUDIT_ARCH_I386) {
		const uint64_t a[] = {r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp};

		call->abi = WIRE_ABI_I386;
		for (int i = 0; i < WIRE_ARGUMENTS; i++)
			call->arguments[i] = (uint32_t)a[i];
	} else {
		const uint64_t a[] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};

		call->abi = (int32_t)call->number >= 0 && (call->number & X32_BIT)
				    ? WIRE_ABI_X32
				    : WIRE_ABI_X86_64;
		for (int i = 0; i < WIRE_ARGUMENTS; i++)
			call->arguments[i] = a[i];
	}
}

/* Calls whose result nobody sees, or sees late, or sees twice: reported before they run. */
static int reports_at_entry(const struct ack_call *call)
{
	if (call->abi != WIRE_ABI_X86_64 || ack_process.confined)
		return 1;
	switch (call->number) {
	case __NR_exit_group:
	case __NR_rt_sigreturn:
	case __NR_sched_yield: /* whoever runs meanwhile may end the process */
	case __NR_execve:
	case __NR_execveat:
	case __NR_fork:
	case __NR_vfork:
	case __NR_clone:
	case __NR_clone3:
	case __NR_read:
	case __NR_readv:
	case __NR_poll:
	case __NR_ppoll:
	case __NR_select:
	case __NR_pselect6:
	case __NR_epoll_wait:
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
	case __NR_futex:
	case __NR_nanosleep:
	case __NR_clock_nanosleep:
	case __NR_pause:
	case __NR_wait4:
	case __NR_waitid:
	case __NR_accept:
	case __NR_accept4:
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_recvmmsg:
	case __NR_rt_sigsuspend:
	case __NR_rt_sigtimedwait:
	case __NR_msgrcv:
	case __NR_semop:
	case __NR_semtimedop:
	case __NR_mq_timedreceive:
	case __NR_flock:
	case __NR_fcntl:
	case __NR_io_getevents:
	case __NR_io_uring_enter:
	case __NR_kill:
	case __NR_tkill:
	case __NR_tgkill:
	case __NR_pidfd_send_signal:
	case __NR_seccomp:
		return 1;
	default:
		return 0;
	}
}

/* The kernel has done the return of an emulated vsyscall already: the call is finished here. */
static void run_vsyscall(struct ack_call *call)
{
	const uint64_t *a = call->arguments;

	call->registers->rax = (uint64_t)sys3(call->number, a[0], a[1], a[2]);
}

/* Where there are more call sites than thunks, a frame takes the call. */
static void run_in_thunk(struct ack_call *call)
{
	uint64_t thunk = ack_thunk_for(call->site, call->abi == WIRE_ABI_I386);
	struct ack_frame *frame = NULL;

	if (thunk) {
		call->registers->rip = thunk;
		return;
	}
	if (call->abi != WIRE_ABI_I386)
		frame = ack_frame_take(call, ACK_PURPOSE_RESTORE);
	if (frame) {
		ack_frame_run(call, frame);
		return;
	}
	ack_answer(call, -EAGAIN);
	ack_loss(WIRE_LOSS_STUB_TOUCHED);
}

/* Runs the call so that its result is reported; 0 if there is no frame for it. */
static int run_for_result(struct ack_call *call, uint64_t fingerprint)
{
	struct ack_frame *frame = ack_frame_take(call, ACK_PURPOSE_REPORT);

	if (!frame)
		return 0;
	frame->fingerprint = fingerprint;
	ack_frame_run(call, frame);
	return 1;
}

/* The filter's data and the learner's verdict, in this order; 1: the call must not run. */
static int is_refused(struct ack_call *call, const siginfo_t *info, const struct ack_sighting *seen)
{
	uint32_t data = ack_process.confined ? 0 : (uint32_t)info->si_errno;
	int32_t error = 0;

	if (seen->verdict == WIRE_VERDICT_ACKNOWLEDGED)
		return 0;
	if (seen->verdict == WIRE_VERDICT_KILL)
		sys3(__NR_kill, (uint64_t)sys1(__NR_getpid, 0), SIGKILL, 0);
	if (data == WIRE_DATA_KILL) {
		if (seen->fingerprint)
			ack_publish(call, seen->fingerprint, WIRE_FLAG_KILLED | WIRE_FLAG_AT_ENTRY,
				    0);
		ack_die_by_filter(call);
	}
	if (seen->verdict == WIRE_VERDICT_DENY)
		error = seen->verdict_errno > 0 && seen->verdict_errno < 4096 ? seen->verdict_errno
									      : EPERM;
	else if (data >= 1 && data <= 4095)
		error = (int32_t)data;
	if (error == 0)
		return 0;
	if (seen->fingerprint)
		ack_publish(call, seen->fingerprint,
			    WIRE_FLAG_DENIED | WIRE_FLAG_RESULT | WIRE_FLAG_AT_ENTRY, -error);
	ack_answer(call, -error);
	return 1;
}

static void on_call(siginfo_t *info, struct ucontext *context)
{
	uint64_t from = address_of(info->si_call_addr);
	struct ack_sighting seen;
	enum ack_way way = ACK_RUN;
	struct ack_call call;

	read_call(&call, info, context);
	ack_count(call.abi, call.number);
	seen = ack_look(&call);
	call.is_known = !seen.fingerprint;
	ack_ask(&call, &seen);
	if (is_refused(&call, info, &seen))
		return;
	if (!call.is_known)
		ack_early_saw(call.site);
	else if (ack_area()->accelerate) /* now: an execution does not come back */
		ack_accelerate(&call, seen.key);
	if (from - VSYSCALL_START < VSYSCALL_SIZE) {
		run_vsyscall(&call);
		if (seen.fingerprint)
			ack_publish(&call, seen.fingerprint, WIRE_FLAG_RESULT,
				    (int64_t)call.registers->rax);
		way = ACK_DONE;
	} else if (call.abi == WIRE_ABI_X86_64) {
		if (seen.fingerprint && reports_at_entry(&call)) {
			ack_publish(&call, seen.fingerprint, WIRE_FLAG_AT_ENTRY, 0);
			seen.fingerprint = 0;
		}
		way = ack_special(&call);
		/* A finished call has its result in rax; one in a frame is reported before it runs.
		 */
		if (seen.fingerprint && way == ACK_DONE) {
			int finished = context->uc_mcontext.rip == call.site;

			ack_publish(&call, seen.fingerprint,
				    finished ? WIRE_FLAG_RESULT : WIRE_FLAG_AT_ENTRY,
				    finished ? (int64_t)context->uc_mcontext.rax : 0);
			seen.fingerprint = 0;
		}
	} else {
		if (seen.fingerprint)
			ack_publish(&call, seen.fingerprint, WIRE_FLAG_AT_ENTRY, 0);
		seen.fingerprint = 0;
		if (call.abi == WIRE_ABI_I386)
			way = ack_narrow(&call);
	}
	if (way == ACK_RUN && (!seen.fingerprint || !run_for_result(&call, seen.fingerprint))) {
		if (seen.fingerprint)
			ack_publish(&call, seen.fingerprint, WIRE_FLAG_AT_ENTRY, 0);
		run_in_thunk(&call);
	}
}

void ack_entered(struct ucontext *context)
{
	struct sigcontext *r = &context->uc_mcontext;
	struct ack_call call =
		ack_call_from(context, (uint32_t)r->rax, ack_fast_site_of_record(r->rcx));

	call.is_known = 1;
	r->rip = r->rcx = call.site;
	if (ack_special(&call) == ACK_RUN)
		run_in_thunk(&call);
}

/* ---- a filter of the target's own traps ------------------------------------------- */

#define OUTER	    16	  /* a power of two */
#define OUTER_DEPTH 16384 /* bytes that the handler needs at most, with a signal frame */

/* Calls that the stub makes in the target's place are the target's for such a filter. Where the
 * frame of the call stands that a thread is about; of threads that meet here one is not found, and
 * sees an address of the stub's. */
static struct outer {
	siginfo_t *info;
	struct ucontext *context;
	uint64_t *frame;
} outer[OUTER];

static struct outer *outer_of_thread(void)
{
	return &outer[(ack_thread_key() >> 6) & (OUTER - 1)];
}

/* The call was made in its thunk, or by the stub: then what it was about to do is given up, and the
 * signal is that of the target's call. */
static void deliver_for_site(siginfo_t *info, struct ucontext *context, uint64_t *frame)
{
	const struct outer *o = outer_of_thread();
	int started;
	uint64_t site = ack_site_of(context->uc_mcontext.rip, &started);

	if (!site && o->frame && address_of(o->frame) - context->uc_mcontext.rsp < OUTER_DEPTH) {
		site = o->context->uc_mcontext.rip;
		memcpy(o->info, info, sizeof(*info));
		info = o->info;
		context = o->context;
		frame = o->frame;
	}
	if (site) {
		context->uc_mcontext.rip = site;
		info->si_call_addr = (void *)(uintptr_t)site;
	}
	ack_deliver_sigsys(info, context, frame);
}

static void on_call_of_confined(siginfo_t *info, struct ucontext *context, uint64_t *frame)
{
	struct outer *o = outer_of_thread();

	*o = (struct outer){info, context, frame};
	on_call(info, context);
	o->frame = NULL;
}

static void on_own_call(siginfo_t *info, struct ucontext *context, uint64_t *frame)
{
	if (ack_process.confined)
		on_call_of_confined(info, context, frame);
	else
		on_call(info, context);
}

/* Called by arch.S. Does not return where a handler of the target's is entered. */
void ack_sigsys(int signal, siginfo_t *info, struct ucontext *context, uint64_t *frame)
{
	uint64_t from, rewritten;

	(void)signal;
	from = address_of(info->si_call_addr);
	rewritten = ack_fast_site(from);
	if (rewritten) {
		if (ack_fast_post(info, context))
			return;
		context->uc_mcontext.rip = from = rewritten;
		info->si_call_addr = (void *)(uintptr_t)rewritten;
	}
	if (info->si_code == SYS_USER_DISPATCH_ &&
	    from - ack_process.dispatch_start < ack_process.dispatch_size) {
		on_own_call(info, context, frame);
	} else if (info->si_code != SYS_SECCOMP_) {
		ack_show(context);
		ack_deliver_sigsys(info, context, frame);
	} else if (in_text(from)) {
		deliver_for_site(info, context, frame);
	} else if (from == address_of(ack_post_end)) {
		ack_frame_finish(context, (uint32_t)info->si_syscall - ACK_POST_NUMBER);
	} else {
		on_own_call(info, context, frame);
	}
}
