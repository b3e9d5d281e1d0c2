/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named.c - calls that name a file, where the name may be that of an executable
 * in /proc: they are made with the name of the file that the target executes.
 */
#include "stub.h"
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>

#define WRITE	  2 /* W_OK */
#define MODE	  3 /* O_ACCMODE */
#define TRUNCATE  01000
#define CREATE	  0100
#define EXCLUSIVE 0200
#define DIRECTORY 0200000
#define NOFOLLOW  0400000
#define PATH	  010000000 /* O_PATH */
#define LINK	  (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)
#define NONE	  (-1)

/* Which argument is what, and whether the call looks at the file behind the name. */
static const struct named {
	uint16_t number;
	int8_t directory, path, flags, mode;
	uint32_t unless; /* flags with which it does not */
} named[] = {
	{__NR_open, NONE, 0, 1, NONE, NOFOLLOW}, {__NR_openat, 0, 1, 2, NONE, NOFOLLOW},
	{__NR_stat, NONE, 0, NONE, NONE, 0},	 {__NR_newfstatat, 0, 1, 3, NONE, LINK},
	{__NR_statx, 0, 1, 2, NONE, LINK},	 {__NR_access, NONE, 0, NONE, 1, 0},
	{__NR_openat2, 0, 1, NONE, NONE, 0},	 {__NR_faccessat, 0, 1, NONE, 2, 0},
	{__NR_faccessat2, 0, 1, 3, 2, LINK},
};

static const struct named *row_of(uint32_t number)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (named[i].number == number)
			return &named[i];
	return NULL;
}

/* NULL: what the call says of the stub is true of the target's file as well, or it is another one.
 */
static const struct named *find(const struct ack_call *call)
{
	const struct named *n = row_of(call->number);
	const uint64_t *a = call->arguments;

	if (!n || (n->flags != NONE && (a[n->flags] & n->unless)) ||
	    (n->mode != NONE && !(a[n->mode] & WRITE)))
		return NULL;
	return n;
}

static int directory_of(const struct named *n, const struct ack_call *call)
{
	return n->directory == NONE ? AT_FDCWD : (int)call->arguments[n->directory];
}

static int is_open(const struct named *n)
{
	return n->number == __NR_open || n->number == __NR_openat || n->number == __NR_openat2;
}

/* What is executed cannot be written; the kernel executes the stub. */
static long may_open(const char *path, uint64_t flags)
{
	long result;

	if ((flags & (PATH | DIRECTORY)) ||
	    (flags & (CREATE | EXCLUSIVE)) == (CREATE | EXCLUSIVE) || !(flags & (MODE | TRUNCATE)))
		return 0;
	result = sys4(__NR_faccessat2, (uint64_t)AT_FDCWD, address_of(path), WRITE, AT_EACCESS);
	return result < 0 ? result : -ETXTBSY;
}

static enum ack_way make(struct ack_call *call, const struct named *n, const char *path)
{
	const uint64_t *a = call->arguments;
	uint64_t b[] = {a[0], a[1], a[2], a[3], a[4], a[5]};
	struct open_how how = {0};
	long result;

	if (n->flags != NONE)
		how.flags = a[n->flags];
	if (n->number == __NR_openat2 &&
	    (ack_read(&how, a[2], sizeof(how)) < 0 || (how.flags & NOFOLLOW) || how.resolve))
		return ACK_RUN; /* the kernel says what of it is wrong */
	result = is_open(n) ? may_open(path, how.flags) : 0;
	b[n->path] = address_of(path);
	return ack_answer(
		call, result < 0 ? result : sys6(call->number, b[0], b[1], b[2], b[3], b[4], b[5]));
}

/* One thread at a time; what another one of this process left is cleared by a fork. */
static enum ack_way make_for(struct ack_call *call, const struct named *n, int32_t pid)
{
	static char other[WIRE_TEXT_MAX + 1];
	ACK_WIPED static uint32_t owned;
	enum ack_way way = ACK_RUN;
	uint32_t free = 0;
	long size;

	if (pid == ACK_OWN_EXE)
		return make(call, n, ack_exe_path());
	if (!ack_is_wiped_on_fork() ||
	    !__atomic_compare_exchange_n(&owned, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return ACK_RUN;
	size = ack_exe_of(pid, address_of(other), WIRE_TEXT_MAX);
	if (size > 0) {
		other[size] = '\0';
		way = make(call, n, other);
	}
	__atomic_store_n(&owned, 0, __ATOMIC_RELEASE);
	return way;
}

int ack_named_record(const struct ack_call *call, struct ack_fast_call *fast)
{
	const struct named *n = row_of(call->number);

	if (!n)
		return 0;
	if (n->flags != NONE)
		fast->mask[n->flags] |= n->unless;
	if (n->mode != NONE)
		fast->mask[n->mode] |= WRITE;
	if (find(call))
		fast->thunk = ack_look_thunk_for(call->site, call->number, n->path);
	return 1;
}

enum ack_way ack_named(struct ack_call *call)
{
	const struct named *n = find(call);
	uint64_t thunk = 0;
	int32_t whose;

	if (!n || ack_process.exe_size == 0 || ack_process.confined)
		return ACK_RUN;
	if (call->is_known)
		thunk = ack_look_thunk_for(call->site, call->number, n->path);
	if (thunk) { /* behind the call the path can be looked at without a call */
		call->registers->rip = thunk;
		return ACK_DONE;
	}
	whose = ack_whose_exe(directory_of(n, call), call->arguments[n->path]);
	if (whose == ACK_NO_EXE)
		return ACK_RUN;
	return make_for(call, n, whose);
}

void ack_named_again(struct ack_call *call)
{
	const struct named *n = find(call);
	int32_t whose;

	if (!n || ack_process.confined)
		return;
	whose = ack_whose_exe(directory_of(n, call), call->arguments[n->path]);
	if (whose == ACK_NO_EXE)
		return;
	if (is_open(n))
		sys1(__NR_close, call->registers->rax);
	if (make_for(call, n, whose) == ACK_DONE)
		return;
	call->registers->rax = call->number;
	call->registers->rip = ack_thunk_for(call->site, 0);
}

/* A link of /proc's own has no size. */
static int is_magic(int directory, uint64_t path)
{
	struct stat status;

	return sys4(__NR_newfstatat, (uint64_t)directory, path, address_of(&status), LINK) == 0 &&
	       status.st_size == 0;
}

/* Is what readlink gave the beginning of the stub's name? */
static int is_stubs(const char *text, long size, long room)
{
	long length = (long)strlen(ack_area()->stub);

	return size == (room < length ? room : length) &&
	       memcmp(text, ack_area()->stub, (size_t)size) == 0;
}

/* Under a filter of the target's own: one call, the target's. */
static enum ack_way readlink_confined(struct ack_call *call, int directory, int path, int buffer,
				      int size)
{
	const uint64_t *a = call->arguments;
	long result = directory < 0
			      ? sys3(__NR_readlink, a[path], a[buffer], a[size])
			      : sys4(__NR_readlinkat, a[directory], a[path], a[buffer], a[size]);

	if (result > 0 && is_stubs((const char *)(uintptr_t)a[buffer], result, (int)a[size]) &&
	    ack_whose_exe(NONE, a[path]) == ACK_OWN_EXE)
		result = ack_exe_of(ACK_OWN_EXE, a[buffer], a[size]);
	return ack_answer(call, result);
}

enum ack_way ack_readlink(struct ack_call *call, int directory, int path, int buffer, int size)
{
	const uint64_t *a = call->arguments;
	int from = directory < 0 ? AT_FDCWD : (int)a[directory];
	int room = (int)a[size];
	char start[16];
	int32_t whose;
	long result;

	if (ack_process.exe_size == 0 || room <= 0)
		return ACK_RUN;
	if (ack_process.confined)
		return readlink_confined(call, directory, path, buffer, size);
	/* Most names are no links. What is written to the target is what the kernel would have. */
	result = sys4(__NR_readlinkat, (uint64_t)from, a[path], address_of(start), sizeof(start));
	if (result < 0)
		return ack_answer(call, result);
	whose = ack_whose_exe(from, a[path]);
	if (whose == ACK_NO_EXE || !is_magic(from, a[path]))
		return ACK_RUN;
	result = ack_exe_of(whose, a[buffer], (uint32_t)a[size]);
	return result == -EPERM ? ACK_RUN : ack_answer(call, result);
}
