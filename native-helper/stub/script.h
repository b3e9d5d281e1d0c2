/* SPDX-License-Identifier: Apache-2.0 */
/* script.h - the first line of a script, by the rules of fs/binfmt_script.c (5.1 and later). */
#ifndef ACKTRACE_STUB_SCRIPT_H
#define ACKTRACE_STUB_SCRIPT_H

#include <stddef.h>

#define ACK_SCRIPT_HEAD 256 /* bytes of a file that exec looks at */

/* Where interpreter and argument stand in the head; lengths without NUL. */
struct ack_script {
	size_t interpreter, interpreter_size;
	size_t argument, argument_size; /* size 0: none */
};

/* `head` is ACK_SCRIPT_HEAD bytes, zero behind the file's end. Returns 1 for a script, 0 for
 * something else, -1 for a script that the kernel answers with ENOEXEC. */
int ack_script_parse(const char head[ACK_SCRIPT_HEAD], struct ack_script *script);

#endif
