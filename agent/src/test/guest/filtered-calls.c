/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filtered-calls - asks the kernel what a filter answers, without making any
 * of the calls that it allows.
 *
 * For each filter on standard input, a process with two threads is forked; the
 * second thread ("caller") is traced by us. It installs first a filter that
 * answers RET_TRACE with the data EXECUTES to everything, then the filter
 * under test. RET_TRACE beats ALLOW and LOG and loses against every refusal,
 * so the tracer hears of each call that would be executed, and skips it.
 *
 *   input   u32 instructions, u32 calls, the sock_filter records,
 *           for each call: u32 way (0 syscall, 1 int 0x80), u32 number, u64 arguments[6]
 *   output  for each call: u32 kind (see below), u32 data
 *
 * NOTIFY has no listener here, so the kernel answers it by ENOSYS. Built with
 * -mno-red-zone: int 0x80 needs the stack for two registers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXECUTES    0xfeed
#define CALLS_MAX   100000
#define ONLY_CALLER 7 /* exit status of the process if the caller alone was killed */
#define PTRACE_OPTS (PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)

enum kind { LOST, RETURNED, TRACED, TRAPPED, THREAD_KILLED, PROCESS_KILLED, REFUSED };

struct call {
	uint32_t way;
	uint32_t number;
	uint64_t arguments[6];
};

struct answer {
	uint32_t kind;
	uint32_t data;
};

/* Shared by us and the process under test. */
struct board {
	volatile int tid;
	volatile int go;
	volatile int calling; /* both filters are there */
	volatile uint32_t at;
	struct answer answers[CALLS_MAX];
};

static struct board *board;
static struct sock_filter filter[BPF_MAXINSNS];
static struct call calls[CALLS_MAX];
static uint32_t instruction_count, call_count;
static jmp_buf resume;

static int install(struct sock_filter *instructions, unsigned int count)
{
	struct sock_fprog program = {(unsigned short)count, instructions};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static long by_syscall(const struct call *call)
{
	register long r10 __asm__("r10") = (long)call->arguments[3];
	register long r8 __asm__("r8") = (long)call->arguments[4];
	register long r9 __asm__("r9") = (long)call->arguments[5];
	long result = (int)call->number;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(call->arguments[0]), "S"(call->arguments[1]),
			   "d"(call->arguments[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static long by_int80(const struct call *call)
{
	long result = (int)call->number;
	const void *arguments = call->arguments;

	__asm__ volatile("push %%rbp\n\tpush %%rbx\n\t"
			 "mov 0(%1), %%rbx\n\tmov 8(%1), %%rcx\n\tmov 16(%1), %%rdx\n\t"
			 "mov 24(%1), %%rsi\n\tmov 40(%1), %%rbp\n\tmov 32(%1), %%rdi\n\t"
			 "int $0x80\n\tpop %%rbx\n\tpop %%rbp"
			 : "+a"(result), "+D"(arguments)
			 :
			 : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

/* No call is needed to go on: the signal is not blocked meanwhile (SA_NODEFER). */
static void trapped(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	board->answers[board->at].data = (uint32_t)info->si_errno;
	board->answers[board->at].kind = TRAPPED;
	longjmp(resume, 1);
}

static void make_calls(void)
{
	while (board->at < call_count) {
		const struct call *call = &calls[board->at];
		struct answer *answer = &board->answers[board->at];

		if (_setjmp(resume) == 0) {
			long result = call->way ? by_int80(call) : by_syscall(call);

			if (answer->kind == LOST) {
				answer->data = (uint32_t)-result;
				answer->kind = RETURNED;
			}
		}
		board->at = board->at + 1;
	}
}

static void *caller(void *unused)
{
	struct sock_filter base[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | EXECUTES)};
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER};

	(void)unused;
	sigaction(SIGSYS, &action, NULL);
	board->tid = gettid();
	while (!board->go)
		usleep(20);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || install(base, 1) != 0 ||
	    install(filter, instruction_count) != 0) {
		board->answers[board->at].data = (uint32_t)errno;
		board->answers[board->at].kind = REFUSED;
	} else {
		board->calling = 1;
		make_calls();
	}
	/* The end without a call. */
	for (;;)
		__builtin_trap();
}

__attribute__((noreturn)) static void under_test(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, caller, NULL) != 0)
		_exit(1);
	pthread_join(thread, NULL);
	_exit(ONLY_CALLER);
}

/* The caller stands before a call that both filters let pass. */
static void skip_call(pid_t tid)
{
	struct user_regs_struct registers;
	unsigned long data = 0;

	if (!board->calling)
		return;
	if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &data) != 0 ||
	    ptrace(PTRACE_GETREGS, tid, NULL, &registers) != 0)
		return;
	board->answers[board->at].data = (uint32_t)data;
	board->answers[board->at].kind = TRACED;
	registers.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, tid, NULL, &registers);
}

/* Until the process is gone. Returns its wait status. */
static int follow(pid_t pid, pid_t tid)
{
	for (;;) {
		int status;
		pid_t who = waitpid(-1, &status, __WALL);

		if (who < 0)
			return -1;
		if (who == pid && !WIFSTOPPED(status))
			return status;
		if (who != tid || !WIFSTOPPED(status))
			continue;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			skip_call(tid);
			ptrace(PTRACE_CONT, tid, NULL, NULL);
		} else {
			int event = status >> 16;

			ptrace(PTRACE_CONT, tid, NULL,
			       event ? NULL : (void *)(long)WSTOPSIG(status));
		}
	}
}

/* Makes calls from board->at on, until the end or until the filter kills. Returns 0 if that is
 * impossible. */
static int round_of_calls(void)
{
	struct answer *answer;
	int status;
	pid_t pid;

	board->tid = board->go = board->calling = 0;
	pid = fork();
	if (pid == 0)
		under_test();
	if (pid < 0)
		return 0;
	while (!board->tid)
		usleep(20);
	if (ptrace(PTRACE_SEIZE, board->tid, NULL, PTRACE_OPTS) != 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return 0;
	}
	board->go = 1;
	status = follow(pid, board->tid);
	if (board->at >= call_count)
		return 1;
	answer = &board->answers[board->at];
	if (answer->kind == REFUSED)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == ONLY_CALLER)
		answer->kind = THREAD_KILLED;
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		answer->kind = PROCESS_KILLED;
	else
		answer->data = (uint32_t)status;
	board->at = board->at + 1;
	return 1;
}

static int read_request(void)
{
	if (fread(&instruction_count, 4, 1, stdin) != 1 || fread(&call_count, 4, 1, stdin) != 1)
		return 0;
	return instruction_count <= BPF_MAXINSNS && call_count <= CALLS_MAX &&
	       fread(filter, sizeof(filter[0]), instruction_count, stdin) == instruction_count &&
	       fread(calls, sizeof(calls[0]), call_count, stdin) == call_count;
}

int main(void)
{
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		return 1;
	while (read_request()) {
		memset((void *)board->answers, 0, call_count * sizeof(board->answers[0]));
		board->at = 0;
		while (board->at < call_count && round_of_calls())
			;
		if (fwrite((void *)board->answers, sizeof(board->answers[0]), call_count, stdout) !=
			    call_count ||
		    fflush(stdout) != 0)
			return 1;
	}
	return 0;
}
