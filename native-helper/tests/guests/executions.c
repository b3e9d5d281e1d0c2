/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executions.c - who executes gets what was executed, whatever happens to others: `killed N` kills
 * N children on their way through execve, and can execute still; `many N` lets N children execute
 * at once; `forks N` has a thread of N processes fork until another one executes, and the children
 * have no descriptor of what is executed; `race N` has threads of N children execute two programs
 * at the same time, and the one that begins must be the one that its words name.
 */
#include "guest.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

static pthread_barrier_t barrier;
static char links[2][PATH_MAX + 16];

static void killed_on_their_way(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct timespec moment = {0, 50000 + i * 37 % 1000 * 900};
		pid_t child = fork();

		if (child == 0) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		nanosleep(&moment, NULL);
		CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	}
	CHECK(system("exit 3") == 3 << 8);
}

static void many_at_once(int count)
{
	int go[2], status;

	CHECK(pipe(go) == 0);
	for (int i = 0; i < count; i++) {
		if (fork() == 0) {
			char byte;

			close(go[1]);
			CHECK(read(go[0], &byte, 1) == 0);
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
	}
	close(go[0]);
	close(go[1]);
	while (count-- > 0)
		CHECK(wait(&status) > 0 && status == 0);
}

static void *fork_all_the_time(void *leaks)
{
	for (;;) {
		pid_t child = fork();

		if (child == 0) {
			for (int fd = 3; fd < 20; fd++)
				if (fcntl(fd, F_GETFD) != -1)
					__atomic_fetch_add((int *)leaks, 1, __ATOMIC_RELAXED);
			_exit(0);
		}
		if (child > 0)
			waitpid(child, NULL, 0);
	}
	return NULL;
}

static void forks_meet_an_execution(int rounds)
{
	int *leaks =
		mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(leaks != MAP_FAILED && close_range(3, ~0U, 0) == 0);
	for (int i = 0; i < rounds; i++) {
		pid_t child = fork();
		pthread_t thread;

		if (child == 0) {
			CHECK(pthread_create(&thread, NULL, fork_all_the_time, leaks) == 0);
			usleep((useconds_t)(i * 37 % 20 * 100));
			execl("/bin/true", "true", NULL);
			_exit(9);
		}
		CHECK(waitpid(child, NULL, 0) == child);
	}
	CHECK(*leaks == 0);
}

static void *execute(void *link)
{
	pthread_barrier_wait(&barrier);
	execl(link, link, "who", NULL);
	pause();
	return NULL;
}

static void threads_race(const char *self, int rounds)
{
	char path[PATH_MAX], here[PATH_MAX];
	int status;

	CHECK(realpath(self, path) && getcwd(here, sizeof(here)));
	for (int i = 0; i < 2; i++) {
		snprintf(links[i], sizeof(links[i]), "%s/copy-%d", here, i);
		char *words[] = {"cp", path, links[i], NULL};
		pid_t child = fork();

		if (child == 0) {
			execv("/bin/cp", words);
			_exit(1);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
	for (int i = 0; i < rounds; i++) {
		pid_t child = fork();

		if (child == 0) {
			pthread_t thread;

			pthread_barrier_init(&barrier, NULL, 4);
			for (int k = 0; k < 4; k++)
				CHECK(pthread_create(&thread, NULL, execute, links[k % 2]) == 0);
			pause();
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
}

static int is_who_it_should_be(const char *name)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);

	CHECK(size > 0);
	path[size] = '\0';
	return strcmp(path, name) == 0;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 1;

	CHECK(argc > 1);
	if (strcmp(argv[1], "who") == 0)
		return !is_who_it_should_be(argv[0]);
	if (strcmp(argv[1], "killed") == 0)
		killed_on_their_way(rounds);
	else if (strcmp(argv[1], "many") == 0)
		many_at_once(rounds);
	else if (strcmp(argv[1], "forks") == 0)
		forks_meet_an_execution(rounds);
	else
		threads_race(argv[0], rounds);
	return done();
}
