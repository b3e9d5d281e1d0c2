/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - what the shell sees of the target. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ack_watch.h"
#include "error.h"
#include "fd.h"
#include "memory.h"
#include "supervisor.h"

#define ATTENTION_MS	   5
#define FOLLOWER_MS	   20
#define GROUP_SIGNAL_NS	   200000000ULL /* two deliveries this close are one kill of the group */
#define GROUP_SIGNAL_STEP  1000000L
#define GROUP_SIGNAL_LOOKS 20

int session_open(struct session *session)
{
	struct sigaction default_action = {.sa_handler = SIG_DFL};
	sigset_t all;

	memset(session, 0, sizeof(*session));
	session->doorbell_fd = -1;
	session->orders_fd = -1;
	session->commands_fd = -1;
	session->ack = (struct ack_session){.stub_fd = -1, .life = {-1, -1}, .told = {-1, -1}};
	session->ended = true;
	user_state_save(&session->user);
	sched_getaffinity(0, sizeof(session->cpus), &session->cpus);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigaction(SIGCHLD, &default_action, NULL); /* ignored, it would hide our children's ends */
	session->signal_fd = fd_high(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
	if (session->signal_fd < 0)
		return -1;
	session->control = mmap(NULL, sizeof(*session->control), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (session->control == MAP_FAILED)
		return -1;
	session->status_fd = segment_create_status(&session->status);
	session->segment_fd = segment_create(&session->segment, ACK_SHARED_SIZE);
	return session->segment_fd < 0 || session->status_fd < 0 ? -1 : 0;
}

static void set_state(struct session *session, enum wire_state state)
{
	__atomic_store_n(&session->status->state, state, __ATOMIC_SEQ_CST);
	segment_set_state(session->segment, state);
}

uint32_t session_state(const struct session *session)
{
	const uint32_t *state =
		session->reports_itself ? &session->status->state : &session->segment->header.state;

	return __atomic_load_n(state, __ATOMIC_SEQ_CST);
}

static void begin(struct session *session, bool reports_itself)
{
	struct wire_header *h = &session->segment->header;
	struct wire_status *status = session->status;

	h->failure_step = WIRE_FAILURE_NONE;
	h->failure_errno = 0;
	h->root_pid = 0;
	h->root_status = 0;
	h->live_tasks = 0;
	session->control->attention = 0;
	session->control->following = 0;
	session->control->filter_waits = 0;
	memset(session->control->seen, 0, sizeof(session->control->seen));
	session->supervisor = 0;
	session->target = 0;
	session->ended = false;
	session->launched = true;
	session->reports_itself = reports_itself;
	set_state(session, WIRE_STATE_LAUNCHING);
	status->root_pid = status->root_status = 0;
	status->failure_step = WIRE_FAILURE_NONE;
	status->failure_errno = 0;
	status->believed = reports_itself;
	h->launches = status->launches + 1;
	__atomic_store_n(&status->launches, h->launches, __ATOMIC_SEQ_CST);
}

static void ring(const struct session *session)
{
	if (session->reports_itself)
		segment_ring_by_status(session->status, session->doorbell_fd);
	else
		segment_ring_doorbell(session->segment, session->doorbell_fd);
}

static void fail(struct session *session, enum wire_failure step, int error)
{
	struct wire_status *status = session->status;

	if (session->reports_itself || session->segment->header.failure_step == WIRE_FAILURE_NONE)
		segment_fail(session->segment, step, error);
	status->failure_step = step;
	status->failure_errno = error;
	set_state(session, WIRE_STATE_FAILED);
	ring(session);
	session->ended = true;
}

/* Forks S. Returns 0, or -1 with errno. */
static int start_supervisor(struct session *session, const struct launch *launch, int go_fd)
{
	int orders[2];
	pid_t front = getpid(), pid;

	fd_drop(&session->orders_fd);
	if (fd_pipe(orders) < 0)
		return -1;
	pid = fork();
	if (pid == 0 && session->reports_itself) {
		struct ack_watch watch = {
			.ack = &session->ack,
			.segment = session->segment,
			.status = session->status,
			.control = session->control,
			.doorbell_fd = session->doorbell_fd,
			.orders_fd = orders[0],
			.go_fd = go_fd,
			.front = front,
			.follow_root = launch->flags & WIRE_LAUNCH_FOLLOW_ROOT,
		};

		ack_watch(&watch);
	}
	if (pid == 0) {
		static struct supervisor s; /* zero, and too large for a stack */

		s.segment = session->segment;
		s.control = session->control;
		s.segment_fd = session->segment_fd;
		s.doorbell_fd = session->doorbell_fd;
		s.orders_fd = orders[0];
		s.go_fd = go_fd;
		s.follow_root = launch->flags & WIRE_LAUNCH_FOLLOW_ROOT;
		s.attach = launch->pid != 0;
		s.root = launch->pid;
		s.front = front;
		supervise(&s);
	}
	fd_drop(&orders[0]);
	if (pid < 0) {
		fd_drop(&orders[1]);
		return -1;
	}
	session->orders_fd = orders[1];
	session->supervisor = pid;
	return 0;
}

/* T: tells why, in errno, and ends. */
static _Noreturn void not_started(const struct session *session, enum wire_failure step)
{
	if (session->reports_itself)
		ack_session_tell(&session->ack, step, errno);
	else
		segment_fail(session->segment, step, errno);
	_exit(step == WIRE_FAILURE_EXEC ? STATUS_NOT_FOUND : STATUS_FAILED);
}

/* T, up to its execve. */
static _Noreturn void become_target(struct session *session, const struct launch *launch,
				    char **candidates, int go_fd, pid_t front)
{
	enum wire_failure step;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != front)
		_exit(STATUS_FAILED);
#ifdef PR_SET_PTRACER
	prctl(PR_SET_PTRACER, session->supervisor); /* Yama, scope 1; EINVAL without Yama */
#endif
	if (read(go_fd, &byte, 1) != 1)
		_exit(STATUS_FAILED);
#ifdef PR_SET_PTRACER
	prctl(PR_SET_PTRACER, 0);
#endif
	if (launch->terminal && launch_take_terminal(launch->terminal) < 0)
		not_started(session, WIRE_FAILURE_FORK);
	user_state_restore(&session->user);
	if (session->reports_itself)
		step = ack_session_become(&session->ack, candidates, launch->arguments);
	else
		step = launch_execute(launch, candidates);
	not_started(session, step);
}

/* Somebody may wait for the end of what the target closes: let go of it too, unless another target
 * may want it. Stdio stays, messages and later launches need it. */
static void let_descriptors_go(struct session *session)
{
	int keep[] = {session->segment_fd,  session->doorbell_fd, session->orders_fd,
		      session->signal_fd,   session->commands_fd, session->ack.life[0],
		      session->ack.told[0], session->ack.stub_fd};

	if (!session->keep_descriptors)
		fd_close_others(keep, sizeof(keep) / sizeof(*keep), 3);
}

/* What the stub needs of us; false with errno. */
static bool prepare_stub(struct session *session, const struct launch *launch)
{
	if (!session->ack.area &&
	    ack_session_open(&session->ack, session->segment, session->segment_fd) < 0)
		return false;
	return ack_session_prepare(&session->ack, launch->filter, launch->filter_count,
				   launch->flags & WIRE_LAUNCH_ACCELERATE) == 0;
}

void session_launch(struct session *session, const struct launch *launch)
{
	int go[2] = {-1, -1};
	char **candidates;
	pid_t front = getpid(), target;

	begin(session, launch->mode == WIRE_MODE_ACK);
	session->own_terminal = launch->terminal != NULL;
	candidates = launch_candidates(launch->arguments[0], getenv("PATH"));
	if (!candidates) {
		fail(session, WIRE_FAILURE_EXEC, errno);
		return;
	}
	if (session->reports_itself && !prepare_stub(session, launch)) {
		fail(session, WIRE_FAILURE_SUPERVISOR, errno);
		free(candidates);
		return;
	}
	if (fd_pipe(go) < 0 || start_supervisor(session, launch, go[1]) < 0) {
		fail(session, WIRE_FAILURE_FORK, errno);
		goto out;
	}
	fd_drop(&go[1]);
	target = fork();
	if (target == 0)
		become_target(session, launch, candidates, go[0], front);
	if (target < 0) {
		fail(session, WIRE_FAILURE_FORK, errno);
		fd_drop(&session->orders_fd); /* ends the supervisor */
		goto out;
	}
	session->target = target;
	session->segment->header.root_pid = session->status->root_pid = target;
	if (session->reports_itself) {
		ack_session_started(&session->ack);
		session->segment->header.tasks++;
	}
	if (write(session->orders_fd, &target, sizeof(target)) != sizeof(target))
		kill(target, SIGKILL); /* the supervisor is gone; its end is told of elsewhere */
	let_descriptors_go(session);
out:
	fd_drop(&go[0]);
	fd_drop(&go[1]);
	free(candidates);
}

void session_attach(struct session *session, const struct launch *launch)
{
	begin(session, false);
	session->segment->header.root_pid = launch->pid;
	if (start_supervisor(session, launch, -1) < 0)
		fail(session, WIRE_FAILURE_FORK, errno);
}

void session_refuse(struct session *session, enum wire_failure step, int error)
{
	begin(session, false);
	fail(session, step, error);
}

void session_order(struct session *session, uint32_t kind, const struct wire_answer *answer)
{
	struct order order = {.kind = kind};

	if (session->orders_fd < 0)
		return;
	if (answer)
		order.answer = *answer;
	if (write(session->orders_fd, &order, sizeof(order)) != sizeof(order))
		return; /* EPIPE: the supervisor is gone */
	__atomic_store_n(&session->control->attention, 1, __ATOMIC_SEQ_CST);
	if (session->supervisor > 0)
		kill(session->supervisor, ATTENTION_SIGNAL);
}

void session_tighten(struct session *session, const void *payload)
{
	struct control *control = session->control;

	/* One at a time: the learner waits for the last word about one before it sends another. A
	 * watcher of the stub has no use for it. */
	if (session->reports_itself || session->orders_fd < 0 ||
	    __atomic_load_n(&control->filter_waits, __ATOMIC_ACQUIRE))
		return;
	memcpy(&control->tighten, payload, sizeof(control->tighten));
	memcpy(control->filter, (const char *)payload + sizeof(control->tighten),
	       control->tighten.filter_count * sizeof(*control->filter));
	__atomic_store_n(&control->filter_waits, 1, __ATOMIC_RELEASE);
	session_order(session, WIRE_COMMAND_TIGHTEN, NULL);
}

/* Runnable, and yet it does not run? */
static bool starves(struct session *session)
{
	uint32_t beat = __atomic_load_n(&session->control->beat, __ATOMIC_RELAXED);
	uint64_t now = segment_now(session->segment);
	bool same = beat == session->beat;
	char stat[1024];
	const char *state;

	if (now - session->watched < FOLLOWER_MS * 900000ULL)
		return false; /* too soon after the last look */
	session->watched = now;
	session->beat = beat;
	if (!same || !proc_read(session->supervisor, "stat", stat, sizeof(stat)))
		return false;
	state = strrchr(stat, ')');
	return state && strncmp(state, ") R", 3) == 0;
}

/* A supervisor that follows its target's CPU gives way to everybody; see affinity.c. */
static bool watch_follower(struct session *session)
{
	const struct sched_param none = {0};
	uint32_t following = 1;

	if (__atomic_load_n(&session->control->following, __ATOMIC_SEQ_CST) != 1)
		return false;
	if (starves(session) &&
	    __atomic_compare_exchange_n(&session->control->following, &following, 2, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		sched_setscheduler(session->supervisor, SCHED_OTHER, &none);
		sched_setaffinity(session->supervisor, sizeof(session->cpus), &session->cpus);
	}
	return true;
}

int session_tick(struct session *session)
{
	bool follower;

	if (session->supervisor <= 0)
		return -1;
	follower = watch_follower(session);
	if (!__atomic_load_n(&session->control->attention, __ATOMIC_SEQ_CST))
		return follower ? FOLLOWER_MS : -1;
	/* A signal that came just before the wait began interrupted nothing. */
	kill(session->supervisor, ATTENTION_SIGNAL);
	return ATTENTION_MS;
}

void session_stop_self(struct session *session, int signal)
{
	struct sigaction default_action = {.sa_handler = SIG_DFL}, before;
	sigset_t one, all;
	bool job = signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
	pid_t group;

	if (!job) {
		raise(SIGSTOP);
	} else {
		sigemptyset(&one);
		sigaddset(&one, signal);
		sigaction(signal, &default_action, &before);
		raise(signal);
		sigprocmask(SIG_UNBLOCK, &one, NULL); /* here it stops, if its group is no orphan */
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		sigaction(signal, &before, NULL);
	}
	/* A target that left our process group is not continued by the shell. */
	if (session->target > 0) {
		group = getpgid(session->target);
		if (group > 0 && group != getpgrp())
			kill(group == session->target ? -group : session->target, SIGCONT);
	}
}

static void target_stopped(struct session *session, int signal)
{
	int status;

	if (session->learner)
		return; /* the learner owns the terminal, and we stop with it */
	if (waitpid(session->target, &status, WNOHANG | WCONTINUED) == session->target &&
	    WIFCONTINUED(status))
		return;
	__atomic_store_n(&session->control->front_stopped, 1, __ATOMIC_SEQ_CST);
	session_stop_self(session, signal);
	__atomic_store_n(&session->control->front_stopped, 0, __ATOMIC_SEQ_CST);
}

static void supervisor_gone(struct session *session)
{
	uint32_t state = session_state(session);

	session->supervisor = 0;
	fd_drop(&session->orders_fd);
	if (state != WIRE_STATE_ENDED && state != WIRE_STATE_FAILED) {
		if (session->target > 0)
			kill(session->target, SIGKILL); /* unseized it would wait for ever */
		fail(session, WIRE_FAILURE_SUPERVISOR, ECHILD);
	}
	session->ended = true;
}

/* Of a target under the stub only its parent hears how it ended. The header is W's to write, once
 * it runs: it may have ended before a store of ours. */
static void target_ended(struct session *session, int wait_status)
{
	struct wire_status *status = session->status;
	struct ack_told told;

	session->target = 0;
	if (!session->reports_itself)
		return;
	status->root_status = wait_status;
	if (ack_session_told(&session->ack, &told)) {
		status->failure_step = told.step;
		status->failure_errno = told.error;
		__atomic_store_n(&status->state, WIRE_STATE_FAILED, __ATOMIC_SEQ_CST);
	} else if (session_state(session) < WIRE_STATE_ROOT_EXITED) {
		__atomic_store_n(&status->state, WIRE_STATE_ROOT_EXITED, __ATOMIC_SEQ_CST);
	}
	ring(session);
}

void session_child(struct session *session, pid_t pid, int status)
{
	bool final = WIFEXITED(status) || WIFSIGNALED(status);

	if (pid == session->supervisor && final)
		supervisor_gone(session);
	else if (pid == session->target && final)
		target_ended(session, status);
	else if (pid == session->target && WIFSTOPPED(status))
		target_stopped(session, WSTOPSIG(status));
}

/* Who last sent this signal to the root, as the supervisor or the stub saw it, and when. */
static pid_t last_sender(const struct session *session, int signal, uint64_t *when)
{
	const struct control *control = session->control;
	const struct ack_area *area = session->ack.area;

	if (session->reports_itself) {
		*when = __atomic_load_n(&area->seen[signal].when, __ATOMIC_ACQUIRE);
		return __atomic_load_n(&area->seen[signal].sender, __ATOMIC_ACQUIRE);
	}
	*when = __atomic_load_n(&control->seen[signal].when, __ATOMIC_ACQUIRE);
	return __atomic_load_n(&control->seen[signal].sender, __ATOMIC_ACQUIRE);
}

/* Did the same sender's signal reach the target without us? */
static bool reached_target(struct session *session, int signal, pid_t sender)
{
	const struct timespec step = {0, GROUP_SIGNAL_STEP};

	if (getpgid(session->target) != getpgrp())
		return false;
	for (int i = 0; i < GROUP_SIGNAL_LOOKS; i++) {
		uint64_t when;

		if (last_sender(session, signal, &when) == sender &&
		    segment_now(session->segment) - when < GROUP_SIGNAL_NS)
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

void session_signal(struct session *session, const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;
	pid_t sender = (pid_t)info->ssi_pid;

	/* A terminal that hangs up tells the leader of its session alone, whose place is the
	 * target's. */
	if (info->ssi_code > 0 && signal == SIGHUP && session->target > 0 &&
	    getsid(0) == getpid()) {
		kill(session->target, SIGHUP);
		kill(session->target, SIGCONT);
		return;
	}
	if (info->ssi_code > 0 || sender == getpid() || session->target <= 0 ||
	    sender == session->target || (session->supervisor && sender == session->supervisor))
		return;
	if (signal >= CONTROL_SIGNALS || reached_target(session, signal, sender))
		return;
	kill(session->target, signal);
}

bool session_interrupted(struct session *session, int signal)
{
	if (session_state(session) != WIRE_STATE_ROOT_EXITED || session->ended ||
	    (signal != SIGINT && signal != SIGQUIT && signal != SIGHUP && signal != SIGTERM))
		return false;
	session_order(session, WIRE_COMMAND_DETACH, NULL);
	return true;
}

bool session_busy(const struct session *session)
{
	return !session->ended;
}
