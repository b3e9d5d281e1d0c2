/* SPDX-License-Identifier: Apache-2.0 */
/* orders.c - commands that the front passes on to its supervisor. The front has checked them. */
#include <signal.h>
#include <unistd.h>

#include "supervisor.h"

static void kill_task(struct task *task, void *context)
{
	(void)context;
	kill(task->tgid, SIGKILL);
}

static void look_at_held(struct task *task, void *context)
{
	if (task->held)
		call_look_again(context, task);
}

static void let_held_go(struct task *task, void *context)
{
	if (task->held)
		call_let_go(context, task);
}

static void end_all(struct supervisor *s)
{
	if (s->attach) {
		attach_begin_detach(s); /* what acktrace did not start it does not kill */
		return;
	}
	s->ending = true;
	task_each(&s->tasks, kill_task, s);
}

static void carry_out(struct supervisor *s, uint32_t kind, const struct wire_answer *answer)
{
	struct task *task;

	switch (kind) {
	case WIRE_COMMAND_ANSWER:
		task = task_find(&s->tasks, answer->tid);
		if (task && task->held)
			call_answer(s, task, answer->verdict, answer->verdict_errno);
		break;
	case WIRE_COMMAND_LOOK:
		task_each(&s->tasks, look_at_held, s);
		break;
	case WIRE_COMMAND_DETACH:
		if (s->attach)
			attach_begin_detach(s);
		else if (s->ack || (s->root_gone && !s->silent))
			supervisor_go_on_silently(s);
		break;
	case WIRE_COMMAND_TIGHTEN:
		if (!s->ack && !s->silent && !s->detaching && !s->ending)
			tighten_begin(s);
		break;
	case WIRE_COMMAND_END:
		end_all(s);
		break;
	default:
		break;
	}
}

void orders_take(struct supervisor *s)
{
	struct order order;

	/* First, so that what comes after the last read is announced again. */
	__atomic_store_n(s->attention, 0, __ATOMIC_SEQ_CST);
	while (read(s->orders_fd, &order, sizeof(order)) == sizeof(order))
		carry_out(s, order.kind, &order.answer);
	if (__atomic_load_n(&s->control->learner_gone, __ATOMIC_ACQUIRE) && s->tasks.held)
		task_each(&s->tasks, let_held_go, s);
	if (s->ack)
		handover_look(s);
	if (s->ack && s->silent)
		__atomic_store_n(&s->control->goes_on, 1, __ATOMIC_SEQ_CST);
}
