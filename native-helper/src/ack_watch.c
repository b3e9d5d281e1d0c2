/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack_watch.c - the target reports by itself; W only looks after the segment.
 * It traces nobody and is nobody's parent: that every process has ended it hears
 * from the pipe whose write end they all hold.
 */
#include "ack_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "memory.h"
#include "segment.h"
#include "supervisor.h"

#define LOOK_MS		 20   /* between two looks */
#define ASK_MS		 2    /* the same while a person may wait for the question */
#define NEWS_LOOKS	 12   /* looks that a new record waits for the doorbell, if nobody asks */
#define FOLD_LOOKS	 10   /* looks between two additions */
#define SUPERVISOR_LOOKS 2000 /* ms for the supervisor to end */

static volatile sig_atomic_t front_is_gone;

static void on_death(int signal)
{
	(void)signal;
	front_is_gone = 1;
}

static void leave_the_terminal(const struct ack_watch *w)
{
	struct sigaction death = {.sa_handler = on_death};
	int keep[] = {w->doorbell_fd, w->orders_fd, w->go_fd, w->ack->life[0], w->ack->stub_fd, -1};
	sigset_t mask;

#ifdef __SANITIZE_ADDRESS__
	keep[5] = STDERR_FILENO;
#endif
	setsid();
	prctl(PR_SET_NAME, "acktrace-superv");
	sigaction(SIGTERM, &death, NULL);
	sigfillset(&mask);
	sigdelset(&mask, SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != w->front)
		_exit(1);
	fd_close_others(keep, sizeof(keep) / sizeof(*keep), 0);
}

/* SIGKILL to everybody who holds the pipe, until nobody does: they may fork meanwhile. */
static void kill_all(const struct ack_watch *w)
{
	for (int round = 0; round < 100 && !ack_session_ended(w->ack); round++) {
		DIR *processes = opendir("/proc");
		struct dirent *entry;

		while (processes && (entry = readdir(processes))) {
			pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

			if (pid > 1 && ack_session_holds(w->ack, entry->d_name))
				kill(pid, SIGKILL);
		}
		if (processes)
			closedir(processes);
		poll(NULL, 0, 1);
	}
}

/* ---- the supervisor of what the stub cannot load ------------------------------ */

static void start_supervisor(struct ack_watch *w)
{
	pid_t self = getpid(), pid;
	int orders[2];

	if (fd_pipe(orders) < 0)
		return; /* tried again at the next look */
	pid = fork();
	if (pid == 0) {
		static struct supervisor s; /* zero, and too large for a stack */

		s.segment = w->segment;
		s.control = w->control;
		s.segment_fd = s.doorbell_fd = s.go_fd = -1;
		s.orders_fd = orders[0];
		s.front = self;
		s.root = w->root;
		s.ack = w->ack;
		supervise(&s);
	}
	fd_drop(&orders[0]);
	if (pid < 0) {
		fd_drop(&orders[1]);
		return;
	}
	fcntl(orders[1], F_SETFL, O_NONBLOCK);
	w->supervisor = pid;
	w->supervisor_orders = orders[1];
}

static void tell_supervisor(struct ack_watch *w, const struct order *order)
{
	if (!w->supervisor)
		return;
	if (write(w->supervisor_orders, order, sizeof(*order)) != sizeof(*order))
		return; /* it is gone, or has more than it can take */
	__atomic_store_n(&w->control->handover, 1, __ATOMIC_SEQ_CST);
	kill(w->supervisor, ATTENTION_SIGNAL);
}

static bool supervisor_is_gone(struct ack_watch *w)
{
	if (waitpid(w->supervisor, NULL, WNOHANG) != w->supervisor)
		return false;
	w->supervisor = 0;
	fd_drop(&w->supervisor_orders);
	return true;
}

/* Somebody under the stub has written into the pipe: who wants what stands in the area. */
static void hear(struct ack_watch *w)
{
	struct order order = {.kind = WIRE_COMMAND_LOOK};
	char bytes[256];

	while (read(w->ack->life[0], bytes, sizeof(bytes)) == sizeof(bytes))
		;
	if (w->supervisor)
		supervisor_is_gone(w);
	if (!w->supervisor)
		start_supervisor(w);
	tell_supervisor(w, &order);
}

/* A signal that came just before a wait began interrupted nothing: said again. */
static void remind_supervisor(struct ack_watch *w)
{
	if (w->supervisor && !supervisor_is_gone(w) &&
	    __atomic_load_n(&w->control->handover, __ATOMIC_SEQ_CST))
		kill(w->supervisor, ATTENTION_SIGNAL);
}

/* Whatever it still has to write it writes; those that live on it keeps. */
static void end_supervisor(struct ack_watch *w)
{
	struct order order = {.kind = WIRE_COMMAND_DETACH};

	__atomic_store_n(&w->ack->area->watcher, 0, __ATOMIC_SEQ_CST);
	if (!w->supervisor)
		return;
	if (ack_session_ended(w->ack))
		fd_drop(&w->supervisor_orders);
	else
		tell_supervisor(w, &order);
	for (int i = 0; i < SUPERVISOR_LOOKS && !supervisor_is_gone(w) &&
			!__atomic_load_n(&w->control->goes_on, __ATOMIC_SEQ_CST);
	     i++) {
		remind_supervisor(w);
		poll(NULL, 0, 1);
	}
}

/* ---- orders -------------------------------------------------------------------- */

/* Moves a question that is open, and wakes the call that waits for it. */
/* An answer is the last word, also for a thread that was told to look and has not done it yet. */
static void move(struct ack_question *question, uint32_t state)
{
	uint32_t from = ACK_QUESTION_OPEN;

	while (from == ACK_QUESTION_OPEN ||
	       (from == ACK_QUESTION_LOOK && state != ACK_QUESTION_LOOK))
		if (__atomic_compare_exchange_n(&question->state, &from, state, 0, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE)) {
			syscall(SYS_futex, &question->state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
			return;
		}
}

static void move_all(const struct ack_watch *w, uint32_t state)
{
	for (int i = 0; i < ACK_QUESTIONS; i++)
		if (__atomic_load_n(&w->ack->area->questions[i].tid, __ATOMIC_ACQUIRE))
			move(&w->ack->area->questions[i], state);
}

static void answer(const struct ack_watch *w, const struct wire_answer *answer)
{
	for (int i = 0; i < ACK_QUESTIONS; i++) {
		struct ack_question *question = &w->ack->area->questions[i];

		if (__atomic_load_n(&question->tid, __ATOMIC_ACQUIRE) != (uint32_t)answer->tid)
			continue;
		question->verdict = answer->verdict;
		question->error = (int32_t)answer->verdict_errno;
		move(question, ACK_QUESTION_ANSWERED);
	}
}

static void take_orders(struct ack_watch *w)
{
	struct order order;
	bool looked = false;

	__atomic_store_n(&w->control->attention, 0, __ATOMIC_SEQ_CST);
	while (read(w->orders_fd, &order, sizeof(order)) == sizeof(order)) {
		if (order.kind == WIRE_COMMAND_END)
			kill_all(w);
		else if (order.kind == WIRE_COMMAND_ANSWER)
			answer(w, &order.answer);
		else if (order.kind == WIRE_COMMAND_LOOK)
			move_all(w, ACK_QUESTION_LOOK);
		if (order.kind == WIRE_COMMAND_ANSWER || order.kind == WIRE_COMMAND_LOOK)
			tell_supervisor(w, &order);
		looked |= order.kind == WIRE_COMMAND_LOOK;
	}
	if (looked) /* the learner wants to see how things stand */
		ack_session_fold(w->ack);
	if (__atomic_load_n(&w->control->learner_gone, __ATOMIC_ACQUIRE))
		move_all(w, ACK_QUESTION_DROPPED);
}

static uint32_t state_of(const struct ack_watch *w)
{
	return __atomic_load_n(&w->status->state, __ATOMIC_SEQ_CST);
}

/* Did somebody else write there? The stub does once: that it runs. */
static bool is_forged(const struct ack_watch *w, uint32_t told)
{
	const struct wire_header *h = &w->segment->header;
	const struct wire_status *ours = &w->written;
	bool runs = told == WIRE_STATE_RUNNING && ours->state == WIRE_STATE_LAUNCHING;

	return (told != ours->state && !runs) || h->launches != ours->launches ||
	       h->root_pid != ours->root_pid || h->root_status != ours->root_status ||
	       h->failure_step != ours->failure_step || h->failure_errno != ours->failure_errno ||
	       h->magic != WIRE_MAGIC || h->version != WIRE_VERSION ||
	       h->header_size != sizeof(*h) || h->segment_size != sizeof(*w->segment);
}

/* The header says what the status page says, for the file that is saved if the learner dies. The
 * target can write into the one and not into the other. */
static void correct_header(struct ack_watch *w)
{
	struct wire_header *h = &w->segment->header;
	uint32_t told = __atomic_load_n(&h->state, __ATOMIC_SEQ_CST),
		 launching = WIRE_STATE_LAUNCHING;

	if (is_forged(w, told))
		w->status->forged++;
	if (told == WIRE_STATE_RUNNING)
		__atomic_compare_exchange_n(&w->status->state, &launching, WIRE_STATE_RUNNING, 0,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	w->written = *w->status;
	h->magic = WIRE_MAGIC;
	h->version = WIRE_VERSION;
	h->header_size = sizeof(*h);
	h->segment_size = sizeof(*w->segment);
	h->launches = w->written.launches;
	h->root_pid = w->written.root_pid;
	h->root_status = w->written.root_status;
	h->failure_step = w->written.failure_step;
	h->failure_errno = w->written.failure_errno;
	if (told != w->written.state)
		segment_set_state(w->segment, w->written.state);
}

/* The front has told how the root ended; nothing more is to come, or nobody wants to hear it. */
static bool is_over(const struct ack_watch *w)
{
	uint32_t state = state_of(w);

	if (state == WIRE_STATE_FAILED)
		return true;
	if (w->follow_root && state >= WIRE_STATE_ROOT_EXITED)
		return true;
	return ack_session_ended(w->ack) && state >= WIRE_STATE_ROOT_EXITED;
}

/* The front stopped itself when the root did, and cannot see from there that the root goes on. Said
 * again until the front has heard it: the first may have come before its stop. */
static void continue_front(const struct ack_watch *w)
{
	char stat[1024];
	const char *state = NULL;

	if (!__atomic_load_n(&w->control->front_stopped, __ATOMIC_SEQ_CST))
		return;
	if (proc_read(w->root, "stat", stat, sizeof(stat)))
		state = strrchr(stat, ')');
	if (!state || (strncmp(state, ") T", 3) != 0 && strncmp(state, ") t", 3) != 0))
		kill(w->front, SIGCONT);
}

/* The learner computes while it reads, and the target may want the processor: a short program ends
 * before it has to be read at all. */
static bool is_time_to_tell(struct ack_watch *w, bool asks)
{
	uint64_t news = ack_session_news(w->ack);

	if (news == 0)
		w->news_looks = 0;
	else if (asks || news > WIRE_REST_SLOTS || ++w->news_looks >= NEWS_LOOKS)
		return true;
	return false;
}

static void look(struct ack_watch *w, unsigned *looks)
{
	struct pollfd waits[] = {{.fd = w->ack->life[0], .events = POLLIN},
				 {.fd = w->orders_fd, .events = POLLIN}};
	bool hurries = w->supervisor && __atomic_load_n(&w->control->handover, __ATOMIC_RELAXED);
	bool asks = __atomic_load_n(&w->segment->header.ask, __ATOMIC_RELAXED);

	poll(waits, 2, asks || hurries ? ASK_MS : LOOK_MS);
	if (waits[0].revents & POLLIN)
		hear(w);
	else
		remind_supervisor(w);
	if ((waits[0].revents | waits[1].revents) & POLLHUP)
		poll(NULL, 0, 1); /* all have ended; the front may not have told yet */
	if (front_is_gone) {	  /* the learner hears it from the doorbell's end */
		kill_all(w);
		ack_session_fold(w->ack);
		_exit(1);
	}
	take_orders(w);
	continue_front(w);
	correct_header(w);
	if (++*looks % FOLD_LOOKS == 0)
		ack_session_fold(w->ack);
	if (is_time_to_tell(w, asks))
		segment_ring_by_status(w->status, w->doorbell_fd);
}

_Noreturn void ack_watch(struct ack_watch *w)
{
	unsigned looks = 0;

	leave_the_terminal(w);
	w->supervisor_orders = -1;
	w->control->handover = w->control->goes_on = 0;
	w->ack->area->watcher = getpid();
	ack_session_started(w->ack);
	if (read(w->orders_fd, &w->root, sizeof(w->root)) != sizeof(w->root) ||
	    write(w->go_fd, "!", 1) != 1)
		_exit(1);
	fd_drop(&w->go_fd);
	fcntl(w->ack->life[0], F_SETFL, O_NONBLOCK);
	w->written = *w->status;
	w->written.state = WIRE_STATE_LAUNCHING;
	fcntl(w->orders_fd, F_SETFL, O_NONBLOCK);
	while (!is_over(w))
		look(w, &looks);
	end_supervisor(w);
	ack_session_fold(w->ack);
	if (ack_session_ended(w->ack))
		ack_session_repair(w->ack);
	if (state_of(w) != WIRE_STATE_FAILED)
		__atomic_store_n(&w->status->state, WIRE_STATE_ENDED, __ATOMIC_SEQ_CST);
	correct_header(w);
	segment_ring_by_status(w->status, w->doorbell_fd);
	_exit(0);
}
