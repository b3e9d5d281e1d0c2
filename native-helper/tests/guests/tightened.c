/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tightened.c - threads that sleep in all the ways there are, or calculate, while a filter is
 * stacked onto them. They go on until getpriority fails; none may notice anything else.
 *
 * tightened [own FILE]  one thread installs a filter of its own first, which allows everything
 * tightened children    forks all the time; the children too must have it in the end
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/sem.h>

#include "guest.h"

#define EXPECTED EXDEV /* what the tests' filter answers */

static int refused(void)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, 0) == -1 && errno == EXPECTED;
}

static void until_refused(void)
{
	while (!refused())
		CHECK(errno == 0);
}

/* A second in each of the sleeps; an interruption would show as EINTR or as an early end. */
static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define SLEEP_MS 700

static void *sleeps_in_nanosleep(void *ignored)
{
	struct timespec t = {0, SLEEP_MS * 1000000L};

	while (!refused()) {
		long before = now_ms();

		CHECK(nanosleep(&t, NULL) == 0);
		CHECK(now_ms() - before >= SLEEP_MS - 1);
	}
	return ignored;
}

static void *sleeps_in_epoll(void *ignored)
{
	int fd = epoll_create1(EPOLL_CLOEXEC), never = eventfd(0, EFD_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN};

	CHECK(epoll_ctl(fd, EPOLL_CTL_ADD, never, &event) == 0);
	while (!refused())
		CHECK(epoll_wait(fd, &event, 1, SLEEP_MS) == 0);
	return ignored;
}

static void *sleeps_in_poll(void *ignored)
{
	struct pollfd never = {.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN};

	while (!refused())
		CHECK(poll(&never, 1, SLEEP_MS) == 0);
	return ignored;
}

static void *sleeps_in_futex(void *ignored)
{
	struct timespec t = {0, SLEEP_MS * 1000000L};
	int word = 1;

	while (!refused())
		CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &t, NULL, 0) == -1 &&
		      errno == ETIMEDOUT);
	return ignored;
}

static void *sleeps_in_semop(void *ignored)
{
	struct timespec t = {0, SLEEP_MS * 1000000L};
	struct sembuf take = {.sem_num = 0, .sem_op = -1};
	int id = semget(IPC_PRIVATE, 1, 0600);

	CHECK(id >= 0);
	while (!refused())
		CHECK(semtimedop(id, &take, 1, &t) == -1 && errno == EAGAIN);
	semctl(id, 0, IPC_RMID);
	return ignored;
}

static void *sleeps_in_sigtimedwait(void *ignored)
{
	struct timespec t = {0, SLEEP_MS * 1000000L};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	while (!refused())
		CHECK(sigtimedwait(&set, NULL, &t) == -1 && errno == EAGAIN);
	return ignored;
}

/* Every register has a known value all the time. */
static void *calculates(void *ignored)
{
	while (!refused()) {
		unsigned long a = 0x1111, b = 0x2222, c = 0x3333, d = 0x4444, n = 200000000;
		double x = 1.5;

		__asm__ volatile("movsd %5, %%xmm7\n"
				 "1: add $1, %0\n"
				 "add $2, %1\n"
				 "add $3, %2\n"
				 "add $4, %3\n"
				 "dec %4\n"
				 "jnz 1b\n"
				 "movsd %%xmm7, %5\n"
				 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(n), "+m"(x)
				 :
				 : "xmm7", "cc");
		CHECK(a == 0x1111 + 200000000UL && b == 0x2222 + 2 * 200000000UL);
		CHECK(c == 0x3333 + 3 * 200000000UL && d == 0x4444 + 4 * 200000000UL && x == 1.5);
	}
	return ignored;
}

static void *has_its_own(void *ignored)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, allow};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
	return ignored;
}

static void *has_its_own_and_waits(void *ready)
{
	has_its_own(NULL);
	__atomic_store_n((int *)ready, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 40 && !refused(); i++)
		usleep(100000);
	return refused() ? ready : NULL;
}

static int forks(void)
{
	int status;

	while (!refused()) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (child == 0) {
			usleep(1000);
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(!refused());
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
	return done();
}

int main(int argc, char **argv)
{
	static void *(*const all[])(void *) = {
		sleeps_in_nanosleep, sleeps_in_epoll,	     sleeps_in_poll, sleeps_in_futex,
		sleeps_in_semop,     sleeps_in_sigtimedwait, calculates,
	};
	enum { ALL = sizeof(all) / sizeof(*all) };
	pthread_t threads[ALL], own;
	static int ready;
	void *result;

	if (argc > 1 && strcmp(argv[1], "children") == 0)
		return forks();
	if (argc > 1) {
		CHECK(pthread_create(&own, NULL, has_its_own_and_waits, &ready) == 0);
		while (!__atomic_load_n(&ready, __ATOMIC_SEQ_CST))
			usleep(1000);
		until_refused();
		CHECK(pthread_join(own, &result) == 0);
		printf("own %s\n", result ? "follows" : "does not follow");
		return done();
	}
	for (int i = 0; i < ALL; i++)
		CHECK(pthread_create(&threads[i], NULL, all[i], NULL) == 0);
	for (int i = 0; i < ALL; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER);
	return done();
}
