/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.c - thunks that look behind the call, see fast.S: at the name of a file,
 * or at the entries of a directory. What they have to do a handler of the
 * target's need not see half done: where a signal meets a thread in one of them
 * it is done here, and the thread is behind its call.
 */
#include "stub.h"

#define PROBES 24

/* A site that makes several such calls has a slot for each. */
uint64_t ack_look_thunk_for(uint64_t site, uint32_t number, int path)
{
	uint64_t index = ((site ^ number) * 0x9e3779b97f4a7c15ULL) >> 32;
	uint64_t thunks = address_of(path == 0 ? ack_look_first_thunks : ack_look_thunks);

	for (int i = 0; i < PROBES; i++, index++) {
		uint64_t at = index & (ACK_LOOK_SITES - 1), found = 0;

		if (__atomic_compare_exchange_n(&ack_look_sites[at], &found, site, 0,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			__atomic_store_n(&ack_look_numbers[at], (uint16_t)number, __ATOMIC_RELAXED);
		else if (found != site ||
			 __atomic_load_n(&ack_look_numbers[at], __ATOMIC_RELAXED) != number)
			continue;
		return thunks + ACK_POST_THUNK * at;
	}
	return 0;
}

uint64_t ack_look_site_of(uint64_t address, int *started)
{
	uint64_t offset = address - address_of(ack_look_thunks);

	if (offset >= 2 * ACK_POST_THUNK * ACK_LOOK_SITES)
		return 0;
	*started = offset % ACK_POST_THUNK != 0;
	return ack_look_sites[offset / ACK_POST_THUNK % ACK_LOOK_SITES];
}

void ack_look_finish(struct ucontext *context, uint64_t index, uint64_t result)
{
	struct sigcontext *r = &context->uc_mcontext;
	struct ack_call call = ack_call_from(context, ack_look_numbers[index % ACK_LOOK_SITES],
					     ack_look_sites[index % ACK_LOOK_SITES]);

	r->rip = r->rcx = call.site;
	r->rax = result;
	if ((long)result >= 0)
		ack_named_again(&call);
}

ACK_COLD void ack_list_finish(struct ucontext *context, uint64_t index, uint64_t size)
{
	struct sigcontext *r = &context->uc_mcontext;
	struct ack_call call =
		ack_call_from(context, __NR_getdents64, ack_fast_returns[index % ACK_FAST_SITES]);

	r->rip = r->rcx = call.site;
	r->rax = size;
	if ((long)size <= 0 || ack_process.confined)
		return;
	r->rax = (uint64_t)ack_listed(r->rdi, r->rsi, (long)size);
	if (r->rax == 0)
		ack_getdents64(&call);
}

/* On the way of a getdents64. */
static int show_list(struct ucontext *context)
{
	const struct sigcontext *r = &context->uc_mcontext;
	uint64_t thunk = r->rip - address_of(ack_list_thunks), index = r->rcx, result = r->rax;
	uint64_t slow = r->rip - address_of(ack_fast_slow_calls);

	if (thunk < ACK_POST_THUNK * ACK_FAST_SITES) {
		index = thunk / ACK_POST_THUNK;
	} else if (slow < ACK_FAST_SLOW_CALL * ACK_FAST_SITES && slow % ACK_FAST_SLOW_CALL == 0 &&
		   result >= ACK_LIST_NUMBER) {
		index = slow / ACK_FAST_SLOW_CALL;
		result -= ACK_LIST_NUMBER;
	} else if (is_in(r->rip, ack_list_tail, ack_fast_end)) {
		if (index >= ACK_FAST_SITES) /* it is the address of that call by now */
			index = (index - address_of(ack_fast_slow_calls)) / ACK_FAST_SLOW_CALL;
		result -= ACK_LIST_NUMBER;
	} else if (!is_in(r->rip, ack_list_post, ack_list_tail)) {
		return 0;
	}
	ack_list_finish(context, index, result);
	return 1;
}

/* Which register holds what, see fast.S. */
ACK_COLD int ack_look_show(struct ucontext *context)
{
	const struct sigcontext *r = &context->uc_mcontext;
	uint64_t rip = r->rip, thunk = rip - address_of(ack_look_thunks);
	uint64_t call = rip - address_of(ack_look_calls), result = r->rax;
	uint64_t index = r->r11 & 0xff;

	if (thunk < 2 * ACK_POST_THUNK * ACK_LOOK_SITES) {
		index = thunk / ACK_POST_THUNK;
	} else if (call < ACK_LOOK_CALL * ACK_LOOK_SITES) {
		index = call / ACK_LOOK_CALL;
		result = (uint32_t)result - ACK_LOOK_NUMBER;
	} else if (is_in(rip, ack_look_tail, ack_look_out)) {
		result = (uint32_t)result - ACK_LOOK_NUMBER;
	} else if (is_in(rip, ack_look_stashed, ack_look_post) ||
		   is_in(rip, ack_look_scan, ack_look_restored) ||
		   is_in(rip, ack_look_out, ack_look_out_restored)) {
		index = result >> 56;
		result = (uint32_t)result;
	} else if (!is_in(rip, ack_fast_posts, ack_list_post)) {
		return show_list(context);
	}
	ack_look_finish(context, index, result);
	return 1;
}
