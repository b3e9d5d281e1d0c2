/* SPDX-License-Identifier: Apache-2.0 */
/* misc.h - would binfmt_misc run a file that the stub cannot? */
#ifndef ACKTRACE_STUB_MISC_H
#define ACKTRACE_STUB_MISC_H

#include <stddef.h>

/*
 * Does a rule fit? `rule` is the text of one file of /proc/sys/fs/binfmt_misc, NUL-terminated:
 * lines "enabled", "offset N", "magic HEX", "mask HEX", "extension .E" (Documentation/admin-guide/
 * binfmt-misc.rst). `head` is the file's beginning, `name` its path. What makes no sense fits
 * nothing.
 */
int ack_misc_fits(const char *rule, const unsigned char *head, size_t head_size, const char *name);

/* The same for all rules that are registered; makes calls of its own. */
int ack_misc_takes(const unsigned char *head, size_t head_size, const char *name);

#endif
