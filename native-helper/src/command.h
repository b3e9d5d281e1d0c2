/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - the learner's commands: bytes in, checked commands out. No side effects. */
#ifndef ACKTRACE_COMMAND_H
#define ACKTRACE_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

struct command {
	uint32_t kind;
	uint32_t size;
	const char *payload;
};

struct command_stream {
	char *bytes;
	size_t length;
	size_t room;
	size_t taken; /* bytes of the command that was given out last */
};

/* Room for at least 4096 more bytes at *to; 0: no memory. */
size_t command_room(struct command_stream *stream, char **to);

/* That many bytes were put there. */
void command_added(struct command_stream *stream, size_t bytes);

/* The next whole command: 1; not yet there: 0; garbage: -1. The payload is valid until the next
 * call on this stream. */
int command_next(struct command_stream *stream, struct command *command);

/* Checks the payload of a command other than LAUNCH and ATTACH. NULL, or what is wrong. */
const char *command_check(const struct command *command);

#endif
