/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filtered.c - filters of the program's own, of several kinds. Each is about the calls that the
 * program makes; whoever watches must not need a call that it does not.
 */
#include "guest.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define ALLOW(number)                                                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                                         \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD_NUMBER  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ELSE(action) BPF_STMT(BPF_RET | BPF_K, action)

static volatile sig_atomic_t trapped, last_number, nested;

static long install(struct sock_filter *code, size_t count, unsigned flags)
{
	struct sock_fprog program = {(unsigned short)count, code};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

#define INSTALL(code, flags) install(code, sizeof(code) / sizeof(*(code)), flags)

static void in_a_child(void (*what)(void), int expected)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		what();
		syscall(SYS_exit_group, 7);
	}
	CHECK(waitpid(child, &status, 0) == child);
	if (status != expected)
		printf("status %x\n", (unsigned)status);
	CHECK(status == expected);
}

/* What a sandbox does that wants to say which call it refused: nothing is allowed that it does not
 * need itself. */
static void on_trap(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)number;
	trapped++;
	last_number = info->si_syscall;
	if (info->si_code != 1 ||
	    (uint64_t)info->si_call_addr != (uint64_t)u->uc_mcontext.gregs[REG_RIP] ||
	    sigismember(&u->uc_sigmask, SIGUSR1))
		nested = 99;
	if (syscall(SYS_write, 1, "", 0) != 0)
		nested = 98;
	u->uc_mcontext.gregs[REG_RAX] = -4711; /* no errno */
}

static void a_reporter_hears_of_every_call_that_it_did_not_allow(void)
{
	struct sock_filter code[] = {LOAD_NUMBER, ALLOW(SYS_write), ALLOW(SYS_exit_group),
				     ALLOW(SYS_rt_sigreturn), ELSE(SECCOMP_RET_TRAP | 33)};
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

	sigaddset(&action.sa_mask, SIGUSR1);
	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	CHECK(INSTALL(code, 0) == 0);
	for (int i = 0; i < 50; i++) {
		if (syscall(SYS_getuid) != -4711 || last_number != SYS_getuid)
			syscall(SYS_exit_group, 89);
		syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
		if (last_number != SYS_openat)
			syscall(SYS_exit_group, 90);
		syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, NULL, 8);
		if (last_number != SYS_rt_sigprocmask)
			syscall(SYS_exit_group, 91);
	}
	if (trapped != 150)
		syscall(SYS_exit_group, 92);
	if (nested)
		syscall(SYS_exit_group, nested);
}

static void end_on_trap(int number, siginfo_t *info, void *context)
{
	(void)context;
	syscall(SYS_exit_group, number == SIGSYS && info->si_syscall == SYS_getuid ? 7 : 88);
}

/* It never returns from its handler, and so need not allow that. */
static void a_reporter_that_ends_allows_no_return(void)
{
	struct sock_filter code[] = {LOAD_NUMBER, ALLOW(SYS_exit_group), ELSE(SECCOMP_RET_TRAP)};
	struct sigaction action = {.sa_sigaction = end_on_trap, .sa_flags = SA_SIGINFO};

	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	CHECK(INSTALL(code, 0) == 0);
	syscall(SYS_getuid);
	syscall(SYS_exit_group, 87);
}

/* The kernel's own strictness, as a filter. */
static void nothing_is_called_that_the_program_does_not_call(void)
{
	struct sock_filter code[] = {LOAD_NUMBER, ALLOW(SYS_write), ALLOW(SYS_read),
				     ALLOW(SYS_exit_group), ELSE(SECCOMP_RET_KILL_PROCESS)};
	char byte;

	CHECK(INSTALL(code, 0) == 0);
	for (int i = 0; i < 100; i++) {
		syscall(SYS_write, 1, "", 0);
		syscall(SYS_read, -1, &byte, 1);
		syscall(SYS_write, -1, "", 0);
	}
}

static void an_unknown_call_kills(void)
{
	struct sock_filter code[] = {LOAD_NUMBER, ALLOW(SYS_exit_group),
				     ELSE(SECCOMP_RET_KILL_PROCESS)};

	CHECK(INSTALL(code, 0) == 0);
	syscall(SYS_getuid);
}

static void an_unhandled_trap_kills(void)
{
	struct sock_filter code[] = {LOAD_NUMBER, ALLOW(SYS_exit_group), ELSE(SECCOMP_RET_TRAP)};

	CHECK(INSTALL(code, 0) == 0);
	syscall(SYS_getuid);
}

static int ends[2];

static void *late(void *nothing)
{
	char byte;

	CHECK(read(ends[0], &byte, 1) == 1);
	CHECK(syscall(SYS_getuid) == -1 && errno == EXDEV);
	return nothing;
}

static void every_thread_gets_the_filter(void)
{
	struct sock_filter code[] = {LOAD_NUMBER,
				     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
				     ELSE(SECCOMP_RET_ERRNO | EXDEV), ELSE(SECCOMP_RET_ALLOW)};
	pthread_t threads[5];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(pthread_create(&threads[i], NULL, late, NULL) == 0);
	CHECK(INSTALL(code, SECCOMP_FILTER_FLAG_TSYNC) == 0);
	CHECK(write(ends[1], "12345", 5) == 5);
	for (int i = 0; i < 5; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void answer(int listener, int calls)
{
	struct seccomp_notif_sizes sizes;

	CHECK(syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0);
	while (calls-- > 0) {
		union {
			struct seccomp_notif notice;
			char room[512];
		} got = {0};
		union {
			struct seccomp_notif_resp response;
			char room[512];
		} made = {0};

		CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &got) == 0);
		CHECK(got.notice.data.nr == SYS_getuid);
		made.response.id = got.notice.id;
		made.response.val = 4242 + calls;
		CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &made) == 0);
	}
}

/* A supervisor of the program's own answers a call. */
static void a_listener_hears_and_answers(void)
{
	struct sock_filter code[] = {LOAD_NUMBER,
				     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
				     ELSE(SECCOMP_RET_USER_NOTIF), ELSE(SECCOMP_RET_ALLOW)};
	int listener, status;
	pid_t child;

	listener = (int)INSTALL(code, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	CHECK(listener >= 0);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 40; i++)
			CHECK(syscall(SYS_getuid) == 4242 + 39 - i);
		_exit(3);
	}
	answer(listener, 40);
	CHECK(waitpid(child, &status, 0) == child && status == 3 << 8);
	CHECK(INSTALL(code, SECCOMP_FILTER_FLAG_NEW_LISTENER) == -1 && errno == EBUSY);
}

static void mode_and_filters_read_as_they_are(void)
{
	struct sock_filter all[] = {ELSE(SECCOMP_RET_ALLOW)};

	CHECK(prctl(PR_GET_SECCOMP) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x80000, all) == -1 && errno == EINVAL);
	CHECK(INSTALL(all, 0) == 0 && prctl(PR_GET_SECCOMP) == 2);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	in_a_child(a_reporter_hears_of_every_call_that_it_did_not_allow, 7 << 8);
	in_a_child(a_reporter_that_ends_allows_no_return, 7 << 8);
	in_a_child(nothing_is_called_that_the_program_does_not_call, 7 << 8);
	in_a_child(every_thread_gets_the_filter, 7 << 8);
	in_a_child(a_listener_hears_and_answers, 7 << 8);
	in_a_child(mode_and_filters_read_as_they_are, 7 << 8);
	prctl(PR_SET_DUMPABLE, 0);
	in_a_child(an_unknown_call_kills, SIGSYS);
	in_a_child(an_unhandled_trap_kills, SIGSYS);
	return done();
}
