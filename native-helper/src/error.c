/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - messages: built whole, written once. */
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void complain(const char *what, const char *on, const char *why, const char *remedy)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "acktrace-helper: %s%s%s: %s; %s\n", what,
			 on ? " " : "", on ? on : "", why, remedy);

	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody is there to be told */
}

void complain_errno(const char *what, const char *on, int error, const char *remedy)
{
	complain(what, on, strerror(error), remedy);
}

_Noreturn void usage_error(const char *why, const char *argument)
{
	complain(why, argument, "the command line is not one that it knows",
		 "see acktrace-helper --help");
	exit(STATUS_USAGE);
}

int status_of_exec_errno(int error)
{
	return error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}
