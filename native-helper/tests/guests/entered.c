/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entered [filter|steps SIGNAL [ignored]] - calls that change masks, handlers and images, from
 * sites that are used often, with signals at any moment: whoever sees to them, by a trap or
 * without, the program notices nothing. Says ok, or what was wrong and ends with 99.
 */
#include "guest.h"
#include "site.h"

#include "../random.h"

#include <immintrin.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <ucontext.h>

#define OFTEN  200
#define FEW    10 /* alarms that a busy machine lets through */
#define BIT(n) (1UL << ((n)-1))
#define NEVER  (BIT(SIGKILL) | BIT(SIGSTOP))
#define NT     0x4000UL

SITE(mask);
SITE(mask_in_storm);
SITE(action_of);
SITE(cold);

struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static uint64_t untouched; /* signals that are never blocked */

/* ---- masks -------------------------------------------------------------------------- */

static void masks_are_what_was_set(void)
{
	uint64_t now, set, old;

	CHECK(mask(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8L) == 0);
	for (int i = 0; i < 5 * OFTEN; i++) {
		int how = (int)(next_random() % 3);

		set = next_random() & ~untouched;
		CHECK(mask(SYS_rt_sigprocmask, how, &set, &old, 8L) == 0);
		CHECK(old == now);
		now = how == SIG_BLOCK ? now | set : how == SIG_UNBLOCK ? now & ~set : set;
		now &= ~NEVER;
		CHECK(mask(SYS_rt_sigprocmask, 77, NULL, &old, 8L) == 0 && old == now);
		CHECK(mask(SYS_rt_sigprocmask, 3, &set, NULL, 8L) == -EINVAL);
		CHECK(mask(SYS_rt_sigprocmask, how, &set, NULL, 16L) == -EINVAL);
		CHECK(mask(SYS_rt_sigprocmask, how, 8L, NULL, 8L) == -EFAULT);
		CHECK(mask(SYS_rt_sigprocmask, SIG_BLOCK, NULL, 8L, 8L) == -EFAULT);
	}
	set = 0;
	CHECK(mask(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8L) == 0);
}

static void *masks_in_a_thread(void *ignored)
{
	for (int i = 0; i < 3; i++)
		masks_are_what_was_set();
	return ignored;
}

static void each_thread_has_its_own(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, masks_in_a_thread, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

/* Every register but rax, rcx and r11 keeps its value, and so do the 128 bytes below the stack
 * pointer. */
static void registers_and_red_zone_are_kept(int times)
{
	for (int i = 0; i < times; i++) {
		uint64_t bad, zone[16];

		__asm__ volatile(
			"lea -128(%%rsp), %%r13\n mov $16, %%ecx\n"
			"1: mov %%rcx, -8(%%r13,%%rcx,8)\n loop 1b\n"
			"mov $14, %%eax\n xor %%edi, %%edi\n xor %%esi, %%esi\n xor %%edx, %%edx\n"
			"mov $8, %%r10d\n mov $15, %%r8\n mov $16, %%r9\n mov $17, %%r12\n"
			"mov $18, %%r14\n mov $19, %%r15\n mov $20, %%rbx\n"
			"syscall\n"
			"cmp $-4095, %%rax\n"
			"or %%rdi, %%rax\n or %%rsi, %%rax\n or %%rdx, %%rax\n"
			"sub $8, %%r10\n or %%r10, %%rax\n sub $15, %%r8\n or %%r8, %%rax\n"
			"sub $16, %%r9\n or %%r9, %%rax\n sub $17, %%r12\n or %%r12, %%rax\n"
			"sub $18, %%r14\n or %%r14, %%rax\n sub $19, %%r15\n or %%r15, %%rax\n"
			"sub $20, %%rbx\n or %%rbx, %%rax\n mov $16, %%ecx\n"
			"2: mov -8(%%r13,%%rcx,8), %%rdi\n sub %%rcx, %%rdi\n or %%rdi, %%rax\n"
			"loop 2b\n jmp 3f\n"
			"nopl 0x0(%%rax,%%rax,1)\n .byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
			"3:\n"
			: "=a"(bad), "=m"(zone)
			:
			: "rcx", "r11", "rdi", "rsi", "rdx", "r8", "r9", "r10", "r12", "r13", "r14",
			  "r15", "rbx", "memory", "cc");
		CHECK(bad == 0);
	}
}

/* ---- the floating point state, and flags ---------------------------------------------- */

static void floating_point_is_kept(void)
{
	unsigned mode = _mm_getcsr();
	uint16_t control = 0x037f, was;

	for (int i = 0; i < OFTEN; i++) {
		double values[2] = {i + 0.5, -i - 0.25}, after[2];
		long result;

		control = (uint16_t)(0x007f | (i % 4) << 10 | 0x300); /* rounding */
		__asm__ volatile("fldcw %0" : : "m"(control));
		_mm_setcsr((mode & ~0x6000u) | (unsigned)(i % 4) << 13);
		__asm__ volatile("movupd %3, %%xmm13\n fldl %3\n"
				 "xor %%edi, %%edi\n xor %%esi, %%esi\n xor %%edx, %%edx\n"
				 "mov $8, %%r10d\n syscall\n cmp $-4095, %%rax\n"
				 "movupd %%xmm13, %1\n fstpl %2\n jmp 1f\n"
				 "nopl 0x0(%%rax,%%rax,1)\n .byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
				 "1:\n"
				 : "=a"(result), "=m"(after), "=m"(values[1])
				 : "m"(values[0]), "a"(SYS_rt_sigprocmask)
				 : "rcx", "r11", "rdi", "rsi", "rdx", "r10", "xmm13", "memory",
				   "cc");
		__asm__ volatile("fstcw %0" : "=m"(was));
		CHECK(result == 0 && after[0] == i + 0.5 && values[1] == i + 0.5);
		CHECK(was == control && (_mm_getcsr() >> 13 & 3) == (unsigned)(i % 4));
	}
	control = 0x037f;
	__asm__ volatile("fldcw %0" : : "m"(control));
	_mm_setcsr(mode);
}

/* Nobody makes a call with it set, a kernel keeps it all the same. */
static void the_direction_is_kept(void)
{
	uint64_t last = 0;

	for (int i = 0; i < OFTEN; i++) {
		uint64_t set[3] = {1, BIT(i % 20 + 40), 2}, old[3] = {9, 9, 9}, flags;
		long result;

		__asm__ volatile("std\n mov $14, %%eax\n mov $2, %%edi\n mov $8, %%r10d\n syscall\n"
				 "cmp $-4095, %%rax\n pushfq\n popq %1\n cld\n jmp 1f\n"
				 "nopl 0x0(%%rax,%%rax,1)\n .byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
				 "1:\n"
				 : "=&a"(result), "=&r"(flags)
				 : "S"(&set[1]), "d"(&old[1])
				 : "rdi", "r10", "rcx", "r11", "memory", "cc");
		CHECK(result == 0 && (flags & 0x400));
		CHECK(old[0] == 9 && old[1] == last && old[2] == 9);
		last = set[1];
	}
}

/* A nested task, and the carry: nobody uses the first, a kernel keeps it all the same. */
static void flags_are_kept(void)
{
	for (int i = 0; i < 3; i++) {
		uint64_t flags;
		long result;

		__asm__ volatile("pushfq\n orq %2, (%%rsp)\n popfq\n stc\n"
				 "mov $102, %%eax\n syscall\n pushfq\n popq %1\n"
				 "pushfq\n andq %3, (%%rsp)\n popfq\n"
				 : "=&a"(result), "=&r"(flags)
				 : "r"(NT), "r"(~NT)
				 : "rcx", "r11", "memory", "cc");
		CHECK(result == getuid());
		CHECK((flags & NT) && (flags & 1));
	}
}

/* ---- signals at any moment -------------------------------------------------------------- */

static volatile sig_atomic_t alarms, strange, jumps;
static sigjmp_buf back;
static stack_t alternate = {.ss_size = 64 << 10};

static void on_alarm(int number, siginfo_t *info, void *context)
{
	const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t now, all = ~untouched, in_frame,
		      *frame = (uint64_t *)&((ucontext_t *)context)->uc_sigmask;

	(void)info;
	alarms++;
	memcpy(&in_frame, frame, 8);
	if ((uint64_t)registers[REG_RIP] - STUB_START < STUB_END - STUB_START)
		strange = 1;
	if ((uintptr_t)&now - (uintptr_t)alternate.ss_sp < alternate.ss_size)
		strange = 5; /* it was not asked to run there */
	if (mask_in_storm(SYS_rt_sigprocmask, SIG_SETMASK, &all, &now, 8L) != 0)
		strange = 2;
	if (now != (in_frame | BIT(number)))
		strange = 3;
	if (jumps && alarms % 3 == 0)
		siglongjmp(back, 1);
}

static volatile sig_atomic_t stop;
static pthread_t main_thread;

static void *send_alarms(void *ignored)
{
	while (!stop)
		CHECK(pthread_kill(main_thread, SIGALRM) == 0);
	return ignored;
}

/* Signals from another processor, as fast as they are taken: they come at any instruction. */
static void begin_storm(pthread_t *sender)
{
	struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};

	alarms = stop = 0;
	main_thread = pthread_self();
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(pthread_create(sender, NULL, send_alarms, NULL) == 0);
}

static void end_storm(pthread_t sender)
{
	uint64_t zero = 0;

	stop = 1;
	CHECK(pthread_join(sender, NULL) == 0);
	CHECK(mask_in_storm(SYS_rt_sigprocmask, SIG_SETMASK, &zero, NULL, 8L) == 0);
	if (alarms <= FEW || strange)
		printf("%d alarms, strange %d\n", (int)alarms, (int)strange);
	CHECK(alarms > FEW && !strange);
}

static void masks_change_in_a_storm(void)
{
	volatile int rounds = 0;
	uint64_t zero = 0;
	pthread_t sender;

	begin_storm(&sender);
	(void)sigsetjmp(back, 0);
	CHECK(mask_in_storm(SYS_rt_sigprocmask, SIG_SETMASK, &zero, NULL, 8L) == 0);
	while (rounds < 300000 && (alarms < 3000 || rounds < 3000) && !strange) {
		uint64_t set = (uint64_t)(rounds++ % 2 ? BIT(SIGSYS) | BIT(SIGUSR1) : BIT(SIGUSR2)),
			 now;

		if (mask_in_storm(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8L) != 0 ||
		    mask_in_storm(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8L) != 0 || now != set)
			strange = 4;
	}
	jumps = 0;
	end_storm(sender);
}

/* The same from a site that traps each time. */
static void calls_trap_in_a_storm(void)
{
	pthread_t sender;

	begin_storm(&sender);
	for (int i = 0; i < 200000 && (alarms < 3000 || i < 3000); i++) {
		CHECK(cold(SYS_prctl, PR_SET_DUMPABLE, i % 2) == 0);
		CHECK(cold(SYS_prctl, PR_GET_DUMPABLE) == i % 2);
	}
	end_storm(sender);
}

/* ---- SIGSYS of its own, handlers, stacks, images, filters ---------------------------------- */

static volatile sig_atomic_t sent, somewhere;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
	uint64_t rip = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)number;
	sent += info->si_code == SI_USER;
	if (rip - STUB_START < STUB_END - STUB_START)
		somewhere = 1;
}

static void its_own_sigsys_waits_until_it_is_unblocked(void)
{
	struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
	uint64_t only = BIT(SIGSYS);

	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	for (int i = 0; i < OFTEN; i++) {
		CHECK(mask(SYS_rt_sigprocmask, SIG_BLOCK, &only, NULL, 8L) == 0);
		CHECK(kill(getpid(), SIGSYS) == 0);
		CHECK(sent == i);
		CHECK(mask(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, NULL, 8L) == 0);
		CHECK(sent == i + 1);
	}
	CHECK(!somewhere);
}

static void nothing(int number)
{
	(void)number;
}

static void handlers_read_back(void)
{
	struct kernel_action ours, before, after;

	CHECK(action_of(SYS_rt_sigaction, SIGUSR1, NULL, &before, 8L) == 0);
	for (int i = 0; i < OFTEN; i++) {
		ours = before;
		ours.handler = i % 3 == 0 ? SIG_DFL : i % 3 == 1 ? SIG_IGN : nothing;
		ours.mask = (next_random() | BIT(SIGSYS) * (unsigned)(i % 2)) & ~NEVER;
		CHECK(action_of(SYS_rt_sigaction, SIGUSR1, &ours, NULL, 8L) == 0);
		CHECK(action_of(SYS_rt_sigaction, SIGUSR1, NULL, &after, 8L) == 0);
		CHECK(after.handler == ours.handler);
		CHECK(ours.handler != nothing || after.mask == ours.mask);
		CHECK(action_of(SYS_rt_sigaction, SIGUSR1, 8L, NULL, 8L) == -EFAULT);
		CHECK(action_of(SYS_rt_sigaction, SIGKILL, &ours, NULL, 8L) == -EINVAL);
	}
}

static void images_are_executed_from_one_site(void)
{
	static const char *volatile path;
	char *const arguments[] = {"one", NULL}, *const none[] = {NULL};

	for (volatile int i = 0; i < 60; i++) {
		int status;
		pid_t child;

		path = i % 2 ? "/bin/true" : "/bin/false";
		child = vfork();
		if (child == 0) {
			execve("/nowhere/true", arguments, none);
			execve(path, arguments, none);
			_exit(99);
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == (i % 2 ? 0 : 1));
	}
}

static volatile uintptr_t stood_at;

static void on_other_stack(int number)
{
	char here;
	uint64_t set = BIT(SIGUSR1);

	stood_at = (uintptr_t)&here;
	(void)number;
	CHECK(mask(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8L) == 0);
}

/* Calls from the lowest bytes of a stack, as of a goroutine: the kernel needs none of it. */
static void a_small_stack_is_enough(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED && mprotect(page, 4096, PROT_NONE) == 0);
	for (int i = 0; i < OFTEN; i++) {
		long result;

		__asm__ volatile("mov %%rsp, %%rbx\n mov %1, %%rsp\n"
				 "mov $14, %%edi\n xor %%esi, %%esi\n xor %%edx, %%edx\n"
				 "xor %%ecx, %%ecx\n mov $8, %%r8d\n call mask\n mov %%rbx, %%rsp\n"
				 : "=a"(result)
				 : "r"(page + 4096 + 256)
				 : "rbx", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11",
				   "memory", "cc");
		CHECK(result == 0);
	}
	CHECK(munmap(page, 8192) == 0);
}

static void an_alternate_stack_is_used(void)
{
	struct sigaction action = {.sa_handler = on_other_stack, .sa_flags = SA_ONSTACK};
	stack_t none = {.ss_flags = SS_DISABLE};

	alternate.ss_sp = mmap(NULL, alternate.ss_size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(sigaltstack(&alternate, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
	for (int i = 0; i < OFTEN; i++) {
		stood_at = 0;
		CHECK(raise(SIGUSR2) == 0);
		CHECK(stood_at - (uintptr_t)alternate.ss_sp < alternate.ss_size);
	}
	masks_are_what_was_set();
	registers_and_red_zone_are_kept(OFTEN);
	a_small_stack_is_enough();
	calls_trap_in_a_storm();
	masks_change_in_a_storm();
	CHECK(sigaltstack(&none, NULL) == 0 && munmap(alternate.ss_sp, alternate.ss_size) == 0);
	masks_are_what_was_set();
}

/* A way that the kernel does not know, and does not look at where nothing is set. */
#define ALLOWED_WAY 77

static void a_filter_of_its_own_sees_only_its_own_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ALLOWED_WAY, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	uint64_t old;

	CHECK(mask(SYS_rt_sigprocmask, ALLOWED_WAY, NULL, &old, 8L) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
	for (int i = 0; i < OFTEN; i++)
		CHECK(mask(SYS_rt_sigprocmask, ALLOWED_WAY, NULL, &old, 8L) == 0 && old == 0);
}

static void on_end(int number)
{
	(void)number;
	stop = 1;
}

/* Somebody steps it from now on, and sends signals meanwhile; see stepped.c. */
static void goes_on_while_it_is_stepped(int number, int is_ignored)
{
	struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
	uint64_t set, old, last = 0;
	struct kernel_action now;
	int actions = 2;

	if (is_ignored)
		CHECK(signal(number, SIG_IGN) != SIG_ERR);
	else
		CHECK(sigaction(number, &action, NULL) == 0);
	CHECK(signal(SIGUSR1, on_end) != SIG_ERR);
	registers_and_red_zone_are_kept(OFTEN);
	untouched = BIT(SIGTRAP); /* for the one who steps */
	for (int i = 0; i < OFTEN; i++, actions++)
		CHECK(mask(SYS_rt_sigprocmask, SIG_SETMASK, &last, &old, 8L) == 0 &&
		      action_of(SYS_rt_sigaction, SIGUSR2, NULL, &now, 8L) == 0 &&
		      raise(number) == 0);
	alarms = 0;
	printf("%d\n", getpid());
	fflush(stdout);
	for (int i = 0; !stop; i++, actions++) {
		set = i % 2 ? BIT(SIGSYS) | BIT(SIGUSR2) : BIT(SIGCHLD); /* SIGSYS is held back */
		CHECK(mask(SYS_rt_sigprocmask, SIG_SETMASK, &set, &old, 8L) == 0 && old == last);
		last = set;
		registers_and_red_zone_are_kept(1);
		CHECK(action_of(SYS_rt_sigaction, SIGUSR2, NULL, &now, 8L) == 0);
		CHECK(cold(SYS_prctl, PR_GET_DUMPABLE) == 1);
	}
	printf("%d actions\n", actions);
	if ((alarms == 0 && !is_ignored) || strange)
		printf("%d alarms, strange %d\n", (int)alarms, (int)strange);
	CHECK((alarms > 0 || is_ignored) && !strange);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "all";

	masks_are_what_was_set();
	if (!strcmp(what, "steps")) {
		goes_on_while_it_is_stepped(argc > 2 ? atoi(argv[2]) : SIGALRM, argc > 3);
		return done();
	}
	if (!strcmp(what, "filter")) {
		a_filter_of_its_own_sees_only_its_own_calls();
		return done();
	}
	each_thread_has_its_own();
	registers_and_red_zone_are_kept(OFTEN);
	floating_point_is_kept();
	the_direction_is_kept();
	flags_are_kept();
	masks_change_in_a_storm();
	jumps = 1;
	masks_change_in_a_storm();
	calls_trap_in_a_storm();
	its_own_sigsys_waits_until_it_is_unblocked();
	handlers_read_back();
	images_are_executed_from_one_site();
	an_alternate_stack_is_used();
	return done();
}
