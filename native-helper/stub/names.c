/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - /proc/self/exe is the stub; the target must find itself there.
 * readlink is answered by its result, whatever way led to it; open by its path.
 */
#include "stub.h"

static const char *skip(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

static int is_number(const char *text, const char *end, uint64_t value)
{
	uint64_t n = 0;

	if (text == end)
		return 0;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		n = n * 10 + (uint64_t)(*text - '0');
	}
	return n == value;
}

/* Is this one of the ways to name the own executable? */
int ack_is_own_exe(const char *path)
{
	const char *rest = skip(path, "/proc/"), *end;

	if (!rest)
		return 0;
	for (end = rest; *end && *end != '/';)
		end++;
	if (!skip(end, "/exe") || end[4] != '\0')
		return 0;
	return (end - rest == 4 && skip(rest, "self")) ||
	       (end - rest == 11 && skip(rest, "thread-self")) ||
	       is_number(rest, end, (uint64_t)ack_pid());
}

enum ack_way ack_readlink(struct ack_call *call, int directory, int path, int buffer, int size)
{
	const char *stub = ack_shared()->area.stub;
	const uint64_t *a = call->arguments;
	uint64_t length, room = a[size];
	char start[64];
	long result;

	if (ack_process.exe_size == 0)
		return ACK_RUN;
	result = directory < 0 ? sys3(__NR_readlink, a[path], a[buffer], room)
			       : sys4(__NR_readlinkat, a[directory], a[path], a[buffer], room);
	length = strlen(stub);
	if (result <= 0 || (uint64_t)result != (room < length ? room : length) ||
	    memcmp((const void *)(uintptr_t)a[buffer], stub, (size_t)result) != 0)
		return ack_answer(call, result);
	if (room < length) { /* cut: only the name can tell */
		long n = ack_read_text(start, a[path], sizeof(start));

		if (n < 0 || !ack_is_own_exe(start))
			return ack_answer(call, result);
	}
	if (room > ack_process.exe_size)
		room = ack_process.exe_size;
	memcpy((void *)(uintptr_t)a[buffer], ack_process.exe, room);
	return ack_answer(call, (long)room);
}

enum ack_way ack_open(struct ack_call *call, int path)
{
	__u64 *registers[] = {&call->registers->rdi, &call->registers->rsi};
	uint64_t address = call->arguments[path];
	struct ack_frame *frame;
	char start[32];
	long n;

	if (ack_process.exe_size == 0 || ack_process.confined ||
	    ack_read(start, address, 6) < 0 || memcmp(start, "/proc/", 6) != 0)
		return ACK_RUN;
	n = ack_read_text(start, address, sizeof(start));
	if (n < 0 || !ack_is_own_exe(start))
		return ACK_RUN;
	frame = ack_frame_take(call, ACK_PURPOSE_RESTORE);
	if (!frame)
		return ACK_RUN;
	*registers[path] = address_of(ack_process.exe);
	ack_frame_run(call, frame);
	return ACK_DONE;
}
