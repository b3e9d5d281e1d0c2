/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject.c - system calls in somebody else's name.
 *
 * At PTRACE_EVENT_STOP the kernel stands where it looks for signals on the way back to the program.
 * A call that was interrupted has -ERESTART* in rax then, and is made again, or ends with EINTR, by
 * what the kernel finds in the registers when the stop is over. So after our own calls, which end
 * at a syscall-exit-stop, the task is led to a PTRACE_EVENT_STOP once more, and the registers are
 * put back there: whatever would have become of the interrupted call becomes of it now.
 *
 * While it works for us, the task's signals are blocked, but not those that a fault or a filter
 * forces on it: the kernel kills a process that blocks these.
 */
#include "inject.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "event.h"
#include "memory.h"
#include "supervisor.h"

#define CODE_64	     0x33 /* code segment of 64-bit programs on x86-64 Linux */
#define STEPS	     64	  /* stops that one call may take */
#define VDSO_MAX     8192
#define SYSINFO_EHDR 33 /* AT_SYSINFO_EHDR, linux/auxvec.h */

/* Of linux/ptrace.h and linux/rseq.h. */
#define GET_RSEQ_CONFIGURATION 0x420f
struct rseq_configuration {
	uint64_t pointer;
	uint32_t size, signature, flags, reserved;
};
struct rseq_section {
	uint32_t version, flags;
	uint64_t start, length, abort;
};

static const unsigned char syscall_instruction[2] = {0x0f, 0x05};

long inject_find(const unsigned char *code, size_t length)
{
	const unsigned char *at =
		memmem(code, length, syscall_instruction, sizeof(syscall_instruction));

	return at ? at - code : -1;
}

uint64_t inject_vector(const void *auxv, size_t length, uint64_t type)
{
	uint64_t entry[2];

	for (size_t at = 0; at + sizeof(entry) <= length; at += sizeof(entry)) {
		memcpy(entry, (const char *)auxv + at, sizeof(entry));
		if (entry[0] == type)
			return entry[1];
	}
	return 0;
}

static uint64_t hex_field(const char *status, const char *field)
{
	const char *line = strstr(status, field);

	return line ? strtoull(line + strlen(field), NULL, 16) : 0;
}

uint64_t inject_deliverable(const char *status)
{
	return (hex_field(status, "\nSigPnd:") | hex_field(status, "\nShdPnd:")) &
	       ~hex_field(status, "\nSigBlk:");
}

static bool is_syscall(pid_t tid, uint64_t address)
{
	unsigned char code[2];

	return memory_read(tid, address, code, sizeof(code)) == sizeof(code) &&
	       memcmp(code, syscall_instruction, sizeof(code)) == 0;
}

/* The instruction by which it made its last call, else one of the vDSO; 0: none. */
static uint64_t find_place(pid_t tid, uint64_t instruction_pointer)
{
	static unsigned char code[VDSO_MAX]; /* the supervisor has one thread */
	char auxv[1024];
	uint64_t vdso;
	ssize_t n;
	long at;

	if (is_syscall(tid, instruction_pointer - 2))
		return instruction_pointer - 2;
	vdso = inject_vector(auxv, proc_read(tid, "auxv", auxv, sizeof(auxv)), SYSINFO_EHDR);
	if (!vdso)
		return 0;
	n = memory_read(tid, vdso, code, sizeof(code));
	if (n <= 0)
		n = memory_read(tid, vdso, code, VDSO_MAX / 2);
	at = n > 0 ? inject_find(code, (size_t)n) : -1;
	return at < 0 ? 0 : vdso + (uint64_t)at;
}

/* A restartable sequence that we interrupt is aborted, as by any other interruption: the kernel
 * would not do it, because it looks only at where the task is when it goes on. */
static void abort_sequence(pid_t tid, struct user_regs_struct *registers)
{
	struct rseq_configuration configuration;
	struct rseq_section section;
	uint64_t at;

	if (ptrace((enum __ptrace_request)GET_RSEQ_CONFIGURATION, tid, sizeof(configuration),
		   &configuration) != sizeof(configuration) ||
	    !configuration.pointer ||
	    memory_read(tid, configuration.pointer + 8, &at, sizeof(at)) != sizeof(at) || !at ||
	    memory_read(tid, at, &section, sizeof(section)) != sizeof(section))
		return;
	if (registers->rip - section.start < section.length)
		registers->rip = section.abort;
}

static uint64_t blocked_for_us(void)
{
	static const int forced[] = {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
	uint64_t mask = ~0ULL;

	for (size_t i = 0; i < sizeof(forced) / sizeof(*forced); i++)
		mask &= ~(1ULL << (forced[i] - 1));
	return mask;
}

enum injectable inject_begin(struct injection *in, pid_t tid, int status)
{
	uint64_t all = blocked_for_us();

	*in = (struct injection){.tid = tid, .status = status};
	if (ptrace(PTRACE_GETREGS, tid, NULL, &in->registers) < 0 ||
	    ptrace(PTRACE_GETSIGMASK, tid, sizeof(in->mask), &in->mask) < 0)
		return INJECT_GONE;
	if (in->registers.cs != CODE_64)
		return INJECT_NARROW;
	in->place = find_place(tid, in->registers.rip);
	if (!in->place)
		return INJECT_NO_PLACE;
	abort_sequence(tid, &in->registers);
	return ptrace(PTRACE_SETSIGMASK, tid, sizeof(all), &all) < 0 ? INJECT_GONE : INJECT_READY;
}

/* Lets the task go on to its next stop. False: it ends. */
static bool step(struct injection *in, int signal)
{
	pid_t got;

	if (ptrace(PTRACE_SYSCALL, in->tid, NULL, (void *)(long)signal) < 0 && errno != ESRCH) {
		in->lost = true;
		return false;
	}
	do
		got = waitpid(in->tid, &in->status, __WALL);
	while (got < 0 && errno == EINTR);
	if (got != in->tid)
		in->status = SIGKILL; /* it vanished: a sibling executed */
	switch (event_of_status(in->status)) {
	case EVENT_EXECUTED: /* a sibling did, and has its id now */
	case EVENT_EXITED:
	case EVENT_KILLED:
	case EVENT_EXITING:
		in->lost = true;
		return false;
	default:
		return true;
	}
}

/* A signal although they are blocked: SIGSTOP is handed on, what our call brought about is not. */
static int signal_to_pass(struct injection *in)
{
	int signal = WSTOPSIG(in->status);

	if (signal == SIGSTOP)
		return signal;
	in->trapped = true;
	return 0;
}

long inject_call(struct injection *in, long number, const uint64_t arguments[6])
{
	struct user_regs_struct registers = in->registers;
	int syscalls = 0, signal = 0;

	registers.rip = in->place;
	registers.rax = (unsigned long long)number;
	registers.orig_rax = ~0ULL; /* in no call: nothing to make again */
	registers.rdi = arguments[0];
	registers.rsi = arguments[1];
	registers.rdx = arguments[2];
	registers.r10 = arguments[3];
	registers.r8 = arguments[4];
	registers.r9 = arguments[5];
	in->trapped = false;
	if (ptrace(PTRACE_SETREGS, in->tid, NULL, &registers) < 0)
		return -ESRCH; /* killed; the next step finds out */
	for (int i = 0; i < STEPS; i++) {
		if (!step(in, signal))
			return -ESRCH;
		signal = 0;
		switch (event_of_status(in->status)) {
		case EVENT_SYSCALL:
			if (++syscalls < 2) { /* the entry; filters come behind it */
				if (in->shown)
					ptrace(PTRACE_POKEUSER, in->tid,
					       (void *)offsetof(struct user_regs_struct, rip),
					       (void *)in->shown);
				break;
			}
			if (ptrace(PTRACE_GETREGS, in->tid, NULL, &registers) < 0)
				return -ESRCH;
			return (long)registers.rax;
		case EVENT_SIGNAL:
			signal = signal_to_pass(in);
			if (in->trapped)
				return -EPERM;
			break;
		default:
			break; /* RET_TRACE: to go on is to allow; other stops are nobody's */
		}
	}
	return -EIO;
}

bool inject_end(struct injection *in)
{
	for (int i = 0; i < STEPS; i++) {
		enum trace_event event;
		int signal = 0;

		ptrace(PTRACE_INTERRUPT, in->tid, NULL, NULL);
		if (event_of_status(in->status) == EVENT_SIGNAL)
			signal = signal_to_pass(in);
		if (!step(in, signal))
			return false;
		event = event_of_status(in->status);
		if (event == EVENT_INTERRUPTED || event == EVENT_GROUP_STOP)
			break;
	}
	ptrace(PTRACE_SETREGS, in->tid, NULL, &in->registers);
	ptrace(PTRACE_SETSIGMASK, in->tid, sizeof(in->mask), &in->mask);
	return true;
}

/* Calls that end with EINTR at any interruption, even where no handler ran (signal(7)): made again
 * they do what they would have done, with a time limit that begins anew. */
static bool ends_with_eintr(uint64_t number)
{
	static const uint16_t numbers[] = {
		SYS_epoll_wait, SYS_epoll_pwait,  SYS_epoll_pwait2,    SYS_semop,
		SYS_semtimedop, SYS_io_getevents, SYS_rt_sigtimedwait,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

void inject_retry(struct task *task)
{
	struct user_regs_struct registers;
	char status[4096];

	if (!task->nudged)
		return;
	task->nudged = false;
	if (ptrace(PTRACE_GETREGS, task->tid, NULL, &registers) < 0 || registers.cs != CODE_64 ||
	    (long)registers.rax != -EINTR || !ends_with_eintr(registers.orig_rax) ||
	    !is_syscall(task->tid, registers.rip - 2) ||
	    !proc_read(task->tid, "status", status, sizeof(status)) || inject_deliverable(status))
		return;
	registers.rax = registers.orig_rax;
	registers.orig_rax = ~0ULL;
	registers.rip -= 2;
	ptrace(PTRACE_SETREGS, task->tid, NULL, &registers);
}
