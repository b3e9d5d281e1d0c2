/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remapped.c - every call that can take memory away or move the heap, beside the stub and (with
 * "stub") over it. Needs no right but the ones that it has: what is not permitted is left out.
 */
#include "guest.h"

#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/uio.h>

#define PAGE	   4096UL
#define STUB_START 0x6e000000UL
#define STUB_TEXT  0x70000000UL
#define STUB_END   0x70400000UL

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define SYS_process_madvise_ 440
#define SYS_mseal_	     462
#define SYS_pidfd_open_	     434

static void *at(uintptr_t address)
{
	return (void *)address;
}

static uint64_t field_of_stat(int number) /* from 3 on, as in proc(5) */
{
	char text[2048], *word;
	int fd = open("/proc/self/stat", O_RDONLY);
	ssize_t size = read(fd, text, sizeof(text) - 1);

	close(fd);
	CHECK(size > 0);
	text[size] = '\0';
	word = strrchr(text, ')') + 2;
	while (number-- > 3)
		word = strchr(word, ' ') + 1;
	return strtoull(word, NULL, 10);
}

static int lives(void)
{
	return getppid() > 0 && access("/", R_OK) == 0;
}

/* A segment of shared memory that would reach into the stub from below. */
static void shared_memory_ends_before_the_stub(int stub)
{
	int id = shmget(IPC_PRIVATE, 64 * PAGE, IPC_CREAT | 0600);
	void *below = at(STUB_START - 64 * PAGE), *over = at(STUB_START - 32 * PAGE);

	CHECK(id >= 0);
	CHECK(shmat(id, below, SHM_REMAP) == below && lives() && shmdt(below) == 0);
	CHECK(shmat(id, at(STUB_END), SHM_REMAP) == at(STUB_END) && shmdt(at(STUB_END)) == 0);
	CHECK(shmat(id, NULL, SHM_REMAP) == (void *)-1 && errno == EINVAL);
	CHECK(shmat(-1, below, SHM_REMAP) == (void *)-1 && errno == EINVAL);
	CHECK(shmat(id, at(STUB_START - 64 * PAGE + 5), SHM_RND) == below && shmdt(below) == 0);
	if (stub) {
		CHECK(shmat(id, over, SHM_REMAP) == (void *)-1 && errno == EINVAL && lives());
		CHECK(shmat(id, at(STUB_TEXT + 1), SHM_REMAP | SHM_RND) == (void *)-1);
		CHECK(errno == EINVAL && lives());
	}
	CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static long advise(uintptr_t start, size_t size, int advice)
{
	struct iovec where = {at(start), size};
	int self = (int)syscall(SYS_pidfd_open_, getpid(), 0);
	long done = syscall(SYS_process_madvise_, self, &where, 1UL, advice, 0);

	close(self);
	return done;
}

/* Of its own memory a process may give away what it likes, from 6.13 on. */
static void advice_through_a_descriptor_spares_the_stub(int stub)
{
	char *own =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(own, 7, 4 * PAGE);
	if (advise((uintptr_t)own, PAGE, MADV_DONTNEED) != (long)PAGE)
		return;
	CHECK(own[0] == 0 && own[PAGE] == 7);
	CHECK(advise((uintptr_t)own, PAGE, 4711) == -1 && errno == EINVAL);
	if (!stub)
		return;
	for (uintptr_t page = STUB_TEXT; page < STUB_TEXT + 0xf0000; page += 0x10000) {
		CHECK(advise(page, 16 * PAGE, MADV_DONTNEED) == -1 && errno == ENOMEM);
		CHECK(advise(page, 16 * PAGE, MADV_GUARD_INSTALL) == -1 && errno == ENOMEM);
	}
	CHECK(lives());
}

static void other_ways_to_take_it_away_fail(int stub)
{
	char *own =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const int advices[] = {MADV_DONTNEED, MADV_FREE,	      MADV_REMOVE,
				      MADV_DONTFORK, MADV_WIPEONFORK, MADV_GUARD_INSTALL};

	CHECK(own != MAP_FAILED);
	if (!stub)
		return;
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++)
		CHECK(madvise(at(STUB_TEXT), 256 * PAGE, advices[i]) == -1 && errno == ENOMEM);
	CHECK(mremap(own, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(STUB_TEXT)) ==
		      MAP_FAILED &&
	      errno == ENOMEM);
	CHECK(mremap(at(STUB_START - PAGE), 2 * PAGE, PAGE, 0) == MAP_FAILED && lives());
	CHECK(syscall(SYS_remap_file_pages, at(STUB_START), PAGE, 0, 1, 0) == -1);
	CHECK(errno == EINVAL && lives());
	CHECK(munmap(at(PAGE * 16), 0x7fffffff0000 - PAGE * 16) == -1 && lives());
	CHECK(mprotect(at(STUB_TEXT), 64 * PAGE, PROT_NONE) == -1 && lives());
	CHECK(syscall(SYS_pkey_mprotect, at(STUB_TEXT), PAGE, PROT_NONE, -1) == -1 && lives());
}

/* Text that was sealed cannot be changed, not even by who rewrites call sites. */
static void sealed_text_works(void)
{
	extern const char __executable_start[], etext[];
	uintptr_t start = (uintptr_t)__executable_start & ~(PAGE - 1);
	size_t size = ((uintptr_t)etext - start + PAGE - 1) & ~(PAGE - 1);

	if (syscall(SYS_mseal_, start, size, 0) != 0)
		return;
	CHECK(mprotect(at(start), PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EPERM);
	for (int i = 0; i < 300; i++)
		CHECK(lives());
}

static long set_heap(uint64_t start, uint64_t end)
{
	struct prctl_mm_map map = {
		.start_code = field_of_stat(26),
		.end_code = field_of_stat(27),
		.start_data = field_of_stat(45),
		.end_data = field_of_stat(46),
		.start_brk = start,
		.brk = end,
		.start_stack = field_of_stat(28),
		.arg_start = field_of_stat(48),
		.arg_end = field_of_stat(49),
		.env_start = field_of_stat(50),
		.env_end = field_of_stat(51),
		.exe_fd = (uint32_t)-1,
	};

	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

/* The heap is where the kernel thinks that it is, and a lie about it must not unmap the stub. */
static void the_heap_stays_apart_from_the_stub(int stub)
{
	uint64_t start = field_of_stat(47), now = (uint64_t)syscall(SYS_brk, 0);
	uint64_t high = STUB_END + 0x4000000;

	CHECK(start != 0 && now >= start && now < STUB_START);
	CHECK(syscall(SYS_brk, now + 5 * PAGE) == (long)(now + 5 * PAGE));
	CHECK(syscall(SYS_brk, now) == (long)now);
	if (set_heap(start, now) != 0)
		return; /* a kernel without CONFIG_CHECKPOINT_RESTORE */
	CHECK(set_heap(high, high + PAGE) == 0 && syscall(SYS_brk, 0) == (long)(high + PAGE));
	CHECK(set_heap(start, now) == 0);
	if (stub) {
		CHECK(set_heap(start, high) == -1 && errno == EINVAL);
		CHECK(syscall(SYS_brk, 0) == (long)now);
		CHECK(prctl(PR_SET_MM, PR_SET_MM_BRK, high, 0, 0) == -1);
		CHECK(errno == EINVAL || errno == EPERM); /* only CAP_SYS_RESOURCE may */
	}
	CHECK(syscall(SYS_brk, start) == (long)start && lives());
}

static void own_descriptions_can_be_set(void)
{
	uint64_t vector[] = {6 /* AT_PAGESZ */, PAGE, 0, 0}, words = field_of_stat(48);

	if (prctl(PR_SET_MM, PR_SET_MM_AUXV, vector, sizeof(vector), 0) != 0)
		return;
	CHECK(prctl(PR_SET_MM, PR_SET_MM_ARG_START, words, 0, 0) == 0);
	CHECK(prctl(PR_SET_MM, PR_SET_MM_START_BRK, field_of_stat(47), 0, 0) == 0);
	CHECK(prctl(PR_SET_MM, PR_SET_MM_START_STACK, field_of_stat(28), 0, 0) == 0);
	CHECK(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, -1, 0, 0) == -1 && errno == EBADF && lives());
}

int main(int argc, char **argv)
{
	int stub = argc > 1 && strcmp(argv[1], "stub") == 0;

	shared_memory_ends_before_the_stub(stub);
	advice_through_a_descriptor_spares_the_stub(stub);
	other_ways_to_take_it_away_fail(stub);
	own_descriptions_can_be_set();
	sealed_text_works();
	the_heap_stays_apart_from_the_stub(stub);
	return done();
}
