/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack.h - turns the stack that the kernel made for the stub into the one that
 * it would have made for the target: arguments of a script put in, auxiliary
 * vector changed, the name of the executed file where AT_EXECFN says. Pure: works
 * on the memory that it is given, downwards.
 */
#ifndef ACKTRACE_STUB_STACK_H
#define ACKTRACE_STUB_STACK_H

#include <stddef.h>
#include <stdint.h>

#define ACK_STACK_PREFIX                                                                           \
	12 /* most strings that scripts put in front: five interpreters with an argument each, and \
	      the script */

struct ack_stack_change {
	const char *file_name; /* AT_EXECFN */
	const char *prefix[ACK_STACK_PREFIX];
	size_t prefix_count; /* 0: no script; else prefix replaces argv[0] */
	uint64_t header_address, header_count, base,
		entry; /* AT_PHDR, AT_PHNUM, AT_BASE, AT_ENTRY */
};

struct ack_stack {
	uint64_t *pointer; /* what rsp is at the entry: argc stands here */
	uint64_t *auxiliary;
	size_t auxiliary_size; /* bytes, AT_NULL included */
	uint64_t argument_start, argument_end, environment_start, environment_end;
};

/* `kernel` points at argc. Memory below it is overwritten: as many bytes as the new strings and
 * pointers take, and 1024 more. */
void ack_stack_change(uint64_t *kernel, const struct ack_stack_change *change,
		      struct ack_stack *result);

#endif
