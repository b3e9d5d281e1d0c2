/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - the three ways to fail: usage, system error, and what the helper says to people. */
#ifndef ACKTRACE_ERROR_H
#define ACKTRACE_ERROR_H

/* Exit statuses of the helper itself, as env(1) and the shells have them. */
#define STATUS_USAGE	 2
#define STATUS_FAILED	 125 /* the helper failed */
#define STATUS_NOT_RUN	 126 /* found, not executable */
#define STATUS_NOT_FOUND 127

/* One line on stderr, in one write: what failed and on what; why; what to do. */
void complain(const char *what, const char *on, const char *why, const char *remedy);

/* The same with the text of errno `error`. */
void complain_errno(const char *what, const char *on, int error, const char *remedy);

/* Usage error: says it and ends with STATUS_USAGE. */
_Noreturn void usage_error(const char *why, const char *argument);

/* 127 where nothing was found, 126 where something was found that cannot be executed. */
int status_of_exec_errno(int error);

#endif
