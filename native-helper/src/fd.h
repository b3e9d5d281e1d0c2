/* SPDX-License-Identifier: Apache-2.0 */
/* fd.h - descriptors of our own: close-on-exec, and above what programs scan. */
#ifndef ACKTRACE_FD_H
#define ACKTRACE_FD_H

/* Moves fd out of the low numbers; close-on-exec. Passes -1 through. Returns the new number, or
 * -1 with errno; the old one is closed. */
int fd_high(int fd);

/* A pipe of two such descriptors. Returns 0 or -1 with errno. */
int fd_pipe(int ends[2]);

/* Closes *fd if it is open and makes it -1. */
void fd_drop(int *fd);

/* Closes every descriptor except the `count` given ones (a -1 among them is skipped). */
void fd_close_others(const int *keep, int count, unsigned from);

#endif
