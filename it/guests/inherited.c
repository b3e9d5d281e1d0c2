/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inherited show             prints everything that a program inherits and can see
 * inherited odd COMMAND ...  makes that unusual, then becomes the command
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

static void show_line_of(const char *path, const char *start)
{
	char line[256];
	FILE *file = fopen(path, "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, start, strlen(start)) == 0)
			printf("%s", line);
	if (file != NULL)
		fclose(file);
}

static void show_files(void)
{
	int limit = 4096;

	for (int fd = 0; fd < limit; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0)
			printf("fd %d flags %d status %o\n", fd, flags, fcntl(fd, F_GETFL));
	}
}

static void show_signals(void)
{
	static const char *const lines[] = {"SigQ", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Cap", "Groups",
					    "Uid", "Gid", "Umask", "Cpus_allowed:", "Mems_allowed:", "THP_enabled"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(lines[i], "SigQ") != 0)
			show_line_of("/proc/self/status", lines[i]);
}

static void show_limits(void)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &limit) == 0)
			printf("limit %d: %lx %lx\n", i, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
}

static void show_control(void)
{
	int signal = -1, subreaper = -1;

	prctl(PR_GET_PDEATHSIG, &signal);
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	printf("parent death signal %d, subreaper %d, dumpable %d, timer slack %d, keepcaps %d\n", signal, subreaper,
	       prctl(PR_GET_DUMPABLE), prctl(PR_GET_TIMERSLACK), prctl(PR_GET_KEEPCAPS));
	printf("group %d session %d nice %d scheduler %d personality %x\n", getpgrp(), getsid(0),
	       getpriority(PRIO_PROCESS, 0), sched_getscheduler(0), (unsigned int)personality(0xffffffff));
	show_line_of("/proc/self/oom_score_adj", "");
	show_line_of("/proc/self/timerslack_ns", "");
	show_line_of("/proc/self/coredump_filter", "");
	printf("terminals %d %d %d\n", isatty(0), isatty(1), isatty(2));
}

static int show(int argc, char **argv)
{
	char *directory = getcwd(NULL, 0);

	for (int i = 0; i < argc; i++)
		printf("argument %d: %s\n", i, argv[i]);
	printf("directory %s\n", directory == NULL ? strerror(errno) : directory);
	free(directory);
	for (char **variable = environ; *variable != NULL; variable++)
		printf("variable %s\n", *variable);
	show_files();
	show_signals();
	show_limits();
	show_control();
	return 0;
}

static void limit(int which, unsigned long soft, unsigned long hard)
{
	struct rlimit values = {soft, hard};

	if (setrlimit(which, &values) != 0)
		perror("inherited: setrlimit");
}

static int odd(char **command)
{
	static char *const variables[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "EMPTY=", "TWICE=1", "TWICE=2",
		"no equals sign", "SPACES=a  b\tc\nd", "BYTES=\xff\xfe", "home=x", "IFS=,", "ENV=/nonexistent", "_=odd", NULL};
	sigset_t blocked;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGRTMAX, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGRTMIN + 2);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	umask(027);
	errno = 0;
	if (nice(3) == -1 && errno != 0)
		perror("inherited: nice");
	limit(RLIMIT_NOFILE, 123, 456);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_STACK, 4 << 20, 16 << 20);
	if (dup2(open("/dev/null", O_RDWR), 7) < 0 || dup2(open("/etc/passwd", O_RDONLY), 63) < 0)
		perror("inherited: dup2");
	prctl(PR_SET_TIMERSLACK, 60000);
	execve(command[0], command, variables);
	perror("inherited: execve");
	return 1;
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "show") == 0)
		return show(argc, argv);
	if (argc > 2 && strcmp(argv[1], "odd") == 0)
		return odd(argv + 2);
	return 2;
}
