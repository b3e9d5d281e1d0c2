/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowded.c - more of everything than a watcher has places for: sleepers with every signal masked,
 * call sites, threads with a mask of their own, sleeps that are left by longjmp.
 */
#include "guest.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>

#define SLEEPERS 150
#define SITES	 20000
#define SITE	 16 /* bytes of one */
#define MASKED	 1500
#define JUMPS	 300

static int ends[2];
static pthread_barrier_t barrier;

static void on_signal(int number)
{
	(void)number;
}

static void *sleep_masked(void *nothing)
{
	struct pollfd end = {.fd = ends[0], .events = POLLIN};
	sigset_t full;

	sigfillset(&full);
	CHECK(ppoll(&end, 1, NULL, &full) == 1);
	return nothing;
}

static void start(pthread_t *threads, int count, void *(*what)(void *))
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (int i = 0; i < count; i++)
		CHECK(pthread_create(&threads[i], &small, what, NULL) == 0);
}

static void end(const pthread_t *threads, int count)
{
	for (int i = 0; i < count; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void sleepers_with_every_signal_masked_are_not_limited(void)
{
	static pthread_t threads[SLEEPERS];
	struct timespec moment = {0, 1000};
	sigset_t full;

	sigfillset(&full);
	CHECK(pipe(ends) == 0);
	start(threads, SLEEPERS, sleep_masked);
	usleep(300000);
	for (int i = 0; i < 10; i++)
		CHECK(ppoll(NULL, 0, &moment, &full) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	end(threads, SLEEPERS);
}

/* As a compiler at run time that puts a call wherever it needs one. */
static void call_sites_are_not_limited(void)
{
	static const uint8_t code[SITE] = {0xb8, SYS_getppid, 0, 0, 0, 0x0f, 0x05, 0xc3};
	uint8_t *text = mmap(NULL, SITES * SITE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(text != MAP_FAILED);
	for (int i = 0; i < SITES; i++)
		memcpy(text + i * SITE, code, SITE);
	CHECK(mprotect(text, SITES * SITE, PROT_READ | PROT_EXEC) == 0);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < SITES; i++)
			CHECK(((long (*)(void))(uintptr_t)(text + i * SITE))() == getppid());
	CHECK(munmap(text, SITES * SITE) == 0);
}

static void *keep_mask(void *nothing)
{
	uint64_t set = 1ULL << (SIGSYS - 1), got = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8) == 0);
	pthread_barrier_wait(&barrier);
	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &got, 8) == 0 && got == set);
	pthread_barrier_wait(&barrier);
	return nothing;
}

static void masks_of_many_threads_read_back_as_they_were_set(void)
{
	static pthread_t threads[MASKED];

	pthread_barrier_init(&barrier, NULL, MASKED);
	start(threads, MASKED, keep_mask);
	end(threads, MASKED);
}

static sigjmp_buf out;

static void jump_out(int number)
{
	siglongjmp(out, number);
}

static volatile int jumps;

static void sleeps_that_are_left_by_a_jump_take_nothing_with_them(void)
{
	struct itimerval soon = {{0, 0}, {0, 300}};
	sigset_t all_but_one;

	sigfillset(&all_but_one);
	sigdelset(&all_but_one, SIGALRM);
	signal(SIGALRM, jump_out);
	for (jumps = 0; jumps < JUMPS; jumps++) {
		if (sigsetjmp(out, 1))
			continue;
		CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
		CHECK(sigsuspend(&all_but_one) == -1 && errno == EINTR);
		CHECK(!"it returned");
	}
	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(sigsuspend(&all_but_one) == -1 && errno == EINTR);
}

int main(void)
{
	sleeps_that_are_left_by_a_jump_take_nothing_with_them();
	masks_of_many_threads_read_back_as_they_were_set();
	sleepers_with_every_signal_masked_are_not_limited();
	call_sites_are_not_limited();
	return done();
}
