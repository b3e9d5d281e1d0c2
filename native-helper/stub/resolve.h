/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - from a file name to the ELF file that exec will load, with the
 * errno of each step. Runs in the stub before the point of no return, and in the
 * launcher for the first image.
 */
#ifndef ACKTRACE_STUB_RESOLVE_H
#define ACKTRACE_STUB_RESOLVE_H

#include "ack.h"

/* What went wrong beside the errno. */
struct ack_refusal {
	uint32_t refused;    /* 1: the kernel could run this image, the stub cannot */
	uint32_t native;     /* 1: and a tracer could follow it */
	uint32_t privileged; /* 1: set-user-id or set-group-id; it runs without that */
};

/* How to resolve. */
enum ack_resolve_how {
	ACK_RESOLVE_QUIET = 1, /* no call that the target did not make itself */
	/* No security module decides about an execution but when its file is opened. */
	ACK_RESOLVE_OPEN_DECIDES = 2,
	/* What the next image needs is not closed by exec: nobody else inherits it meanwhile. */
	ACK_RESOLVE_KEEP = 4,
};

/* `path` is in own memory. `file`: what to open in its place, NULL: itself. `flags` are those of
 * execveat. `how`: bits of enum ack_resolve_how. Fills name, text,
 * prefix, file and image of `exec`. Returns 0 or -errno. */
int ack_resolve(struct ack_exec *exec, int directory, const char *path, const char *file, int flags,
		unsigned how, struct ack_refusal *refusal);

#endif
