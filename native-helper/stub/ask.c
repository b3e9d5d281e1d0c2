/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.c - a call that waits for an answer. The thread sleeps in the handler, so
 * it can be killed and nothing else reaches it, as a task that a tracer holds.
 */
#include "stub.h"
#include <linux/futex.h>
#include <linux/time_types.h>

static struct ack_question *claim(uint32_t tid)
{
	struct ack_question *questions = ack_area()->questions;

	for (int i = 0; i < ACK_QUESTIONS; i++) {
		uint32_t free = 0;

		if (__atomic_compare_exchange_n(&questions[i].tid, &free, tid, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED) ||
		    free == tid) {
			questions[i].verdict = WIRE_VERDICT_NONE;
			__atomic_store_n(&questions[i].state, ACK_QUESTION_OPEN, __ATOMIC_RELEASE);
			return &questions[i];
		}
	}
	return NULL;
}

static uint32_t wait_for_news(struct ack_question *question)
{
	uint32_t state;

	while ((state = __atomic_load_n(&question->state, __ATOMIC_ACQUIRE)) == ACK_QUESTION_OPEN)
		sys6(__NR_futex, address_of(&question->state), FUTEX_WAIT, ACK_QUESTION_OPEN, 0, 0,
		     0);
	return state;
}

static void wait_for_verdict(struct ack_question *question, struct ack_sighting *seen)
{
	for (;;) {
		uint32_t state = wait_for_news(question);

		if (state == ACK_QUESTION_ANSWERED) {
			seen->verdict = question->verdict;
			seen->verdict_errno = question->error;
			return;
		}
		if (state != ACK_QUESTION_LOOK)
			return;
		if (!__atomic_compare_exchange_n(&question->state, &state, ACK_QUESTION_OPEN, 0,
						 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue; /* the answer came in between */
		seen->verdict = ack_verdict(seen->key, &seen->verdict_errno);
		if (seen->verdict != WIRE_VERDICT_NONE)
			return;
	}
}

void ack_ask(const struct ack_call *call, struct ack_sighting *seen)
{
	struct ack_question *question;

	if (!__atomic_load_n(&ack_segment()->header.ask, __ATOMIC_ACQUIRE) ||
	    seen->verdict != WIRE_VERDICT_NONE || ack_process.confined)
		return;
	question = claim((uint32_t)sys1(__NR_gettid, 0));
	if (!question)
		return;
	if (ack_publish(call, seen->key, WIRE_FLAG_HELD | WIRE_FLAG_AT_ENTRY, 0)) {
		seen->fingerprint = 0;
		wait_for_verdict(question, seen);
	}
	__atomic_store_n(&question->tid, 0, __ATOMIC_RELEASE);
}
