/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int ends_name(char c)
{
	return is_blank(c) || c == '\0' || c == '\n';
}

int ack_script_parse(const char head[ACK_SCRIPT_HEAD], struct ack_script *script)
{
	size_t end = 2, start = 2, stop;
	int whole = 0;

	*script = (struct ack_script){0};
	if (head[0] != '#' || head[1] != '!')
		return 0;
	while (end < ACK_SCRIPT_HEAD && head[end] != '\n' && head[end] != '\0')
		end++;
	whole = end < ACK_SCRIPT_HEAD;
	if (!whole)
		end = ACK_SCRIPT_HEAD - 1;
	while (start < end && is_blank(head[start]))
		start++;
	if (start == end)
		return -1;
	for (stop = start; stop < end && !ends_name(head[stop]);)
		stop++;
	if (stop == end && !whole)
		return -1; /* the name may go on behind what exec reads */
	script->interpreter = start;
	script->interpreter_size = stop - start;
	while (stop < end && is_blank(head[stop]))
		stop++;
	while (head[end] != '\0' && end > stop && is_blank(head[end - 1]))
		end--;
	script->argument = stop;
	script->argument_size = end - stop;
	return 1;
}
