/* SPDX-License-Identifier: Apache-2.0 */
/* launch.c - from a checked command to execve. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENTS_MAX 1000000u

void user_state_save(struct user_state *state)
{
	sigprocmask(SIG_SETMASK, NULL, &state->mask);
	sigaction(SIGCHLD, NULL, &state->child);
	if (prctl(PR_GET_PDEATHSIG, &state->death_signal) < 0)
		state->death_signal = 0;
}

void user_state_restore(const struct user_state *state)
{
	sigaction(SIGCHLD, &state->child, NULL);
	prctl(PR_SET_PDEATHSIG, state->death_signal);
	sigprocmask(SIG_SETMASK, &state->mask, NULL);
}

/* Takes `size` bytes of a NUL-terminated path; its NUL is the last byte and the only one. */
static char *take_path(const char **at, size_t *left, uint32_t size)
{
	char *path;

	if (size < 2 || size > PATH_MAX || size > *left || memchr(*at, 0, size) != *at + size - 1)
		return NULL;
	path = strdup(*at);
	*at += size;
	*left -= size;
	return path;
}

static bool take_arguments(struct launch *launch, const char **at, size_t *left, uint32_t count)
{
	launch->arguments = calloc((size_t)count + 1, sizeof(char *));
	if (!launch->arguments)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const char *end = memchr(*at, 0, *left);

		if (!end)
			return false;
		launch->arguments[i] = strdup(*at);
		if (!launch->arguments[i])
			return false;
		*left -= (size_t)(end + 1 - *at);
		*at = end + 1;
	}
	return true;
}

static const char *check_head(const struct wire_launch *head, uint32_t kind)
{
	bool attach = kind == WIRE_COMMAND_ATTACH;

	if (head->mode < WIRE_MODE_TRACE || head->mode > WIRE_MODE_ACK)
		return "its mode is unknown";
	if (head->flags & ~(uint32_t)(WIRE_LAUNCH_FOLLOW_ROOT | WIRE_LAUNCH_TSYNC |
				      WIRE_LAUNCH_LOG | WIRE_LAUNCH_ACCELERATE))
		return "it has unknown flags";
	if (head->filter_count > FILTER_MAX)
		return "its filter is too long";
	if (head->argument_count > ARGUMENTS_MAX)
		return "it has too many arguments";
	if (attach && (head->pid <= 0 || head->filter_count || head->argument_count))
		return "ATTACH takes a pid, no filter and no arguments";
	if (!attach && (!head->filter_count || !head->argument_count))
		return "LAUNCH needs a filter and at least one argument";
	return NULL;
}

const char *launch_parse(struct launch *launch, uint32_t kind, const void *payload, size_t size)
{
	const char *at = payload, *wrong;
	struct wire_launch head;
	size_t filter_size;

	memset(launch, 0, sizeof(*launch));
	if (size < sizeof(head))
		return "it is shorter than its head";
	memcpy(&head, at, sizeof(head));
	at += sizeof(head);
	size -= sizeof(head);
	wrong = check_head(&head, kind);
	if (wrong)
		return wrong;
	launch->mode = head.mode;
	launch->flags = head.flags;
	launch->pid = head.pid;
	filter_size = head.filter_count * sizeof(struct sock_filter);
	if (filter_size > size)
		return "its filter goes past its end";
	if (head.filter_count) {
		launch->filter = malloc(filter_size);
		if (!launch->filter)
			return "there is no memory for it";
		memcpy(launch->filter, at, filter_size);
		launch->filter_count = head.filter_count;
	}
	at += filter_size;
	size -= filter_size;
	if (head.argument_count && !take_arguments(launch, &at, &size, head.argument_count))
		return "its arguments go past its end";
	if (head.salvage_size && !(launch->salvage = take_path(&at, &size, head.salvage_size)))
		return "its salvage path is not a path";
	if (head.terminal_size && !(launch->terminal = take_path(&at, &size, head.terminal_size)))
		return "its terminal path is not a path";
	return size ? "it is longer than its parts" : NULL;
}

void launch_free(struct launch *launch)
{
	for (char **argument = launch->arguments; argument && *argument; argument++)
		free(*argument);
	free(launch->arguments);
	free(launch->filter);
	free(launch->salvage);
	free(launch->terminal);
	memset(launch, 0, sizeof(*launch));
}

/* 0 if the file can be executed, else the errno that execve would give. */
static int why_not(const char *file)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* One entry of PATH joined with the name; false: too long. */
static bool join(char *to, const char *directory, size_t length, const char *name)
{
	int n = length ? snprintf(to, PATH_MAX, "%.*s/%s", (int)length, directory, name)
		       : snprintf(to, PATH_MAX, "%s", name);

	return n < PATH_MAX;
}

char **launch_candidates(const char *name, const char *path)
{
	size_t entries = 1, count = 0;
	char **list, *room, file[PATH_MAX];
	int error = ENOENT, why;
	bool search = !strchr(name, '/');

	if (!*name) {
		errno = ENOENT;
		return NULL;
	}
	path = !search ? "" : path ? path : "/bin:/usr/bin"; /* confstr(_CS_PATH) of glibc */
	for (const char *c = path; *c; c++)
		entries += *c == ':';
	list = calloc(1, (entries + 1) * sizeof(char *) + entries * PATH_MAX);
	if (!list)
		return NULL;
	room = (char *)(list + entries + 1);
	for (;;) {
		size_t length = strcspn(path, ":");

		why = join(file, path, length, name) ? why_not(file) : ENAMETOOLONG;
		if (why == 0) {
			list[count] = strcpy(room, file);
			room += PATH_MAX;
			count++;
		} else if (!search || (why != ENOENT && why != ENOTDIR)) {
			error = why; /* as execvp(3): EACCES is remembered */
		}
		if (!path[length])
			break;
		path += length + 1;
	}
	if (count)
		return list;
	free(list);
	errno = error;
	return NULL;
}

int launch_take_terminal(const char *path)
{
	int fd;

	if (setsid() < 0)
		return -1;
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (fd != i && dup2(fd, i) < 0)
			return -1;
	return fd > 2 ? close(fd) : 0;
}

enum wire_failure launch_execute(const struct launch *launch, char **candidates)
{
	struct sock_fprog program = {(unsigned short)launch->filter_count, launch->filter};
	unsigned long flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	int error = ENOENT;

	if (launch->flags & WIRE_LAUNCH_TSYNC)
		flags |= SECCOMP_FILTER_FLAG_TSYNC;
	if (launch->flags & WIRE_LAUNCH_LOG)
		flags |= SECCOMP_FILTER_FLAG_LOG;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return WIRE_FAILURE_NO_NEW_PRIVS;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0)
		return WIRE_FAILURE_FILTER;
	for (char **file = candidates; *file; file++) {
		execve(*file, launch->arguments, environ);
		error = errno;
		if (error != ENOENT && error != ENOTDIR && error != EACCES)
			break;
	}
	errno = error;
	return WIRE_FAILURE_EXEC;
}
