/* SPDX-License-Identifier: Apache-2.0 */
/* backtrace.c - a walk along saved frame pointers, in memory that may be anything. */
#include "backtrace.h"

#include <string.h>

#define FRAME_MAX (1u << 20) /* bytes between a frame and the next */
#define CODE_MIN  4096u	     /* nothing is mapped below, vm.mmap_min_addr */

/* ff /2 with a register, or with memory whose displacement makes it `length` bytes. */
static bool is_indirect(const unsigned char *code, size_t length)
{
	unsigned char modrm = code[1], mode = modrm >> 6, base = modrm & 7;
	size_t want = 2;

	if (code[0] != 0xff || ((modrm >> 3) & 7) != 2)
		return false;
	if (mode != 3 && base == 4)
		want++; /* a SIB byte */
	if (mode == 1)
		want += 1;
	else if (mode == 2 || (mode == 0 && base == 5))
		want += 4;
	return want == length;
}

bool backtrace_is_call(const unsigned char code[8])
{
	if (code[3] == 0xe8)
		return true;
	for (size_t length = 2; length <= 7; length++)
		if (is_indirect(code + 8 - length, length))
			return true;
	return false;
}

static bool is_return_address(uint64_t address, backtrace_reader *read, void *context)
{
	unsigned char code[8];

	return address >= CODE_MIN && address < 1ULL << 47 &&
	       read(context, address - sizeof(code), code, sizeof(code)) && backtrace_is_call(code);
}

unsigned backtrace_walk(uint64_t stack_pointer, uint64_t frame_pointer, backtrace_reader *read,
			void *context, uint64_t *frames)
{
	uint64_t frame[2], below = stack_pointer;
	unsigned count = 0;

	if (read(context, stack_pointer, frame, sizeof(*frame)) &&
	    is_return_address(frame[0], read, context))
		frames[count++] = frame[0];
	while (count < BACKTRACE_MAX) {
		if (frame_pointer % 8 || frame_pointer < below ||
		    frame_pointer - below > FRAME_MAX ||
		    !read(context, frame_pointer, frame, sizeof(frame)) ||
		    !is_return_address(frame[1], read, context))
			break;
		if (count != 1 || frames[0] != frame[1])
			frames[count++] = frame[1];
		below = frame_pointer + sizeof(frame);
		frame_pointer = frame[0];
	}
	return count;
}
