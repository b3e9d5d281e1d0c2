/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing.c - the stub's descriptors do not show in /proc/self/fd. Programs that
 * list it to close what they inherited would fail on them, or count them.
 */
#include "stub.h"

#define ENTRY_RECORD_LENGTH 16 /* struct linux_dirent64: d_ino, d_off, d_reclen, d_type, d_name */
#define ENTRY_NAME	    19
#define PROC_SUPER_MAGIC_   0x9fa0

/* The number that a name is, -1 if it is none. */
static long number_of(const char *name)
{
	long number = 0;

	if (*name == '\0')
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || number > 100000)
			return -1;
		number = number * 10 + (*name - '0');
	}
	return number;
}

/* Is it a directory of open descriptors, of this process or of another of the target? */
static int lists_descriptors(uint64_t directory)
{
	uint64_t filesystem[32] = {0}; /* struct statfs; f_type comes first */
	char link[ACK_DESCRIPTOR_NAME], target[64];
	long n;

	if (sys3(__NR_fstatfs, directory, address_of(filesystem), 0) < 0 ||
	    filesystem[0] != PROC_SUPER_MAGIC_)
		return 0;
	ack_name_descriptor(link, (uint32_t)directory);
	n = sys3(__NR_readlink, address_of(link), address_of(target), sizeof(target));
	if (n < 3)
		return 0;
	if (memcmp(target + n - 3, "/fd", 3) == 0)
		return 1;
	return n >= 7 && memcmp(target + n - 7, "/fdinfo", 7) == 0;
}

static uint16_t length_of(const char *entry)
{
	uint16_t length;

	memcpy(&length, entry + ENTRY_RECORD_LENGTH, sizeof(length));
	return length;
}

static int is_hidden_entry(const char *entry)
{
	long number = number_of(entry + ENTRY_NAME);

	return number >= 0 && ack_is_hidden((uint64_t)number);
}

/* Takes the hidden entries out; returns the bytes that remain. */
static long take_out(char *entries, long size)
{
	long from = 0, to = 0;

	while (from < size) {
		uint16_t length = length_of(entries + from);

		if (length == 0)
			break;
		if (!is_hidden_entry(entries + from)) {
			memmove(entries + to, entries + from, length);
			to += length;
		}
		from += length;
	}
	return to;
}

static int has_hidden(const char *entries, long size)
{
	for (long at = 0; at < size && length_of(entries + at); at += length_of(entries + at))
		if (is_hidden_entry(entries + at))
			return 1;
	return 0;
}

long ack_listed(uint64_t directory, uint64_t buffer, long size)
{
	char *entries = (char *)(uintptr_t)buffer;

	if (size <= 0 || !has_hidden(entries, size) || !lists_descriptors(directory))
		return size;
	return take_out(entries, size);
}

enum ack_way ack_getdents64(struct ack_call *call)
{
	const uint64_t *a = call->arguments;
	long size;

	if (ack_process.confined)
		return ACK_RUN;
	do { /* a part with nothing but hidden entries is not the end */
		size = sys3(__NR_getdents64, a[0], a[1], a[2]);
		if (size <= 0)
			break;
		size = ack_listed(a[0], a[1], size);
	} while (size == 0);
	return ack_answer(call, size);
}
