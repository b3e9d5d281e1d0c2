/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept.c - what would remove the stub is refused, and everything beside it works: mappings, stacks,
 * personality, names. Without an argument it runs as it would anywhere; with "stub" it tries to
 * take the stub away as well, which must cost it nothing but errors.
 */
#include "guest.h"

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/personality.h>

#define PAGE	  4096UL
#define STUB_TEXT 0x70000000UL

static void *at(uintptr_t address)
{
	return (void *)address;
}

/* Six attempts, which the ledger counts, and one to find free addresses. */
static void the_stub_stays_where_it_is(void)
{
	size_t all = STUB_END - STUB_START;

	CHECK(mmap(at(STUB_TEXT), PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == MAP_FAILED &&
	      errno == ENOMEM);
	CHECK(mmap(at(STUB_START - PAGE), 16 * PAGE, PROT_READ,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED &&
	      errno == EEXIST);
	CHECK(munmap(at(STUB_TEXT), PAGE) == -1 && errno == EINVAL);
	CHECK(munmap(at(STUB_START - PAGE), all) == -1 && errno == EINVAL);
	CHECK(mprotect(at(STUB_TEXT), PAGE, PROT_READ | PROT_WRITE) == -1 && errno == ENOMEM);
	CHECK(madvise(at(STUB_TEXT), PAGE, MADV_DONTNEED) == -1 && errno == ENOMEM);
	CHECK(mremap(at(STUB_TEXT), PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED &&
	      errno == EFAULT);
	CHECK(getppid() > 0);
}

/* What the kernel refuses by itself is refused with its own errno. */
static void wrong_ranges_fail_as_they_do(void)
{
	CHECK(munmap(at(STUB_TEXT + 1), PAGE) == -1 && errno == EINVAL);
	CHECK(mprotect(at(STUB_TEXT + 1), PAGE, PROT_READ) == -1 && errno == EINVAL);
	CHECK(mprotect(at(PAGE * 16), SIZE_MAX - PAGE * 17, PROT_READ) == -1 && errno == ENOMEM);
	CHECK(madvise(NULL, SIZE_MAX, MADV_NORMAL) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_pkey_mprotect, NULL, 1UL << 46, PROT_READ, 12345) == -1 &&
	      errno == EINVAL);
	CHECK(munmap(at(STUB_START - PAGE), PAGE) == 0 && munmap(at(STUB_END), PAGE) == 0);
	CHECK(mmap(at(STUB_END + PAGE), PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		   -1, 0) == at(STUB_END + PAGE));
	CHECK(munmap(at(STUB_END + PAGE), PAGE) == 0);
}

static void on_alternate_stack(int signal)
{
	char other[8192];
	stack_t set = {.ss_sp = other, .ss_size = sizeof(other)}, got;

	(void)signal;
	CHECK(sigaltstack(&set, NULL) == -1 && errno == EPERM);
	CHECK(sigaltstack(NULL, &got) == 0 && got.ss_flags == SS_ONSTACK);
}

static void whoever_stands_on_an_alternate_stack_cannot_change_it(void)
{
	static char stack[65536];
	stack_t set = {.ss_sp = stack, .ss_size = sizeof(stack)}, none = {.ss_flags = SS_DISABLE};
	struct sigaction action = {.sa_handler = on_alternate_stack, .sa_flags = SA_ONSTACK};

	CHECK(sigaltstack(&set, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(raise(SIGUSR1) == 0);
	set.ss_size = 1;
	CHECK(sigaltstack(&set, NULL) == -1 && errno == ENOMEM);
	set.ss_flags = 77;
	CHECK(sigaltstack(&set, NULL) == -1 && errno == EINVAL);
	CHECK(sigaltstack(&none, NULL) == 0);
}

static void *small(void *nothing)
{
	struct timespec nap = {0, 1000};

	CHECK(getppid() > 0 && nanosleep(&nap, NULL) == 0 && access("/", R_OK) == 0);
	return nothing;
}

static void threads_with_the_smallest_stack_make_calls(void)
{
	pthread_attr_t attributes;
	pthread_t threads[8];
	long least = sysconf(_SC_THREAD_STACK_MIN);

	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstacksize(
		      &attributes,
		      (size_t)(least > PTHREAD_STACK_MIN ? least : PTHREAD_STACK_MIN)) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], &attributes, small, NULL) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

/* Its own path stands in its maps, and the name of its task is that of its file. */
static void it_finds_itself(const char *self)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char path[PATH_MAX], line[PATH_MAX + 200], name[17] = "";
	int found = 0;

	CHECK(maps && realpath(self, path));
	while (fgets(line, sizeof(line), maps))
		found |= strstr(line, path) != NULL;
	fclose(maps);
	CHECK(found && prctl(PR_GET_NAME, name) == 0 && strcmp(name, "kept") == 0);
}

/* Not dumpable any more: what the stub reads of its own process must not depend on it. */
static void who_is_not_dumpable_can_execute(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		char *words[] = {"sh", "-c",
				 "exec 3</etc/passwd; ls /proc/self/fd >/dev/null; exit 5", NULL};

		if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_GET_DUMPABLE) != 0)
			_exit(1);
		execv("/bin/sh", words);
		_exit(2);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

/* Address of the heap and of a local, as the image that was executed without randomization has. */
static void print_places(void)
{
	int local;

	printf("%p %p\n", sbrk(0), (void *)&local);
}

static void places_are_the_same_without_randomization(const char *self)
{
	char lines[2][100] = {{0}};

	for (int i = 0; i < 2; i++) {
		int ends[2], status;
		pid_t child;

		CHECK(pipe(ends) == 0);
		child = fork();
		if (child == 0) {
			dup2(ends[1], 1);
			personality(ADDR_NO_RANDOMIZE);
			execl(self, self, "places", NULL);
			_exit(1);
		}
		close(ends[1]);
		CHECK(read(ends[0], lines[i], sizeof(lines[i]) - 1) > 4);
		close(ends[0]);
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
	CHECK(strcmp(lines[0], lines[1]) == 0);
}

/* The bytes behind initialized data are zero, up to the end of the last page. */
extern char _end[];
static char zeros[3 * PAGE];
static int seven = 7;

static void what_is_not_in_the_file_is_zero(void)
{
	for (size_t i = 0; i < sizeof(zeros); i++)
		CHECK(zeros[i] == 0);
	CHECK(seven == 7);
	for (const char *c = _end; (uintptr_t)c % PAGE != 0; c++)
		CHECK(*c == 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "places") == 0) {
		print_places();
		return 0;
	}
	what_is_not_in_the_file_is_zero();
	it_finds_itself(argv[0]);
	wrong_ranges_fail_as_they_do();
	if (argc > 1)
		the_stub_stays_where_it_is();
	whoever_stands_on_an_alternate_stack_cannot_change_it();
	threads_with_the_smallest_stack_make_calls();
	who_is_not_dumpable_can_execute();
	places_are_the_same_without_randomization(argv[0]);
	return done();
}
