/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone.c - new tasks. A thunk needs no stack, so fork, vfork and clone are the
 * kernel's own business. Left to do: a new thread inherits the virtual SIGSYS
 * bit, and CLONE_CLEAR_SIGHAND would take the stub's handler away.
 */
#include "stub.h"
#include <linux/sched.h>

#define ARGS_MAX 128 /* bytes of struct clone_args that are understood */

ACK_HOT static uint32_t has_company; /* somebody may run in this memory at the same time */

int ack_is_alone(void)
{
	return !has_company;
}

void ack_gets_company(void)
{
	has_company = 1;
}

/* A thread ends by exit, which the filter has to let pass: there may be no stack left to trap on.
 */
static void count_task(const struct ack_call *call, uint64_t flags)
{
	ack_frames_settle();
	if ((flags & CLONE_THREAD) || (flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		ack_gets_company();
	if (flags & CLONE_THREAD) {
		ack_infer(__NR_exit, call->site);
	} else if (flags & CLONE_VM) {
		ack_memory_is_lent();
	}
	if (flags & CLONE_FILES)
		ack_descriptors_are_shared(!!(flags & CLONE_THREAD));
	else
		ack_exec_let_pass();
	__atomic_fetch_add(&ack_segment()->header.tasks, 1, __ATOMIC_RELAXED);
}

enum ack_way ack_clone(struct ack_call *call)
{
	count_task(call, call->arguments[0]);
	if (call->arguments[0] & CLONE_SETTLS)
		ack_thread_inherit(call->arguments[4]);
	return ACK_RUN;
}

enum ack_way ack_clone3(struct ack_call *call)
{
	uint64_t words[ARGS_MAX / 8] = {0}, size = call->arguments[1];
	struct clone_args *args = (struct clone_args *)words;
	struct ack_frame *frame;

	if (size < CLONE_ARGS_SIZE_VER0 || size > ARGS_MAX ||
	    ack_read(words, call->arguments[0], size) < 0)
		return ACK_RUN; /* the kernel refuses, or takes it as it is */
	count_task(call, args->flags);
	if (args->flags & CLONE_SETTLS)
		ack_thread_inherit(args->tls);
	if (!(args->flags & CLONE_CLEAR_SIGHAND) || (args->flags & CLONE_SIGHAND))
		return ACK_RUN;
	frame = ack_frame_take(call, ACK_PURPOSE_CLEAR_HANDLERS);
	if (!frame)
		return ack_answer(call, -EAGAIN);
	args->flags &= ~CLONE_CLEAR_SIGHAND;
	memcpy(frame->space, words, size);
	call->registers->rdi = address_of(frame->space);
	ack_frame_run(call, frame);
	return ACK_DONE;
}
