/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - framing of the command stream. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "launch.h"

#define STEP 4096u

static void drop_taken(struct command_stream *stream)
{
	if (!stream->taken)
		return;
	stream->length -= stream->taken;
	memmove(stream->bytes, stream->bytes + stream->taken, stream->length);
	stream->taken = 0;
}

size_t command_room(struct command_stream *stream, char **to)
{
	drop_taken(stream);
	if (stream->room - stream->length < STEP) {
		size_t room = stream->room ? stream->room * 2 : 4 * STEP;
		char *bytes = realloc(stream->bytes, room);

		if (!bytes)
			return 0;
		stream->bytes = bytes;
		stream->room = room;
	}
	*to = stream->bytes + stream->length;
	return stream->room - stream->length;
}

void command_added(struct command_stream *stream, size_t bytes)
{
	stream->length += bytes;
}

int command_next(struct command_stream *stream, struct command *command)
{
	struct wire_command head;

	drop_taken(stream);
	if (stream->length < sizeof(head))
		return 0;
	memcpy(&head, stream->bytes, sizeof(head));
	if (head.kind < WIRE_COMMAND_LAUNCH || head.kind > WIRE_COMMAND_TIGHTEN ||
	    head.size > WIRE_COMMAND_MAX)
		return -1;
	if (stream->length - sizeof(head) < head.size)
		return 0;
	command->kind = head.kind;
	command->size = head.size;
	command->payload = stream->bytes + sizeof(head);
	stream->taken = sizeof(head) + head.size;
	return 1;
}

static const char *check_tighten(const struct command *command)
{
	struct wire_tighten tighten;

	if (command->size < sizeof(tighten))
		return "its size is wrong";
	memcpy(&tighten, command->payload, sizeof(tighten));
	if (tighten.filter_count < 1 || tighten.filter_count > FILTER_MAX)
		return "its filter is too long, or none";
	if (command->size != sizeof(tighten) + tighten.filter_count * sizeof(struct sock_filter))
		return "its size is wrong";
	return tighten.flags & ~WIRE_TIGHTEN_FORCE || tighten.reserved ? "it has unknown flags"
								       : NULL;
}

const char *command_check(const struct command *command)
{
	struct wire_answer answer;
	struct wire_signal signal;

	switch (command->kind) {
	case WIRE_COMMAND_ANSWER:
		if (command->size != sizeof(answer))
			return "its size is wrong";
		memcpy(&answer, command->payload, sizeof(answer));
		if (answer.tid <= 0 || answer.verdict < WIRE_VERDICT_ACKNOWLEDGED ||
		    answer.verdict > WIRE_VERDICT_KILL || answer.verdict_errno > 4095)
			return "it is no answer";
		return NULL;
	case WIRE_COMMAND_SIGNAL:
		if (command->size != sizeof(signal))
			return "its size is wrong";
		memcpy(&signal, command->payload, sizeof(signal));
		return signal.signal >= 1 && signal.signal <= 64 ? NULL : "there is no such signal";
	case WIRE_COMMAND_TIGHTEN:
		return check_tighten(command);
	default:
		return command->size ? "it takes no payload" : NULL;
	}
}
