/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical.h - opens a file by a way that tells where it is: the path that
 * /proc/PID/exe shows of it, d_path of the kernel. To ask /proc takes longer: what a new
 * process first sees of it has to be made, and to be unmade when it ends.
 */
#ifndef ACKTRACE_STUB_CANONICAL_H
#define ACKTRACE_STUB_CANONICAL_H

#include <stddef.h>
#include <stdint.h>

#define ACK_CANONICAL_MAX 256 /* bytes of a path with its NUL; longer ones are not looked at */

/* Puts in place of the first link in an absolute path what it leads to. `read_link` is readlink(2)
 * with -errno. Returns 1; 0 if there is no link; -1 if it cannot be read, or becomes too long. */
int ack_canonical_follow(char path[ACK_CANONICAL_MAX],
			 long (*read_link)(const char *name, char *to, size_t size));

/* Appends a path that has no links to `name`, an absolute path without links, or "" for the root:
 * as the kernel shows it. Returns 0; -1 if it is too long, or ends with a slash. */
int ack_canonical_put(char name[ACK_CANONICAL_MAX], const char *path);

/* Opens a file that has passed the checks of exec, with the `flags` of open. Returns the descriptor
 * and, in `name`, its path; -1 if this way does not tell: then it has to be opened as it is. */
long ack_canonical_open(int directory, const char *path, uint64_t flags,
			char name[ACK_CANONICAL_MAX]);

#endif
