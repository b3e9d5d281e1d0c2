/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.c - SIGSYS belongs to the stub, and the target must not notice. The
 * kernel never gets SIGSYS in a mask; what the target set is kept and read back.
 *
 * Handlers of the target are entered through gates. A gate is bound to the
 * handler's address (and to whether its mask had SIGSYS), not to a signal, so
 * nothing has to be kept for each signal, and processes that share memory but
 * not dispositions cannot confuse each other.
 */
#include "masks.h"
#include "stub.h"

#define GATE_STRIDE	  16
#define GATE_MASKS_SIGSYS (1ULL << 63) /* in a key: sa_mask had SIGSYS */
#define GATE_NO_SIGINFO	  (1ULL << 62) /* in a key: the target did not set SA_SIGINFO */
#define GATE_FLAGS	  (GATE_MASKS_SIGSYS | GATE_NO_SIGINFO)
#define PROBES		  64
#define SS_DISABLE_	  2
#define AUTODISARM	  (1 << 31)
#define EFLAGS_OF_A_CALL  0x10500 /* RF, DF, TF: clear where a handler begins */
#define PC_SYSCALL	  2	  /* bytes of syscall, and of int $0x80 */
#define HANDLER_DEPTH	  4096	  /* of the stub's own handler, red zone and alignment included */

static uint64_t gates[ACK_HANDLERS];
/* The process for which a SIGSYS of its own came while it was blocked, 0: none. A fork copies this,
 * and its child has nothing pending. */
ACK_HOT static int32_t pending;
ACK_HOT static uint64_t pending_thread; /* key of the one that it was sent to; 0: to the process */
ACK_HOT static siginfo_t pending_info;

static uint64_t gate_for(uint64_t key)
{
	uint64_t index = (key * 0x9e3779b97f4a7c15ULL) >> 40;

	for (int i = 0; i < PROBES; i++, index++) {
		uint64_t *slot = &gates[index & (ACK_HANDLERS - 1)], found = 0;

		if (__atomic_compare_exchange_n(slot, &found, key, 0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED) ||
		    found == key)
			return address_of(ack_gates) + GATE_STRIDE * (index & (ACK_HANDLERS - 1));
	}
	return 0;
}

/* Key of a gate, 0 if the address is none. */
static uint64_t key_of(uint64_t gate)
{
	uint64_t offset = gate - address_of(ack_gates);

	if (offset >= GATE_STRIDE * ACK_HANDLERS || offset % GATE_STRIDE)
		return 0;
	return gates[offset / GATE_STRIDE];
}

/* The bytes that another signal frame takes, as large as this one, and its handler. */
static uint64_t depth_of_a_trap(const struct ucontext *context)
{
	const struct _fpstate *state = (const void *)(uintptr_t)context->uc_mcontext.fpstate;
	uint64_t frame = 0;

	if (state && state->sw_reserved.magic1 == FP_XSTATE_MAGIC1)
		frame = address_of(state) + state->sw_reserved.extended_size - address_of(context);
	return frame + HANDLER_DEPTH;
}

/* The handler's return traps, so that the mask in its frame can be looked at: what a thread has
 * blocked stands there with SIGSYS, which it may change. Where the alternate stack has no room for
 * one more frame the return is made from the stub, where it passes, and told now. */
static void prepare_return(struct ucontext *context, int blocks)
{
	uint64_t at = address_of(context), *frame = (uint64_t *)context - 1, mask;
	uint64_t below = at - address_of(context->uc_stack.ss_sp);
	int32_t sharer;

	if (!(context->uc_stack.ss_flags & SS_DISABLE_) && below < context->uc_stack.ss_size &&
	    below < depth_of_a_trap(context)) {
		*frame = address_of(ack_restorer);
		ack_infer(__NR_rt_sigreturn, address_of(ack_restorer));
		return;
	}
	sharer = ack_sharer();
	if (ack_thread_blocked(sharer)) {
		memcpy(&mask, &context->uc_sigmask, 8);
		mask |= ACK_SIGSYS_BIT;
		memcpy(&context->uc_sigmask, &mask, 8);
	} else if (blocks) {
		ack_thread_block(sharer, 1);
	}
}

enum ack_way ack_rt_sigreturn(struct ack_call *call)
{
	uint64_t at = call->registers->rsp + offsetof(struct ucontext, uc_sigmask), mask, kernel;
	int32_t sharer;
	int was, blocks;

	if (ack_read_near(call, &mask, at, sizeof(mask)) < 0)
		return ACK_RUN; /* the kernel ends the program for such a frame */
	sharer = ack_sharer();
	was = ack_thread_blocked(sharer);
	blocks = (mask & ACK_SIGSYS_BIT) != 0;
	kernel = ack_mask_for_kernel(mask);
	if (blocks && ack_write_near(call, at, &kernel, sizeof(kernel)) < 0)
		return ACK_RUN;
	if (blocks != was)
		ack_thread_block(sharer, blocks);
	if (was && !blocks && pending)
		ack_raise_pending();
	return ACK_RUN;
}

/* In leave.S, or in ack_enter: makes the registers what they were before, or will be behind. */
static void show_way(struct ucontext *context)
{
	struct sigcontext *r = &context->uc_mcontext;
	const struct ucontext *other = (const void *)(uintptr_t)(r->rsp + ACK_LEAVE_CONTEXT);
	size_t size = 0;

	if (is_in(r->rip, ack_leave_open, ack_leave_end))
		size = offsetof(struct sigcontext, cs);
	else if (is_in(r->rip, ack_enter_open, ack_enter_left))
		size = offsetof(struct sigcontext, eflags);
	else if (is_in(r->rip, ack_enter_saved, ack_enter_blocked))
		size = offsetof(struct sigcontext, rip);
	else if (is_in(r->rip, ack_enter + 1, ack_enter_saved))
		r->rsp = r->r11;
	else if (r->rip == address_of(ack_enter_left))
		r->rip = r->rcx;
	if (size)
		memcpy(r, &other->uc_mcontext, size);
}

void ack_show(struct ucontext *context)
{
	struct sigcontext *r = &context->uc_mcontext;
	int started, enters = is_in(r->rip, ack_enter, ack_enter_blocked);
	uint64_t site;

	if (is_in(r->rip, ack_enter_blocked, ack_enter_open))
		return; /* as in any other part of the handler, where only SIGSYS can come in */
	show_way(context);
	if (enters) /* nothing was done yet; rcx is the record */
		ack_fast_uncount(r->rcx);
	site = ack_site_of(r->rip, &started);
	/* Before the call it is the call instruction, which will trap again; behind it, the one
	 * that follows. */
	if (site && !(started && ack_fast_is_post(r->rip))) {
		r->rip = started ? site : site - PC_SYSCALL;
	} else {
		ack_fast_show(context);
		ack_frame_show(context);
	}
}

uint64_t ack_signal_gate(uint32_t index, struct ucontext *context, const siginfo_t *info)
{
	uint64_t key = gates[index & (ACK_HANDLERS - 1)];

	ack_show(context);
	prepare_return(context, (key & GATE_MASKS_SIGSYS) != 0);
	ack_signal_seen(info);
	return key & ~GATE_FLAGS;
}

static long set_action(int number, const struct ack_action *action, uint64_t old)
{
	return sys4(__NR_rt_sigaction, (uint64_t)number, address_of(action), old, 8);
}

void ack_install(void)
{
	struct ack_action action = {
		.handler = address_of(ack_sigsys_entry),
		.flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER,
		.restorer = address_of(ack_restorer),
		.mask = ack_handler_mask,
	};

	set_action(SIGSYS, &action, 0);
}

ACK_COLD void ack_ignore_sigsys(void)
{
	struct ack_action action = {.handler = 1 /* SIG_IGN */};

	set_action(SIGSYS, &action, 0);
}

static enum ack_way sigsys_action(struct ack_call *call, const struct ack_action *new)
{
	struct ack_action *action = ack_sigsys_of(ack_sharer(), new != NULL), old = *action;

	if (new)
		*action = *new;
	if (call->arguments[2] && ack_write_near(call, call->arguments[2], &old, sizeof(old)) < 0)
		return ack_answer(call, -EFAULT);
	return ack_answer(call, 0);
}

/* What the kernel gave back becomes what the target set. */
static long show_old(const struct ack_call *call, uint64_t address)
{
	struct ack_action old;
	uint64_t key;

	if (ack_read_near(call, &old, address, sizeof(old)) < 0)
		return -EFAULT;
	key = key_of(old.handler);
	if (key == 0)
		return 0;
	old.handler = key & ~GATE_FLAGS;
	if (key & GATE_MASKS_SIGSYS)
		old.mask |= ACK_SIGSYS_BIT;
	if (key & GATE_NO_SIGINFO)
		old.flags &= ~(uint64_t)SA_SIGINFO;
	return ack_write_near(call, address, &old, sizeof(old));
}

enum ack_way ack_rt_sigaction(struct ack_call *call)
{
	int number = (int)call->arguments[0];
	uint64_t new_at = call->arguments[1], old_at = call->arguments[2];
	struct ack_action action = {0};
	long result;

	if (call->arguments[3] != 8)
		return ACK_RUN;
	if (new_at && ack_read_near(call, &action, new_at, sizeof(action)) < 0)
		return ack_answer(call, -EFAULT);
	if (number == SIGSYS)
		return sigsys_action(call, new_at ? &action : NULL);
	if (new_at && action.handler > 1) {
		uint64_t key = action.handler;
		uint64_t gate;

		if (action.mask & ACK_SIGSYS_BIT)
			key |= GATE_MASKS_SIGSYS;
		if (!(action.flags & SA_SIGINFO))
			key |= GATE_NO_SIGINFO;
		gate = gate_for(key);
		action.mask = ack_mask_for_kernel(action.mask);
		if (gate) {
			action.handler = gate;
			action.flags |= SA_SIGINFO; /* the gate wants to know the sender */
		}
	}
	result = set_action(number, new_at ? &action : NULL, old_at);
	if (result == 0 && old_at)
		result = show_old(call, old_at);
	return ack_answer(call, result);
}

ACK_COLD void ack_clear_handlers(void)
{
	struct ack_action action, none = {0};

	for (int number = 1; number <= 64; number++) {
		if (number == SIGSYS ||
		    sys4(__NR_rt_sigaction, (uint64_t)number, 0, address_of(&action), 8) < 0)
			continue;
		if (action.handler > 1)
			set_action(number, &none, 0);
	}
}

/* ---- masks ------------------------------------------------------------------- */

static int is_pending(void)
{
	int32_t whose = __atomic_load_n(&pending, __ATOMIC_ACQUIRE);

	return whose && (!pending_thread || pending_thread == ack_thread_key()) &&
	       whose == (int32_t)sys1(__NR_getpid, 0);
}

ACK_COLD void ack_keep_pending(const siginfo_t *info)
{
	if (is_pending()) /* of several the first stays */
		return;
	pending_info = *info;
	pending_thread = info->si_code == SI_TKILL ? ack_thread_key() : 0;
	__atomic_store_n(&pending, (int32_t)sys1(__NR_getpid, 0), __ATOMIC_RELEASE);
}

int ack_pending_sigsys(siginfo_t *info)
{
	if (!is_pending())
		return 0;
	*info = pending_info;
	return 1;
}

/* Sends the target its own SIGSYS again; it arrives when the handler has returned. */
ACK_COLD void ack_raise_pending(void)
{
	siginfo_t info = pending_info;
	uint64_t bit = ACK_SIGSYS_BIT;
	int32_t pid = (int32_t)sys1(__NR_getpid, 0);

	if (!is_pending() || !__atomic_exchange_n(&pending, 0, __ATOMIC_ACQ_REL))
		return;
	sys4(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, address_of(&bit), 0, 8);
	/* To this thread: only the leader may send it to the process with what it tells. */
	sys4(__NR_rt_tgsigqueueinfo, (uint64_t)pid, (uint64_t)sys1(__NR_gettid, 0), SIGSYS,
	     address_of(&info));
}

enum ack_way ack_rt_sigprocmask(struct ack_call *call)
{
	uint64_t kernel = *(uint64_t *)&call->context->uc_sigmask, old, set = 0, new;
	int32_t sharer = ack_sharer();
	int blocked = ack_thread_blocked(sharer), result;
	long verdict;

	if (call->arguments[3] != 8)
		return ack_answer(call, -EINVAL);
	if (ack_process.confined) { /* a filter of the target's own may refuse it */
		verdict = sys4(__NR_rt_sigprocmask, call->arguments[0], 0, 0, 8);
		if (verdict != 0)
			return ack_answer(call, verdict);
	}
	old = ack_mask_for_target(kernel, blocked);
	if (call->arguments[1]) {
		if (ack_read_near(call, &set, call->arguments[1], 8) < 0)
			return ack_answer(call, -EFAULT);
		result = ack_mask_apply((int)call->arguments[0], old, set, &new);
		if (result < 0)
			return ack_answer(call, result);
		kernel = ack_mask_for_kernel(new);
		memcpy(&call->context->uc_sigmask, &kernel, 8);
		if (blocked != !!(new &ACK_SIGSYS_BIT))
			ack_thread_block(sharer, !blocked);
		if (blocked && !(new &ACK_SIGSYS_BIT) && pending)
			ack_raise_pending();
	}
	if (call->arguments[2] && ack_write_near(call, call->arguments[2], &old, 8) < 0)
		return ack_answer(call, -EFAULT);
	return ack_answer(call, 0);
}

ACK_COLD enum ack_way ack_rt_sigpending(struct ack_call *call)
{
	uint64_t set = 0;
	long result;

	if (!is_pending() || call->arguments[1] > 8)
		return ACK_RUN;
	result = sys3(__NR_rt_sigpending, address_of(&set), 8, 0);
	set |= ACK_SIGSYS_BIT;
	if (result == 0 && ack_write(call->arguments[0], &set, call->arguments[1]) < 0)
		result = -EFAULT;
	return ack_answer(call, result);
}

/* What came before the wait is pending here and not in the kernel; what comes while the call sleeps
 * the kernel gives it by itself. */
ACK_COLD enum ack_way ack_rt_sigtimedwait(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	uint64_t set;

	if (!is_pending() || a[3] != 8 || ack_read(&set, a[0], 8) < 0 || !(set & ACK_SIGSYS_BIT) ||
	    !__atomic_exchange_n(&pending, 0, __ATOMIC_ACQ_REL))
		return ACK_RUN;
	if (a[1] && ack_write(a[1], &pending_info, sizeof(pending_info)) < 0)
		return ack_answer(call, -EFAULT);
	return ack_answer(call, SIGSYS);
}

/* There are more sleepers than frames. Where no handler can run meanwhile, the mask may be what it
 * is; else the bit is taken out where the target keeps it. */
static ACK_COLD enum ack_way sleep_without_frame(struct ack_call *call, uint64_t address,
						 uint64_t mask)
{
	if ((mask | ACK_UNBLOCKABLE) == ~0ULL)
		return ACK_RUN;
	ack_loss(WIRE_LOSS_STUB_TOUCHED);
	mask = ack_mask_for_kernel(mask);
	return ack_write(address, &mask, sizeof(mask)) < 0 ? ack_answer(call, -EINTR) : ACK_RUN;
}

/* A call that installs a mask while it sleeps. The argument is the mask's address, or (pselect6,
 * io_pgetevents) the address of a pair of address and size. */
ACK_COLD enum ack_way ack_temporary_mask(struct ack_call *call, int argument, int indirect)
{
	struct {
		uint64_t address, size;
	} pair = {call->arguments[argument], 8};
	uint64_t mask;
	__u64 *registers[] = {&call->registers->rdi, &call->registers->rsi, &call->registers->rdx,
			      &call->registers->r10, &call->registers->r8,  &call->registers->r9};
	struct ack_frame *frame;

	if (pair.address == 0)
		return ACK_RUN;
	if (indirect && ack_read(&pair, pair.address, sizeof(pair)) < 0)
		return ACK_RUN; /* the kernel finds the same */
	if (pair.address == 0 || pair.size != 8 || ack_read(&mask, pair.address, 8) < 0 ||
	    !(mask & ACK_SIGSYS_BIT))
		return ACK_RUN;
	frame = ack_frame_take(call, ACK_PURPOSE_RESTORE);
	if (!frame)
		return sleep_without_frame(call, pair.address, mask);
	mask = ack_mask_for_kernel(mask);
	memcpy(frame->space + 16, &mask, 8);
	pair.address = address_of(frame->space + 16);
	memcpy(frame->space, &pair, sizeof(pair));
	*registers[argument] = indirect ? address_of(frame->space) : pair.address;
	ack_frame_run(call, frame);
	return ACK_DONE;
}

/* ---- a SIGSYS that is not ours ------------------------------------------------- */

static ACK_COLD void die_of_sigsys(struct ucontext *context)
{
	struct ack_action action = {0};
	uint64_t bit = ACK_SIGSYS_BIT, pid;

	if (ack_process.confined) { /* a call that traps while SIGSYS is blocked kills by it */
		bit |= *(uint64_t *)&context->uc_sigmask;
		memcpy(&context->uc_sigmask, &bit, sizeof(bit));
		context->uc_mcontext.rip = address_of(ack_post_end) - ACK_CALL_SIZE;
		context->uc_mcontext.rax = ACK_POST_NUMBER;
		return;
	}
	pid = (uint64_t)sys1(__NR_getpid, 0);
	set_action(SIGSYS, &action, 0);
	sys4(__NR_rt_sigprocmask, 1 /* SIG_UNBLOCK */, address_of(&bit), 0, 8);
	sys3(__NR_tgkill, pid, (uint64_t)sys1(__NR_gettid, 0), SIGSYS);
}

ACK_COLD void ack_die_by_filter(struct ack_call *call)
{
	if (ack_sigsys_of(ack_sharer(), 0)->handler == 0)
		die_of_sigsys(call->context);
	sys3(__NR_kill, (uint64_t)sys1(__NR_getpid, 0), SIGKILL, 0);
}

/* Enters the handler on this very frame, with the mask that it asked for. Only a return from a
 * signal can set a mask without a call that a filter of the target's own may refuse: so a second
 * frame, which nobody else sees, leads there, by the one instruction that filter.c lets pass. It
 * has no floating point state, as a handler begins with none. */
static __attribute__((noreturn)) void enter_handler(const struct ack_action *action, uint64_t mask,
						    siginfo_t *info, struct ucontext *context,
						    uint64_t *frame)
{
	struct ucontext go = {.uc_flags = context->uc_flags & ~(uint64_t)UC_FP_XSTATE,
			      .uc_stack = context->uc_stack,
			      .uc_mcontext = context->uc_mcontext};
	struct sigcontext *r = &go.uc_mcontext;

	if (context->uc_stack.ss_flags & AUTODISARM)
		go.uc_stack = (stack_t){.ss_flags = SS_DISABLE_};
	memcpy(&go.uc_sigmask, &mask, sizeof(mask));
	r->fpstate = NULL;
	r->eflags &= ~(uint64_t)EFLAGS_OF_A_CALL;
	r->rip = action->handler;
	r->rsp = address_of(frame);
	r->rdi = (uint64_t)info->si_signo;
	r->rsi = address_of(info);
	r->rdx = address_of(context);
	r->rax = 0;
	__asm__ volatile("mov %0, %%rsp\n jmp ack_restorer" : : "r"(&go) : "memory");
	__builtin_unreachable();
}

ACK_COLD void ack_deliver_sigsys(siginfo_t *info, struct ucontext *context, uint64_t *frame)
{
	int32_t sharer = ack_sharer();
	struct ack_action action = *ack_sigsys_of(sharer, 0);
	int forced = info->si_code > 0 && info->si_code != SI_KERNEL;
	uint64_t mask;

	if (!forced && ack_thread_blocked(sharer)) {
		ack_keep_pending(info);
		return;
	}
	if (action.handler == 1 && !forced)
		return;
	if (action.handler <= 1 || (forced && ack_thread_blocked(sharer))) {
		die_of_sigsys(context);
		return;
	}
	if (action.flags & SA_RESETHAND)
		ack_sigsys_of(sharer, 1)->handler = 0;
	memcpy(&mask, &context->uc_sigmask, 8);
	mask = ack_mask_for_kernel(mask | action.mask);
	if (action.flags & SA_RESTORER) {
		*frame = action.restorer;
		if (!(action.flags & SA_NODEFER) || (action.mask & ACK_SIGSYS_BIT))
			ack_thread_block(sharer, 1); /* until it returns */
	}
	enter_handler(&action, mask, info, context, frame);
}
