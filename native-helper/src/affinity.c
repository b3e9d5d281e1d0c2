/* SPDX-License-Identifier: Apache-2.0 */
/*
 * affinity.c - the supervisor follows its target's CPU.
 *
 * A stop costs two wake-ups: of the supervisor, and of the target. Between two idle CPUs, in a
 * virtual machine above all, each costs ten microseconds and more. On one CPU they cost a switch.
 * Being bound to the target's CPU is not enough: the kernel, waking the target, sees a busy CPU and
 * moves it to an idle one. But a CPU that runs nothing except SCHED_IDLE tasks counts as idle
 * (sched_idle_cpu() in kernel/sched/fair.c, since Linux 5.4). So the supervisor is both: bound, and
 * SCHED_IDLE. The target's own affinity is never touched.
 *
 * An ordinary user may become SCHED_IDLE but not come back, unless RLIMIT_NICE allows it
 * (sched(7)). Then the supervisor is only bound, which saves one of the two wake-ups.
 *
 * A SCHED_IDLE task starves where others want the CPU. So this is done only while some CPU has
 * nothing to run and the stops come from one task after the other, not from several at once; and
 * the front watches: a supervisor that is runnable and does not run is made an ordinary task again.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor.h"

#define WINDOW	     128 /* stops between two looks at the load */
#define LOOK_AGAIN   16	 /* stops between two looks at the target's CPU when tasks take turns */
#define SWITCHES_MAX (WINDOW / 8)
#define REST_NS	     1000000000ULL /* after having starved; doubled each time */
#define REST_MAX_NS  60000000000ULL

static struct {
	cpu_set_t inherited;
	bool known; /* `inherited` is valid and names more than one CPU */
	bool asked;
	bool may_idle; /* and come back */
	int load_fd;   /* /proc/loadavg */
	long cpus;     /* online */
	int quiet;     /* windows in a row */
	int cpu;       /* bound to it; -1: to none */
	pid_t last;    /* task of the stop before */
	unsigned stops, switches, looked;
	uint64_t rest_until, rest;
} own = {.load_fd = -1, .cpu = -1};

int affinity_cpu_of_stat(const char *stat)
{
	const char *at = strrchr(stat, ')');

	/* field 39, proc(5); the one behind the name is field 3 */
	for (int field = 2; at && field < 39; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? atoi(at) : -1;
}

int affinity_runnable(const char *loadavg)
{
	int runnable;

	return sscanf(loadavg, "%*s %*s %*s %d/", &runnable) == 1 ? runnable : -1;
}

static int cpu_of(pid_t tid)
{
	char path[64], stat[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	stat[n] = 0;
	return affinity_cpu_of_stat(stat);
}

/* Is there a CPU with nothing to do, this one not counted? */
static bool some_cpu_is_idle(void)
{
	char line[128];
	ssize_t n;
	int runnable;

	if (own.load_fd < 0)
		own.load_fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	n = own.load_fd < 0 ? -1 : pread(own.load_fd, line, sizeof(line) - 1, 0);
	if (n <= 0)
		return false;
	line[n] = 0;
	runnable = affinity_runnable(line);
	return runnable > 0 && runnable < own.cpus;
}

/* Tried in a child: whether it works depends on capabilities, limits and namespaces. */
static bool may_come_back(void)
{
	const struct sched_param none = {0};
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(sched_setscheduler(0, SCHED_IDLE, &none) < 0 ||
		      sched_setscheduler(0, SCHED_OTHER, &none) < 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void leave(struct supervisor *s)
{
	const struct sched_param none = {0};

	if (own.cpu >= 0) {
		if (own.may_idle)
			sched_setscheduler(0, SCHED_OTHER, &none);
		sched_setaffinity(0, sizeof(own.inherited), &own.inherited);
	}
	own.cpu = -1;
	own.quiet = 0;
	__atomic_store_n(&s->control->following, 0, __ATOMIC_SEQ_CST);
}

static void bind_to(struct supervisor *s, int cpu)
{
	const struct sched_param none = {0};
	cpu_set_t one;
	bool fresh = own.cpu < 0;

	own.looked = own.stops;
	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == own.cpu)
		return;
	CPU_ZERO(&one);
	CPU_SET((unsigned)cpu, &one);
	own.cpu = cpu;
	if (sched_setaffinity(0, sizeof(one), &one) < 0) {
		leave(s);
		return;
	}
	if (!fresh)
		return;
	__atomic_store_n(&s->control->following, 1, __ATOMIC_SEQ_CST);
	kill(s->front, SIGCHLD); /* wakes it, so that it begins to watch */
	if (own.may_idle)
		sched_setscheduler(0, SCHED_IDLE, &none);
}

/* The front found us starving and has put us back. */
static void rest(struct supervisor *s)
{
	uint64_t now = segment_now(s->segment);

	own.rest = own.rest == 0 ? REST_NS : own.rest * 2;
	if (own.rest > REST_MAX_NS)
		own.rest = REST_MAX_NS;
	own.rest_until = now + own.rest;
	leave(s);
}

static void end_of_window(struct supervisor *s, const struct task *task)
{
	bool quiet = own.switches <= SWITCHES_MAX && some_cpu_is_idle();

	own.switches = 0;
	own.quiet = quiet ? own.quiet + 1 : 0;
	if (!quiet)
		leave(s);
	else if (own.cpu >= 0 || (own.quiet >= 2 && segment_now(s->segment) >= own.rest_until))
		bind_to(s, cpu_of(task->tid));
}

void affinity_follow(struct supervisor *s, const struct task *task)
{
	if (s->ack)
		return; /* the front looks after W, not after us */
	own.stops++;
	if (!own.asked && own.stops >= WINDOW) {
		own.asked = true;
		own.cpus = sysconf(_SC_NPROCESSORS_ONLN);
		own.known = sched_getaffinity(0, sizeof(own.inherited), &own.inherited) == 0 &&
			    CPU_COUNT(&own.inherited) > 1 && sched_getscheduler(0) == SCHED_OTHER;
		own.may_idle = own.known && may_come_back();
	}
	if (s->silent && own.known) {
		leave(s); /* nobody watches any more */
		own.known = false;
	}
	if (!own.known)
		return;
	__atomic_store_n(&s->control->beat, own.stops, __ATOMIC_RELAXED);
	if (__atomic_load_n(&s->control->following, __ATOMIC_RELAXED) == 2)
		rest(s);
	if (task->tid != own.last) {
		own.last = task->tid;
		own.switches++;
		if (own.cpu >= 0 && own.stops - own.looked >= LOOK_AGAIN)
			bind_to(s, cpu_of(task->tid));
	}
	if (own.stops % WINDOW == 0)
		end_of_window(s, task);
}
