/* SPDX-License-Identifier: Apache-2.0 */
/*
 * returned.c - returns from handlers of every kind, and prctl wherever a program may call it: in
 * handlers, in handlers of handlers, in children that share memory, under filters of its own.
 */
#include "guest.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>

#define ROUNDS 300
#define DEPTH  20

static volatile sig_atomic_t deep, left, seen;
static sigjmp_buf before;

static uint64_t raw_mask(void)
{
	uint64_t mask = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) == 0);
	return mask;
}

static void use_prctl(int round)
{
	char set[16], got[16] = "";

	snprintf(set, sizeof(set), "returned %d", round);
	CHECK(prctl(PR_SET_NAME, set) == 0 && prctl(PR_GET_NAME, got) == 0);
	CHECK(strcmp(set, got) == 0);
	CHECK(prctl(PR_SET_TIMERSLACK, 50000 + round) == 0);
	CHECK(prctl(PR_GET_TIMERSLACK) == 50000 + round);
	CHECK(prctl(PR_SET_NAME, "returned") == 0);
}

static void on_nested(int signal)
{
	if (deep++ < DEPTH) {
		CHECK(getppid() > 0);
		use_prctl(deep);
		CHECK(raise(signal) == 0);
		CHECK(getppid() > 0);
	}
	left++;
}

static void handlers_of_handlers_return(void)
{
	struct sigaction action = {.sa_handler = on_nested, .sa_flags = SA_NODEFER};

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	for (int i = 0; i < ROUNDS / DEPTH; i++) {
		deep = left = 0;
		CHECK(raise(SIGUSR1) == 0 && left == DEPTH + 1);
	}
}

static void on_jump(int signal)
{
	(void)signal;
	use_prctl(1);
	siglongjmp(before, 1);
}

static void handlers_that_are_left_by_a_jump(void)
{
	signal(SIGUSR1, on_jump);
	for (volatile int i = 0; i < ROUNDS; i++) {
		if (sigsetjmp(before, 1) == 0) {
			raise(SIGUSR1);
			CHECK(!"it came back");
		}
		CHECK((raw_mask() & 1ULL << (SIGUSR1 - 1)) == 0);
	}
}

/* What a handler writes into its frame is what the program goes on with. */
static void on_edit(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	uint64_t mask;

	(void)info;
	if (number == SIGTRAP) {
		u->uc_mcontext.gregs[REG_RBX] = 4711;
		u->uc_mcontext.gregs[REG_RAX] = SYS_getppid;
	} else {
		memcpy(&mask, &u->uc_sigmask, 8);
		mask = seen ? ~0ULL : 0;
		memcpy(&u->uc_sigmask, &mask, 8);
	}
}

static void registers_that_a_handler_writes(void)
{
	struct sigaction action = {.sa_sigaction = on_edit, .sa_flags = SA_SIGINFO};

	CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		long rbx = 0, rax = SYS_getuid;

		__asm__ volatile("int3; syscall" : "+b"(rbx), "+a"(rax) : : "rcx", "r11", "memory");
		CHECK(rbx == 4711 && rax == getppid());
	}
}

static void a_mask_that_a_handler_writes(void)
{
	struct sigaction action = {.sa_sigaction = on_edit, .sa_flags = SA_SIGINFO};
	uint64_t never = 1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1);

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	seen = 1;
	CHECK(raise(SIGUSR1) == 0);
	CHECK(raw_mask() == ~never); /* every signal is blocked now, and calls go on */
	CHECK(getppid() > 0);
	seen = 0;
	CHECK(syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &(uint64_t){1ULL << (SIGUSR1 - 1)}, NULL,
		      8) == 0);
	CHECK(raise(SIGUSR1) == 0);
	CHECK(raw_mask() == 0);
}

static void on_small_stack(int signal)
{
	(void)signal;
	left++;
}

/* A stack with room for one frame and little more: the handler makes no call, and needs none. */
static void handlers_on_a_small_alternate_stack(void)
{
	size_t size = getauxval(AT_MINSIGSTKSZ), page = 4096, room = 1 << 16;
	char *guarded =
		mmap(NULL, 2 * room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t set = {.ss_sp = guarded + room, .ss_size = (size ? size : 2048) + 1024};
	struct sigaction action = {.sa_handler = on_small_stack, .sa_flags = SA_ONSTACK};

	CHECK(guarded != MAP_FAILED && set.ss_size < room && room % page == 0);
	CHECK(mprotect(guarded, room, PROT_NONE) == 0);
	CHECK(sigaltstack(&set, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	left = 0;
	for (int i = 0; i < ROUNDS; i++)
		CHECK(raise(SIGUSR1) == 0 && left == i + 1);
	set.ss_flags = SS_DISABLE;
	CHECK(sigaltstack(&set, NULL) == 0 && munmap(guarded, 2 * room) == 0);
}

static ucontext_t here, there;

static void elsewhere(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(getppid() > 0);
		seen++;
		CHECK(swapcontext(&there, &here) == 0);
	}
}

static void contexts_are_swapped(void)
{
	static char stack[65536];

	seen = 0;
	CHECK(getcontext(&there) == 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = NULL;
	makecontext(&there, elsewhere, 0);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(swapcontext(&here, &there) == 0);
		CHECK(seen == i + 1);
	}
}

static void *in_a_thread(void *nothing)
{
	for (int i = 0; i < ROUNDS; i++) {
		use_prctl(i);
		CHECK(pthread_kill(pthread_self(), SIGUSR2) == 0);
	}
	return nothing;
}

static void on_call(int signal)
{
	(void)signal;
	use_prctl(3);
}

static void threads_that_are_interrupted(void)
{
	pthread_t threads[4];

	signal(SIGUSR2, on_call);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, in_a_thread, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void children_of_every_kind(void)
{
	int status;
	pid_t child = vfork();

	if (child == 0) {
		CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
		_exit(4);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 4 << 8);
	child = fork();
	if (child == 0) {
		int signal = 0;

		use_prctl(7);
		CHECK(prctl(PR_GET_PDEATHSIG, &signal) == 0 && signal == 0);
		CHECK(raise(SIGUSR2) == 0);
		_exit(5);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 5 << 8);
}

static void under_a_filter_of_its_own(void)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, all};
	int status;
	pid_t child = fork();

	if (child == 0) {
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
		handlers_of_handlers_return();
		handlers_that_are_left_by_a_jump();
		use_prctl(9);
		_exit(6);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 6 << 8);
}

int main(void)
{
	handlers_of_handlers_return();
	handlers_that_are_left_by_a_jump();
	registers_that_a_handler_writes();
	a_mask_that_a_handler_writes();
	handlers_on_a_small_alternate_stack();
	contexts_are_swapped();
	threads_that_are_interrupted();
	children_of_every_kind();
	under_a_filter_of_its_own();
	return done();
}
