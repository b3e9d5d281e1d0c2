/* SPDX-License-Identifier: Apache-2.0 */
/* filters.c - the seccomp filters of a running thread, as they were installed: `filters -p PID`.
 * PTRACE_SECCOMP_GET_FILTER (ptrace(2), Linux 4.4) asks for CAP_SYS_ADMIN and refuses who is under
 * a filter himself. The thread is stopped for as long as it takes. */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "front.h"

#define GET_FILTER 0x420c /* PTRACE_SECCOMP_GET_FILTER, linux/ptrace.h */
#define FILTER_MAX 4096	  /* BPF_MAXINSNS, linux/bpf_common.h */
#define STACK_MAX  8192	  /* more than fit into MAX_INSNS_PER_PATH, kernel/seccomp.c */

static pid_t parse_pid(const char *word)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(word, &end, 10);
	if (errno != 0 || end == word || *end != '\0' || pid <= 0 || pid > 0x400000)
		usage_error("not the number of a process", word);
	return (pid_t)pid;
}

/* Stops the thread; the signal that it was about to get, 0 for none, -1 if it is gone. */
static int stop(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -1;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	if (!WIFSTOPPED(status))
		return -1;
	return status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
}

static void print(unsigned long index, const struct sock_filter *filter, long count)
{
	printf("filter %lu %ld\n", index, count);
	for (long i = 0; i < count; i++)
		printf("%04x %02x %02x %08x\n", filter[i].code, filter[i].jt, filter[i].jf,
		       filter[i].k);
}

/* Prints all filters, the newest first; 0 or an errno. */
static int dump(pid_t pid)
{
	static struct sock_filter filter[FILTER_MAX];

	for (unsigned long index = 0; index < STACK_MAX; index++) {
		long count = ptrace(GET_FILTER, pid, (void *)index, NULL);

		if (count < 0 && (errno == ENOENT || (errno == EINVAL && index == 0)))
			return 0;
		if (count < 0)
			return errno;
		if (count > FILTER_MAX)
			return E2BIG;
		if (ptrace(GET_FILTER, pid, (void *)index, filter) != count)
			return errno;
		print(index, filter, count);
	}
	return 0;
}

static const char *remedy(int error)
{
	switch (error) {
	case EACCES:
		return "it takes CAP_SYS_ADMIN and a process without a filter of its own: run it "
		       "as "
		       "root, outside of containers";
	case EPERM:
		return "it may be traced already, belong to another user, or Yama forbids it: run "
		       "as "
		       "root";
	case ESRCH:
		return "see `ps -e` for those that run";
	default:
		return "`acktrace show --pid` tells what /proc knows of it";
	}
}

int filters_main(int argc, char **argv)
{
	int error = 0;
	int signal;
	pid_t pid;

	if (argc != 3 || strcmp(argv[1], "-p") != 0)
		usage_error("filters takes -p PID", NULL);
	pid = parse_pid(argv[2]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0) {
		error = errno;
	} else {
		signal = stop(pid);
		error = signal < 0 ? ESRCH : dump(pid);
		if (signal >= 0)
			ptrace(PTRACE_DETACH, pid, NULL, (void *)(long)signal);
	}
	if (error != 0) {
		complain_errno("cannot read the filters of process", argv[2], error, remedy(error));
		return STATUS_FAILED;
	}
	return fflush(stdout) != 0 ? STATUS_FAILED : 0;
}
