/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accelerated - call sites that are used often go on doing what they did, whether
 * somebody rewrites them or not. Prints "rewritten" or "as it was", then "ok", or
 * what was wrong and ends with 99.
 */
#include "guest.h"
#include "site.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "../../include/wire.h"

#define OFTEN 200
#define PAGE  4096

SITE(plain);
SITE(reading);
SITE(opening);
SITE(listing);
SITE(mapping);
SITE(threads_a);
SITE(threads_b);
SITE(threads_c);
SITE(storm);
SITE(keeping);
/* No padding in reach; a nop that aligns, and what is behind it must be executed; both in one; a
 * call instruction in two pages. */
SITE_WITH(dense, ".balign 64\n .skip 192, 0x90", "ret\n .skip 192, 0x90");
SITE_WITH(aligning, ".balign 64\n .skip 192, 0x90\n .balign 64",
	  "jmp 1f\n 1: .balign 16, 0x90\n .skip 12, 0x90\n .byte 0x0f, 0x1f, 0x40, 0\n"
	  "push %rbx\n mov %rax, %rbx\n mov %rbx, %rax\n pop %rbx\n ret\n .skip 192, 0x90");
SITE_WITH(across, ".balign 4096\n .skip 4095 - 21, 0x90", "ret\n .skip 192, 0x90");

extern const char __executable_start[], etext[];

static int is_rewritten(const uint8_t *end)
{
	return end[-2] != 0x0f || end[-1] != 0x05;
}

static void results_are_the_kernels(void)
{
	for (int i = 0; i < OFTEN; i++) {
		CHECK(plain(SYS_getpid) == getpid());
		CHECK(plain(SYS_getppid) == getppid());
		CHECK(plain(SYS_write, -1, "x", 1) == -EBADF);
		CHECK(plain(SYS_fcntl, 0, F_GETFD, 0) >= -EBADF);
		CHECK(plain(2000 + i % 3) == -ENOSYS);
	}
}

/* Every register but rax, rcx and r11 keeps its value, and so do the 128 bytes below the stack
 * pointer. */
static void registers_and_red_zone_are_kept(void)
{
	for (int i = 0; i < OFTEN; i++) {
		uint64_t bad, zone[16], number = SYS_getpid;

		__asm__ volatile(
			"lea -128(%%rsp), %%r13\n mov $16, %%ecx\n"
			"1: mov %%rcx, -8(%%r13,%%rcx,8)\n loop 1b\n"
			"mov $11, %%rdi\n mov $12, %%rsi\n mov $13, %%rdx\n mov $14, %%r8\n"
			"mov $15, %%r9\n mov $16, %%r10\n mov $17, %%r12\n mov $18, %%r14\n"
			"mov $19, %%r15\n mov $20, %%rbx\n"
			"syscall\n"
			"cmp $-4095, %%rax\n"
			"lea -11(%%rdi), %%rax\n sub $12, %%rsi\n or %%rsi, %%rax\n"
			"sub $13, %%rdx\n or %%rdx, %%rax\n sub $14, %%r8\n or %%r8, %%rax\n"
			"sub $15, %%r9\n or %%r9, %%rax\n sub $16, %%r10\n or %%r10, %%rax\n"
			"sub $17, %%r12\n or %%r12, %%rax\n sub $18, %%r14\n or %%r14, %%rax\n"
			"sub $19, %%r15\n or %%r15, %%rax\n sub $20, %%rbx\n or %%rbx, %%rax\n"
			"mov $16, %%ecx\n"
			"2: mov -8(%%r13,%%rcx,8), %%rdi\n sub %%rcx, %%rdi\n or %%rdi, %%rax\n"
			"loop 2b\n jmp 3f\n"
			"nopl 0x0(%%rax,%%rax,1)\n .byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
			"3:\n"
			: "=a"(bad), "=m"(zone)
			: "a"(number)
			: "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "r12", "r13", "r14",
			  "r15", "rbx", "memory", "cc");
		CHECK(bad == 0);
	}
}

static void sites_without_padding_do_the_same(void)
{
	for (int i = 0; i < OFTEN; i++) {
		CHECK(dense(SYS_getpid) == getpid() && dense(SYS_getuid) == getuid());
		CHECK(aligning(SYS_getpid) == getpid() && aligning(SYS_getppid) == getppid());
		CHECK(across(SYS_getpid) == getpid());
		CHECK(across(SYS_write, -1, "x", 1) == -EBADF);
	}
	CHECK(is_rewritten(dense_end) == is_rewritten(plain_end));
	CHECK(is_rewritten(aligning_end) == is_rewritten(plain_end));
	CHECK(is_rewritten(across_end) == is_rewritten(plain_end));
}

static volatile sig_atomic_t alarms, strange;

static void on_alarm(int number, siginfo_t *info, void *context)
{
	uint64_t rip = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)number;
	(void)info;
	alarms++;
	/* in this program, or far away in a library */
	if (!(rip >= (uint64_t)__executable_start && rip < (uint64_t)etext) && rip < 0x700000000000)
		strange = 1;
	if (storm(SYS_getppid) != getppid())
		strange = 2;
}

static void set_handler(int flags)
{
	struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | flags};

	sigaction(SIGALRM, &action, NULL);
}

static void signals_may_come_anywhere(void)
{
	struct itimerval often = {{0, 150}, {0, 150}}, never = {{0, 0}, {0, 0}};

	set_handler(0);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 2000000 && (alarms < 300 || i < 100000); i++) {
		CHECK(storm(SYS_getpid) == getpid());
		CHECK(dense(SYS_getpid) == getpid() && aligning(SYS_getpid) == getpid());
	}
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(alarms > 0);
	CHECK(strange == 0);
}

static void waits_are_interrupted_and_restarted(void)
{
	struct itimerval once = {{0, 0}, {0, 3000}};
	int ends[2];
	char byte;
	pid_t child;

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < OFTEN; i++) {
		CHECK(write(ends[1], "x", 1) == 1);
		CHECK(reading(SYS_read, ends[0], &byte, 1) == 1);
	}
	for (int i = 0; i < 5; i++) {
		set_handler(0);
		setitimer(ITIMER_REAL, &once, NULL);
		CHECK(reading(SYS_read, ends[0], &byte, 1) == -EINTR);
	}
	set_handler(SA_RESTART);
	alarms = 0;
	setitimer(ITIMER_REAL, &once, NULL);
	child = fork();
	if (child == 0) {
		usleep(30000);
		_exit(write(ends[1], "y", 1) != 1);
	}
	CHECK(reading(SYS_read, ends[0], &byte, 1) == 1 && byte == 'y');
	CHECK(alarms == 1 && waitpid(child, NULL, 0) == child);
	close(ends[0]);
	close(ends[1]);
}

static void *in_a_thread(void *argument)
{
	for (int i = 0; i < 3000; i++) {
		CHECK(threads_a(SYS_getpid) == (long)argument);
		CHECK(threads_b(SYS_gettid) == syscall(SYS_gettid));
		CHECK(threads_c(SYS_write, -1, "", 0) == -EBADF);
	}
	return NULL;
}

static void threads_meet_at_a_site(void)
{
	pthread_t threads[6];

	for (int i = 0; i < 6; i++)
		CHECK(pthread_create(&threads[i], NULL, in_a_thread, (void *)(long)getpid()) == 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
}

static void children_inherit_the_sites(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		results_are_the_kernels();
		in_a_thread((void *)(long)getpid());
		_exit(getppid() == 0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	child = vfork();
	if (child == 0) {
		for (int i = 0; i < OFTEN; i++)
			keeping(SYS_getuid);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	for (int i = 0; i < OFTEN; i++)
		CHECK(keeping(SYS_getuid) == getuid());
}

static void paths_are_seen(const char *self)
{
	char *two =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct stat opened, own;
	long fd;

	CHECK(stat(self, &own) == 0 && munmap(two + PAGE, PAGE) == 0);
	two[PAGE - 2] = '/';
	for (int i = 0; i < OFTEN; i++) {
		CHECK((fd = opening(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)) >= 0);
		close((int)fd);
		CHECK((fd = opening(SYS_openat, AT_FDCWD, two + PAGE - 2, O_RDONLY)) >= 0);
		close((int)fd);
		CHECK(opening(SYS_openat, AT_FDCWD, two + PAGE, O_RDONLY) == -EFAULT);
		CHECK(opening(SYS_openat, AT_FDCWD, "/nowhere", O_RDONLY) == -ENOENT);
		CHECK((fd = opening(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY)) >= 0);
		CHECK(fstat((int)fd, &opened) == 0);
		CHECK(opened.st_ino == own.st_ino && opened.st_dev == own.st_dev);
		close((int)fd);
		CHECK((fd = opening(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY)) >= 0);
		close((int)fd);
	}
}

static int entries(const char *directory, long most)
{
	char buffer[2048];
	int fd = open(directory, O_RDONLY | O_DIRECTORY), count = 0;
	long size;

	while ((size = listing(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < size; at += *(uint16_t *)(buffer + at + 16)) {
			long number = strtol(buffer + at + 19, NULL, 10);

			CHECK(number <= most);
			count++;
		}
	CHECK(size == 0);
	close(fd);
	return count;
}

static void listings_are_complete(void)
{
	int open_now = entries("/proc/self/fd", 900), etc = entries("/etc", 1L << 60);

	for (int i = 0; i < OFTEN; i++)
		CHECK(entries("/etc", 1L << 60) == etc);
	for (int i = 0; i < 20; i++)
		CHECK(entries("/proc/self/fd", 900) == open_now);
}

static int has_mapping(const char *text)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int found = 0;

	while (maps && fgets(line, sizeof(line), maps))
		found |= strstr(line, text) != NULL;
	fclose(maps);
	return found;
}

/* A function of a file's text, and the same without a file. */
static void text_that_comes_and_goes(void)
{
	static const uint8_t code[] = {0x89, 0xf8, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff,
				       0xc3, 0x0f, 0x1f, 0x84, 0,    0,	   0,	 0,    0};
	char name[] = "/tmp/acktrace-text-XXXXXX";
	int fd = mkstemp(name), rewritten;
	uint8_t whole[PAGE] = {0}, *text;
	long (*call)(int);

	memcpy(whole, code, sizeof(code));
	CHECK(write(fd, whole, PAGE) == PAGE);
	text = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	call = (long (*)(int))(uintptr_t)text;
	for (int i = 0; i < OFTEN; i++)
		CHECK(call(SYS_getpid) == getpid());
	rewritten = text[2] == 0xeb;
	CHECK(rewritten == is_rewritten(plain_end));
	CHECK(madvise(text, PAGE, MADV_DONTNEED) == 0 && memcmp(text, code, sizeof(code)) == 0);
	for (int i = 0; i < OFTEN; i++)
		CHECK(call(SYS_getpid) == getpid());
	CHECK(mmap(text, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == text);
	memcpy(text, code, sizeof(code)); /* what a compiler at run time makes stays as it is */
	CHECK(mprotect(text, PAGE, PROT_READ | PROT_EXEC) == 0);
	for (int i = 0; i < OFTEN; i++)
		CHECK(call(SYS_getppid) == getppid());
	CHECK(memcmp(text, code, sizeof(code)) == 0);
	munmap(text, PAGE);
	close(fd);
	unlink(name);
}

static void mappings_come_and_go(void)
{
	for (int i = 0; i < OFTEN; i++) {
		long at = mapping(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS);

		CHECK(at > 0 && mapping(SYS_mprotect, at, PAGE, PROT_NONE) == 0);
		CHECK(mapping(SYS_munmap, at, PAGE) == 0);
		CHECK(mapping(SYS_close, -1) == -EBADF && mapping(SYS_close, 800) == -EBADF);
		CHECK(mapping(SYS_close, 1020 + i % 16) == -EBADF);
	}
}

static void in_a_child(void (*what)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		what();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* errno 7 for getppid, and nothing else. */
static void an_own_filter_holds(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 7),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, code};

	CHECK(plain(SYS_getppid) > 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	for (int i = 0; i < OFTEN; i++) {
		CHECK(plain(SYS_getppid) == -7);
		CHECK(plain(SYS_getpid) == getpid());
	}
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* The shape of this program's getppid, if arguments are not told apart; NULL: nobody watches. */
static struct wire_shape *shape_of_getppid(void)
{
	struct wire_segment *segment = (void *)0x6e000000;
	uint64_t hash = 0xcbf29ce484222325ULL, h;
	char path[4096];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path));

	if (!has_mapping("6e000000-"))
		return NULL;
	for (ssize_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)path[i]) * 0x100000001b3ULL;
	h = mix(mix(mix(WIRE_MIX_SEED ^ hash)) ^ SYS_getppid);
	for (int i = 0; i < WIRE_ARGUMENTS; i++)
		h = mix(h);
	for (uint32_t i = 0; i < WIRE_SHAPE_PROBES; i++)
		if (segment->shapes[wire_shape_slot(h, i)].fingerprint == h)
			return &segment->shapes[wire_shape_slot(h, i)];
	CHECK(!"the shape is in the table");
	return NULL;
}

/* The learner refuses the call after its site was rewritten. */
static void a_verdict_holds(void)
{
	struct wire_shape *shape;

	CHECK(plain(SYS_getppid) > 0);
	shape = shape_of_getppid();
	for (int round = 0; shape && round < OFTEN; round++) {
		shape->verdict_errno = 5;
		shape->verdict = WIRE_VERDICT_DENY;
		CHECK(plain(SYS_getppid) == -5);
		shape->verdict = round % 2 ? WIRE_VERDICT_ACKNOWLEDGED : WIRE_VERDICT_NONE;
		CHECK(plain(SYS_getppid) > 0);
	}
}

static volatile char selector;
static volatile int dispatched;

static void on_dispatch(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)number;
	selector = 0;
	if ((const uint8_t *)info->si_call_addr == plain_end &&
	    (const uint8_t *)u->uc_mcontext.gregs[REG_RIP] == plain_end)
		dispatched++;
	u->uc_mcontext.gregs[REG_RAX] = 4711;
}

static void an_own_dispatch_holds(void)
{
	struct sigaction action = {.sa_sigaction = on_dispatch, .sa_flags = SA_SIGINFO};

	sigaction(SIGSYS, &action, NULL);
	CHECK(plain(SYS_getpid) == getpid());
	if (prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0, 0, &selector) != 0)
		return;
	for (int i = 0; i < OFTEN; i++) {
		selector = 1;
		CHECK(plain(SYS_getpid) == 4711);
	}
	CHECK(dispatched == OFTEN);
}

/* The handler of SIGSYS would stand there: munmap must not pass unseen once there is such a stack.
 */
static void a_signal_stack_may_be_unmapped(void)
{
	const size_t size = 65536;
	stack_t set = {.ss_size = size};

	for (int i = 0; i < OFTEN; i++) {
		void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);

		CHECK(at != MAP_FAILED && munmap(at, size) == 0);
	}
	set.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(set.ss_sp != MAP_FAILED && sigaltstack(&set, NULL) == 0);
	CHECK(munmap(set.ss_sp, size) == 0);
	CHECK(syscall(SYS_getpgid, 0) >= 0 && syscall(SYS_getuid) == (long)getuid());
}

int main(int argc, char **argv)
{
	(void)argc;
	results_are_the_kernels();
	sites_without_padding_do_the_same();
	registers_and_red_zone_are_kept();
	threads_meet_at_a_site();
	signals_may_come_anywhere();
	waits_are_interrupted_and_restarted();
	children_inherit_the_sites();
	paths_are_seen(argv[0]);
	listings_are_complete();
	text_that_comes_and_goes();
	mappings_come_and_go();
	in_a_child(a_verdict_holds);
	in_a_child(a_signal_stack_may_be_unmapped);
	in_a_child(an_own_filter_holds);
	in_a_child(an_own_dispatch_holds);
	CHECK(!has_mapping("rwx"));
	puts(is_rewritten(plain_end) && is_rewritten(opening_end) && is_rewritten(listing_end) &&
			     is_rewritten(storm_end)
		     ? "rewritten"
		     : "as it was");
	return done();
}
