/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - /proc/self/exe is the stub; the target must find itself there.
 * readlink is answered by its result, whatever way led to it; open by its path.
 */
#include "stub.h"
#include <asm/stat.h>

static const char *skip(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

/* Whose executable a path names: a process id, -1 for the caller's by another name, 0: none. */
static int32_t pid_of_exe(const char *path)
{
	const char *rest = skip(path, "/proc/"), *end;
	uint32_t pid = 0;

	if (!rest)
		return 0;
	for (end = rest; *end && *end != '/';)
		end++;
	if (!skip(end, "/exe") || end[4] != '\0')
		return 0;
	if ((end - rest == 4 && skip(rest, "self")) ||
	    (end - rest == 11 && skip(rest, "thread-self")))
		return -1;
	if (end == rest || end - rest > 9)
		return 0;
	for (; rest < end; rest++) {
		if (*rest < '0' || *rest > '9')
			return 0;
		pid = pid * 10 + (uint32_t)(*rest - '0');
	}
	return (int32_t)pid;
}

int ack_is_own_exe(const char *path)
{
	int32_t pid = pid_of_exe(path);

	return pid == -1 || (pid > 0 && pid == ack_pid());
}

/* The executable of another process of the target: its stub keeps it at the same address. */
static long exe_of(int32_t pid, uint64_t buffer, uint64_t room, long otherwise)
{
	struct {
		uint64_t base, size;
	} here, there;
	uint32_t size = 0;

	if (ack_process.confined)
		return otherwise;
	here.base = address_of(&size);
	there.base = address_of(&ack_process.exe_size);
	here.size = there.size = sizeof(size);
	if (sys6(__NR_process_vm_readv, (uint64_t)pid, address_of(&here), 1, address_of(&there), 1,
		 0) != (long)sizeof(size) ||
	    size == 0 || size > WIRE_TEXT_MAX)
		return otherwise;
	here.base = buffer;
	there.base = address_of(ack_process.exe);
	here.size = there.size = room < size ? room : size;
	return sys6(__NR_process_vm_readv, (uint64_t)pid, address_of(&here), 1, address_of(&there),
		    1, 0);
}

int ack_is_of_target(int32_t pid)
{
	char path[32] = "/proc/", *to = path + 6;
	struct stat stub, other;
	uint32_t divisor = 1, number = (uint32_t)pid;

	if (ack_process.confined)
		return 1;
	if (pid <= 0)
		return 0;
	while (number / divisor >= 10)
		divisor *= 10;
	for (; divisor > 0; divisor /= 10)
		*to++ = (char)('0' + number / divisor % 10);
	memcpy(to, "/exe", 5);
	return sys3(__NR_stat, address_of(path), address_of(&other), 0) == 0 &&
	       sys3(__NR_fstat, (uint64_t)(ack_process.base + ACK_FD_STUB), address_of(&stub), 0) ==
		       0 &&
	       stub.st_dev == other.st_dev && stub.st_ino == other.st_ino;
}

enum ack_way ack_readlink(struct ack_call *call, int directory, int path, int buffer, int size)
{
	const char *stub = ack_area()->stub;
	const uint64_t *a = call->arguments;
	uint64_t length, room = a[size];
	char start[64];
	long result, n;
	int32_t pid;

	if (ack_process.exe_size == 0)
		return ACK_RUN;
	result = directory < 0 ? sys3(__NR_readlink, a[path], a[buffer], room)
			       : sys4(__NR_readlinkat, a[directory], a[path], a[buffer], room);
	length = strlen(stub);
	if (result <= 0 || (uint64_t)result != (room < length ? room : length) ||
	    memcmp((const void *)(uintptr_t)a[buffer], stub, (size_t)result) != 0)
		return ack_answer(call, result);
	n = ack_read_text(start, a[path], sizeof(start));
	pid = n < 0 ? 0 : pid_of_exe(start);
	if (pid == 0 && room < length) /* cut: only the name can tell */
		return ack_answer(call, result);
	if (pid > 0 && pid != ack_pid())
		return ack_answer(call, exe_of(pid, a[buffer], room, result));
	if (room > ack_process.exe_size)
		room = ack_process.exe_size;
	memcpy((void *)(uintptr_t)a[buffer], ack_process.exe, room);
	return ack_answer(call, (long)room);
}

int ack_names_own_exe(uint64_t path)
{
	char start[32];

	return ack_read(start, path, 6) == 0 && memcmp(start, "/proc/", 6) == 0 &&
	       ack_read_text(start, path, sizeof(start)) >= 0 && ack_is_own_exe(start);
}

enum ack_way ack_open(struct ack_call *call, int path)
{
	__u64 *registers[] = {&call->registers->rdi, &call->registers->rsi};
	uint64_t address = call->arguments[path];
	struct ack_frame *frame;
	uint64_t thunk = 0;

	if (ack_process.exe_size == 0 || ack_process.confined)
		return ACK_RUN;
	if (path == 1 && call->is_known)
		thunk = ack_open_thunk_for(call->site);
	if (thunk) { /* behind the call the path can be looked at without a call */
		call->registers->rip = thunk;
		return ACK_DONE;
	}
	if (!ack_names_own_exe(address))
		return ACK_RUN;
	frame = ack_frame_take(call, ACK_PURPOSE_RESTORE);
	if (!frame)
		return ACK_RUN;
	*registers[path] = address_of(ack_process.exe);
	ack_frame_run(call, frame);
	return ACK_DONE;
}
