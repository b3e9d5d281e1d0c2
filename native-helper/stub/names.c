/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - whose executable a name means. /proc/PID/exe of every process of the
 * target is the stub; each must find there what it executes. Such a name ends in
 * "exe" and leads to the stub's file, whatever way it takes through /proc.
 */
#include "stub.h"
#include <asm/stat.h>
#include <linux/fcntl.h>

#define TEXT 64 /* a longer name is no such name */

static const char LAST[] = "/exe";

/* ---- whose ------------------------------------------------------------------- */

/* Whose directory in /proc a name of so many bytes is. A thread has its process's executable. */
static int32_t pid_of(const char *name, long size)
{
	uint32_t pid = 0;
	long at = size;

	while (at > 0 && name[at - 1] != '/')
		at--;
	if (at == size || size - at > 9)
		return ACK_OWN_EXE;
	for (; at < size; at++) {
		if (name[at] < '0' || name[at] > '9')
			return ACK_OWN_EXE; /* self, thread-self, or another way to them */
		pid = pid * 10 + (uint32_t)(name[at] - '0');
	}
	return (int32_t)pid == ack_pid() ? ACK_OWN_EXE : (int32_t)pid;
}

/* The name of the directory that a relative name begins at. */
static long name_of_directory(int directory, char *name)
{
	char link[ACK_DESCRIPTOR_NAME] = "/proc/self/cwd";

	if (directory != AT_FDCWD)
		ack_name_descriptor(link, (uint32_t)directory);
	return sys3(__NR_readlink, address_of(link), address_of(name), TEXT);
}

static int is_stub(const struct stat *status)
{
	return status->st_dev == ack_area()->stub_device &&
	       status->st_ino == ack_area()->stub_inode;
}

static int ends_well(const char *name, long size)
{
	long end = sizeof(LAST) - 1;

	return size >= end - 1 && size < TEXT &&
	       memcmp(name + size - (end - 1), LAST + 1, (size_t)end - 1) == 0 &&
	       (size < end || name[size - end] == '/');
}

int32_t ack_whose_name(int directory, const char *name)
{
	return ends_well(name, (long)strlen(name)) ? ack_whose_exe(directory, address_of(name))
						   : ACK_NO_EXE;
}

int32_t ack_whose_exe(int directory, uint64_t path)
{
	long end = sizeof(LAST) - 1, n;
	struct stat status;
	char name[TEXT];

	if (ack_process.exe_size == 0)
		return ACK_NO_EXE;
	n = ack_read_text(name, path, sizeof(name));
	if (n == 0 && directory >= 0 && !ack_process.confined) { /* of a link that was opened */
		n = name_of_directory(directory, name);
		path = address_of(name);
		name[n > 0 && n < TEXT ? n : 0] = '\0';
	}
	if (!ends_well(name, n))
		return ACK_NO_EXE;
	if (ack_process.confined)
		return n > 6 && memcmp(name, "/proc/", 6) == 0 ? pid_of(name, n - end) : ACK_NO_EXE;
	if (sys4(__NR_newfstatat, (uint64_t)directory, path, address_of(&status), 0) < 0 ||
	    !is_stub(&status))
		return ACK_NO_EXE;
	n = n < end ? name_of_directory(directory, name) : n - end;
	return n > 0 && n < TEXT ? pid_of(name, n) : ACK_OWN_EXE;
}

int ack_is_of_target(int32_t pid)
{
	char path[32] = "/proc/";
	struct stat status;

	if (ack_process.confined)
		return 1;
	if (pid <= 0)
		return 0;
	memcpy(ack_put_number(path + 6, (uint32_t)pid), LAST, sizeof(LAST));
	return sys3(__NR_stat, address_of(path), address_of(&status), 0) == 0 && is_stub(&status);
}

/* ---- what it is ---------------------------------------------------------------- */

long ack_exe_of(int32_t pid, uint64_t buffer, uint64_t room)
{
	struct {
		uint64_t base, size;
	} here, there;
	uint32_t size = ack_process.exe_size;

	if (pid == ACK_OWN_EXE) {
		if (room > size)
			room = size;
		return ack_write(buffer, ack_process.exe, room) < 0 ? -EFAULT : (long)room;
	}
	if (ack_process.confined)
		return -EPERM;
	here.base = address_of(&size);
	there.base = address_of(&ack_process.exe_size);
	here.size = there.size = sizeof(size);
	if (sys6(__NR_process_vm_readv, (uint64_t)pid, address_of(&here), 1, address_of(&there), 1,
		 0) != (long)sizeof(size) ||
	    size == 0 || size > WIRE_TEXT_MAX)
		return -EPERM;
	here.base = buffer;
	there.base = address_of(ack_process.exe);
	here.size = there.size = room < size ? room : size;
	return sys6(__NR_process_vm_readv, (uint64_t)pid, address_of(&here), 1, address_of(&there),
		    1, 0);
}
