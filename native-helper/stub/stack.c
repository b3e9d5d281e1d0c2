/* SPDX-License-Identifier: Apache-2.0 */
#include "stack.h"
#include <linux/auxvec.h>

#define PLATFORM_MAX 64
#define ASIDES	     3

struct parts {
	uint64_t argc, *argv, envc, *envp, *auxiliary, auxiliary_count;
};

static size_t length_of(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static void parts_of(uint64_t *kernel, struct parts *parts)
{
	parts->argc = kernel[0];
	parts->argv = kernel + 1;
	parts->envp = parts->argv + parts->argc + 1;
	for (parts->envc = 0; parts->envp[parts->envc];)
		parts->envc++;
	parts->auxiliary = parts->envp + parts->envc + 1;
	for (parts->auxiliary_count = 0; parts->auxiliary[2 * parts->auxiliary_count] != AT_NULL;)
		parts->auxiliary_count++;
	parts->auxiliary_count++;
}

static uint64_t *value_of(const struct parts *parts, uint64_t type)
{
	for (uint64_t i = 0; i < parts->auxiliary_count; i++)
		if (parts->auxiliary[2 * i] == type)
			return &parts->auxiliary[2 * i + 1];
	return NULL;
}

/* Bytes that the auxiliary vector points at stand where new strings may come: kept aside. */
struct aside {
	uint64_t type;
	size_t size;
	char bytes[PLATFORM_MAX];
};

static void take_aside(const struct parts *parts, uint64_t type, struct aside *aside)
{
	uint64_t *value = value_of(parts, type);
	const char *from = value ? (const char *)(uintptr_t)*value : NULL;

	aside->type = type;
	aside->size = 0;
	if (!from)
		return;
	aside->size = type == AT_RANDOM ? 16 : length_of(from) + 1;
	if (aside->size > PLATFORM_MAX)
		aside->size = 0; /* left where it is */
	for (size_t i = 0; i < aside->size; i++)
		aside->bytes[i] = from[i];
}

static char *put_text(char *end, const char *text, size_t size)
{
	end -= size;
	for (size_t i = 0; i < size; i++)
		end[i] = text[i];
	return end;
}

static void move_down(uint64_t *to, const uint64_t *from, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		to[i] = from[i];
}

static void set_value(struct parts *parts, uint64_t type, uint64_t value)
{
	uint64_t *place = value_of(parts, type);

	if (place)
		*place = value;
}

/* Where text and environment stand, by the pointers that the kernel made. */
static void find_strings(const struct parts *parts, struct ack_stack *result)
{
	const char *last;

	if (parts->argc > 0) {
		last = (const char *)(uintptr_t)parts->argv[parts->argc - 1];
		result->argument_start = parts->argv[0];
		result->argument_end = (uint64_t)(uintptr_t)last + length_of(last) + 1;
	}
	result->environment_start = result->environment_end = result->argument_end;
	if (parts->envc > 0) {
		last = (const char *)(uintptr_t)parts->envp[parts->envc - 1];
		result->environment_start = parts->envp[0];
		result->environment_end = (uint64_t)(uintptr_t)last + length_of(last) + 1;
	}
}

/* Where the new pointers begin: below the old ones, and far enough below `end` for all new strings.
 */
static uint64_t *place_for(uint64_t *kernel, const char *end, uint64_t words,
			   const struct ack_stack_change *change, const struct aside *aside)
{
	uint64_t need = length_of(change->file_name) + 1, place, below;

	for (size_t i = 0; i < change->prefix_count; i++)
		need += length_of(change->prefix[i]) + 1;
	for (int i = 0; i < ASIDES; i++)
		need += aside[i].size;
	place = ((uint64_t)(uintptr_t)end - need - 8 * words) & ~15ULL;
	below = ((uint64_t)(uintptr_t)kernel - 8 * words) & ~15ULL;
	return (uint64_t *)(uintptr_t)(place < below ? place : below);
}

void ack_stack_change(uint64_t *kernel, const struct ack_stack_change *change,
		      struct ack_stack *result)
{
	struct parts parts, moved;
	struct aside aside[ASIDES];
	uint64_t dropped, argc, words, addresses[ACK_STACK_PREFIX], name;
	char *end;

	*result = (struct ack_stack){0};
	parts_of(kernel, &parts);
	find_strings(&parts, result);
	take_aside(&parts, AT_RANDOM, &aside[0]);
	take_aside(&parts, AT_PLATFORM, &aside[1]);
	take_aside(&parts, AT_BASE_PLATFORM, &aside[2]);
	dropped = change->prefix_count && parts.argc ? 1 : 0;
	argc = parts.argc - dropped + change->prefix_count;
	words = 1 + argc + 1 + parts.envc + 1 + 2 * parts.auxiliary_count;

	/* Strings come directly below the first argument that stays. */
	end = (char *)(uintptr_t)result->argument_start;
	if (dropped)
		end += length_of(end) + 1;
	if (!end)
		end = (char *)kernel;
	moved.argv = place_for(kernel, end, words, change, aside) + 1;
	moved.argc = argc;
	moved.envc = parts.envc;
	moved.envp = moved.argv + argc + 1;
	moved.auxiliary = moved.envp + parts.envc + 1;
	moved.auxiliary_count = parts.auxiliary_count;
	move_down(moved.argv + change->prefix_count, parts.argv + dropped, parts.argc - dropped);
	moved.argv[argc] = 0;
	move_down(moved.envp, parts.envp, parts.envc + 1);
	move_down(moved.auxiliary, parts.auxiliary, 2 * parts.auxiliary_count);
	moved.argv[-1] = argc;

	for (size_t i = change->prefix_count; i-- > 0;) {
		end = put_text(end, change->prefix[i], length_of(change->prefix[i]) + 1);
		addresses[i] = (uint64_t)(uintptr_t)end;
	}
	if (change->prefix_count)
		result->argument_start = (uint64_t)(uintptr_t)end;
	end = put_text(end, change->file_name, length_of(change->file_name) + 1);
	name = (uint64_t)(uintptr_t)end;
	for (int i = 0; i < ASIDES; i++) {
		if (!aside[i].size)
			continue;
		end = put_text(end, aside[i].bytes, aside[i].size);
		set_value(&moved, aside[i].type, (uint64_t)(uintptr_t)end);
	}
	for (size_t i = 0; i < change->prefix_count; i++)
		moved.argv[i] = addresses[i];
	set_value(&moved, AT_EXECFN, name);
	set_value(&moved, AT_PHDR, change->header_address);
	set_value(&moved, AT_PHNUM, change->header_count);
	set_value(&moved, AT_BASE, change->base);
	set_value(&moved, AT_ENTRY, change->entry);
	result->pointer = moved.argv - 1;
	result->auxiliary = moved.auxiliary;
	result->auxiliary_size = 16 * parts.auxiliary_count;
}
