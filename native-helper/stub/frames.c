/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.c - calls that cannot go through a plain thunk, because an argument was
 * replaced or because the result is wanted. A frame is private memory, not the
 * target's stack: a goroutine has no room below its stack pointer. A signal
 * gives it back before the handler begins, which may never return.
 */
#include "stub.h"

#define CALL_STRIDE    128 /* of the code of each frame in arch.S */
#define RELEASE_STRIDE 32
#define RELEASE_FIRST  8 /* bytes of its first instruction: behind it the frame is given back */
#define POST_STRIDE    16

ACK_WIPED static volatile uint32_t settled;

void ack_frames_settle(void)
{
	uint64_t self = ack_thread_key();

	if (!ack_is_wiped_on_fork() || settled)
		return;
	for (int i = 0; i < ACK_FRAMES; i++)
		if (ack_frames[i].thread != self)
			__atomic_store_n(&ack_frames[i].owned, 0, __ATOMIC_RELEASE);
	settled = 1;
}

static struct ack_frame *claim(uint64_t thread)
{
	ack_frames_settle();
	for (int i = 0; i < ACK_FRAMES; i++) {
		uint32_t free = 0;

		if (__atomic_compare_exchange_n(&ack_frames[i].owned, &free, 1, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED)) {
			ack_frames[i].thread = thread;
			return &ack_frames[i];
		}
	}
	return NULL;
}

struct ack_frame *ack_frame_take(struct ack_call *call, enum ack_purpose purpose)
{
	struct sigcontext *r = call->registers;
	struct ack_frame *frame = claim(ack_thread_key());
	uint64_t index;

	if (!frame)
		return NULL;
	index = (uint64_t)(frame - ack_frames);
	frame->rdi = r->rdi;
	frame->rsi = r->rsi;
	frame->rdx = r->rdx;
	frame->r10 = r->r10;
	frame->r8 = r->r8;
	frame->r9 = r->r9;
	frame->site = call->site;
	frame->number = call->number;
	frame->purpose = purpose;
	frame->flags = 0;
	frame->next = purpose == ACK_PURPOSE_RESTORE
			      ? address_of(ack_frame_releases) + RELEASE_STRIDE * index
			      : address_of(ack_frame_posts) + POST_STRIDE * index;
	return frame;
}

void ack_frame_run(struct ack_call *call, struct ack_frame *frame)
{
	call->registers->rip =
		address_of(ack_frame_calls) + CALL_STRIDE * (uint64_t)(frame - ack_frames);
}

/* Puts the arguments back as the target gave them. */
static void restore(const struct ack_frame *frame, struct sigcontext *r)
{
	r->rdi = frame->rdi;
	r->rsi = frame->rsi;
	r->rdx = frame->rdx;
	r->r10 = frame->r10;
	r->r8 = frame->r8;
	r->r9 = frame->r9;
}

/* The call will be made by the target once more. */
static void go_back(struct ack_frame *frame, struct sigcontext *r)
{
	restore(frame, r);
	r->rax = frame->number;
	r->rip = frame->site - ACK_CALL_SIZE;
	__atomic_store_n(&frame->owned, 0, __ATOMIC_RELEASE);
}

static void leave(struct ack_frame *frame, struct ucontext *context, uint64_t result)
{
	struct sigcontext *r = &context->uc_mcontext;

	if (frame->purpose == ACK_PURPOSE_BEFORE) {
		go_back(frame, r);
		return;
	}
	restore(frame, r);
	frame->result = result;
	ack_frame_finish(context, (uint32_t)(frame - ack_frames));
}

void ack_frame_show(struct ucontext *context)
{
	struct sigcontext *r = &context->uc_mcontext;
	uint64_t call = r->rip - address_of(ack_frame_calls);
	uint64_t release = r->rip - address_of(ack_frame_releases);
	uint64_t post = r->rip - address_of(ack_frame_posts);
	uint64_t index = ACK_FRAMES;
	struct ack_frame *frame;

	if (call < CALL_STRIDE * ACK_FRAMES)
		index = call / CALL_STRIDE;
	else if (release < RELEASE_STRIDE * ACK_FRAMES)
		index = release / RELEASE_STRIDE;
	else if (post < POST_STRIDE * ACK_FRAMES)
		index = post / POST_STRIDE;
	else if (r->rip == address_of(ack_post_end) - ACK_CALL_SIZE)
		index = r->rax - ACK_POST_NUMBER;
	if (index >= ACK_FRAMES)
		return;
	frame = &ack_frames[index];
	if (release < RELEASE_STRIDE * ACK_FRAMES && release % RELEASE_STRIDE) {
		if (release % RELEASE_STRIDE == RELEASE_FIRST)
			__atomic_store_n(&frame->owned, 0, __ATOMIC_RELEASE);
		r->rip = r->rcx;
		return;
	}
	if (frame->purpose == ACK_PURPOSE_CLEAR_HANDLERS)
		return; /* a child is not complete before it has cleared them */
	if (call < CALL_STRIDE * ACK_FRAMES && call % CALL_STRIDE == 0)
		go_back(frame, r);
	else if (call < CALL_STRIDE * ACK_FRAMES && call % CALL_STRIDE == ACK_CALL_SIZE)
		leave(frame, context, r->rax);
	else
		leave(frame, context, frame->result);
}

void ack_frame_finish(struct ucontext *context, uint32_t index)
{
	struct sigcontext *r = &context->uc_mcontext;
	struct ack_frame *frame = &ack_frames[index & (ACK_FRAMES - 1)];
	struct ack_call call = ack_call_from(context, frame->number, frame->site);
	uint64_t result = frame->result, fingerprint = frame->fingerprint;
	enum ack_purpose purpose = frame->purpose;
	int keep = purpose == ACK_PURPOSE_CLEAR_HANDLERS;

	if (call.number & 0x40000000u)
		call.abi = WIRE_ABI_X32;
	if (!keep)
		__atomic_store_n(&frame->owned, 0, __ATOMIC_RELEASE);
	r->rax = result;
	r->rip = call.site;
	r->rcx = call.site;
	if (purpose == ACK_PURPOSE_BEFORE) {
		r->rax = call.number;
		r->rip = ack_thunk_for(call.site, 0);
	}
	if (purpose == ACK_PURPOSE_REPORT)
		ack_publish(&call, fingerprint, WIRE_FLAG_RESULT, (int64_t)result);
	if (purpose == ACK_PURPOSE_CLEAR_HANDLERS && result == 0)
		ack_clear_handlers();
	if (purpose == ACK_PURPOSE_CLEAR_HANDLERS && result != 0)
		__atomic_store_n(&frame->owned, 0, __ATOMIC_RELEASE);
}
