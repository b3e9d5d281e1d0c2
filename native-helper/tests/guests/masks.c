/* SPDX-License-Identifier: Apache-2.0 */
/* masks.c - says what it inherited: signal mask, ignored signals, descriptors, limits, umask.
 * The output under acktrace must be that of a bare run. Not said: FDSize, the room of the
 * descriptor table, which dup_fd() sizes after the highest descriptor that was open in the parent
 * when it forked (close-on-exec ones too), and SigQ, which counts all processes of the user. */
#include "guest.h"

#include <dirent.h>
#include <sys/resource.h>

static void print_file(const char *path, const char *only)
{
	char line[512];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (!only || strncmp(line, only, strlen(only)) == 0)
			printf("%s %s", path, line);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	static const char *const fields[] = {"SigBlk", "SigIgn", "SigCgt", "Umask",	   "Uid",
					     "Gid",    "CapEff", "CapPrm", "Cpus_allowed:"};
	DIR *directory;
	struct dirent *entry;
	char link[300], to[300];
	ssize_t n;
	mode_t mask = umask(0);
	int signal = 0;

	printf("umask %o\n", (unsigned)mask);
	directory = opendir("/proc/self/fd");
	CHECK(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory))
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%s", entry->d_name);
		n = readlink(link, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = 0;
		printf("fd %s %s\n", entry->d_name, to);
	}
	closedir(directory);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		print_file("/proc/self/status", fields[i]);
	print_file("/proc/self/limits", NULL);
	print_file("/proc/self/oom_score_adj", NULL);
	print_file("/proc/self/cgroup", NULL);
	print_file("/proc/self/timerslack_ns", NULL);
	prctl(PR_GET_PDEATHSIG, &signal);
	printf("pdeathsig %d nice %d policy %d sid %d\n", signal, getpriority(PRIO_PROCESS, 0),
	       sched_getscheduler(0), (int)getsid(0));
	printf("dumpable %d keepcaps %d subreaper? tty %d %d %d\n", prctl(PR_GET_DUMPABLE),
	       prctl(PR_GET_KEEPCAPS), isatty(0), isatty(1), isatty(2));
	for (int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "_=", 2) != 0)
			printf("environment %s\n", *e);
	return 0;
}
