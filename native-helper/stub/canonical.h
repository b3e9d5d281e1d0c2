/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical.h - opens a file by a way that tells where it is: the path that
 * /proc/PID/exe shows of it, d_path of the kernel. To ask /proc takes longer: what a new
 * process first sees of it has to be made, and to be unmade when it ends.
 */
#ifndef ACKTRACE_STUB_CANONICAL_H
#define ACKTRACE_STUB_CANONICAL_H

#include <stddef.h>

#define ACK_CANONICAL_MAX 256 /* bytes of a path with its NUL; longer ones are not looked at */

/* Appends `path` to `name`, an absolute path of no more than ACK_CANONICAL_MAX bytes that has no
 * link in it, or "" for the root: component by component as the kernel walks it. `read_link` is
 * readlink(2) with -errno; NULL: there are no links in `path`. Returns 0; -1 if the path is too
 * long, ends with a slash, or has too many links. */
int ack_canonical_walk(char name[ACK_CANONICAL_MAX], const char *path,
		       long (*read_link)(const char *name, char *to, size_t size));

/* Opens a file that has passed the checks of exec for reading. Returns the descriptor, and its path
 * in `name`; -1 if this way does not tell: then it has to be opened as it is. */
long ack_canonical_open(int directory, const char *path, char name[ACK_CANONICAL_MAX]);

#endif
