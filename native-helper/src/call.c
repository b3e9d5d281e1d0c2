/* SPDX-License-Identifier: Apache-2.0 */
/* call.c - one reported call: count it, look its shape up, tell of it once, carry the verdict out.
 */
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "backtrace.h"
#include "memory.h"
#include "supervisor.h"
#include "tally.h"

#define SOCKADDR_MAX	128	   /* sizeof(struct sockaddr_storage) */
#define UNTRACED	0x00800000 /* CLONE_UNTRACED, linux/sched.h */
#define TRACE_ME	0	   /* PTRACE_TRACEME */
#define USER(register)	((void *)offsetof(struct user_regs_struct, register))
#define NUMBERS_PER_ABI 3

/* Numbers that the supervisor itself must look at: x86-64, i386, x32. */
static const uint32_t clone_number[NUMBERS_PER_ABI] = {56, 120, 56};
static const uint32_t clone3_number[NUMBERS_PER_ABI] = {435, 435, 435};
static const uint32_t ptrace_number[NUMBERS_PER_ABI] = {101, 26, 521};

bool call_read(pid_t tid, struct call *call, int *op)
{
	struct __ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
		return false;
	*op = info.op;
	call->arch = info.arch;
	call->instruction_pointer = info.instruction_pointer;
	/* entry and seccomp begin alike */
	call->number = (uint32_t)info.seccomp.nr;
	memcpy(call->arguments, info.seccomp.args, sizeof(call->arguments));
	call->data = info.op == PTRACE_SYSCALL_INFO_SECCOMP ? info.seccomp.ret_data : 0;
	call_classify(call);
	return true;
}

/* Makes the kernel skip the call and return -error. On x86 number -1 is never run and the
 * return register stays as it is. */
static void skip_call(pid_t tid, int error)
{
	ptrace(PTRACE_POKEUSER, tid, USER(orig_rax), (void *)-1L);
	ptrace(PTRACE_POKEUSER, tid, USER(rax), (void *)(long)-error);
}

/* Kills the process by SIGSYS, as SECCOMP_RET_KILL_PROCESS would; by SIGKILL where SIGSYS would
 * not kill it. */
static void kill_by_filter(struct supervisor *s, struct task *task)
{
	char status[4096];
	uint64_t bit = 1ULL << (SIGSYS - 1), mask;
	const char *caught, *ignored;
	bool deaf;

	proc_read(task->tid, "status", status, sizeof(status));
	caught = strstr(status, "SigCgt:");
	ignored = strstr(status, "SigIgn:");
	deaf = !caught || !ignored ||
	       ((strtoull(caught + 7, NULL, 16) | strtoull(ignored + 7, NULL, 16)) & bit);
	skip_call(task->tid, ENOSYS);
	if (deaf) {
		kill(task->tgid, SIGKILL);
	} else {
		if (ptrace(PTRACE_GETSIGMASK, task->tid, sizeof(mask), &mask) == 0 &&
		    (mask & bit)) {
			mask &= ~bit;
			ptrace(PTRACE_SETSIGMASK, task->tid, sizeof(mask), &mask);
		}
		syscall(SYS_tgkill, task->tgid, task->tid, SIGSYS);
	}
	supervisor_resume(s, task, 0);
}

/* Does what the filter's data asks for. */
static void act_by_data(struct supervisor *s, struct task *task, const struct call *call)
{
	if (call->data == WIRE_DATA_KILL) {
		kill_by_filter(s, task);
		return;
	}
	if (call->data >= 1 && call->data <= 4095)
		skip_call(task->tid, (int)call->data);
	supervisor_resume(s, task, 0);
}

static void act(struct supervisor *s, struct task *task, const struct call *call, uint32_t verdict,
		uint32_t error)
{
	long answer = 0;

	if (s->ack && verdict != WIRE_VERDICT_DENY && verdict != WIRE_VERDICT_KILL &&
	    handover_guards(s, task, call, &answer)) {
		skip_call(task->tid, (int)-answer);
		supervisor_resume(s, task, 0);
		return;
	}
	switch (verdict) {
	case WIRE_VERDICT_DENY:
		skip_call(task->tid, error <= 4095 ? (int)error : EPERM);
		supervisor_resume(s, task, 0);
		break;
	case WIRE_VERDICT_KILL:
		kill(task->tgid, SIGKILL);
		break;
	case WIRE_VERDICT_ACKNOWLEDGED:
		task->permitted = true;
		supervisor_resume(s, task, 0);
		break;
	default:
		act_by_data(s, task, call);
		break;
	}
}

static bool is_zero_pointer(const struct call *call, int i)
{
	return call->arguments[i] == 0;
}

/* The texts of one argument; 0 or 1. */
static unsigned read_argument(struct supervisor *s, struct task *task, const struct call *call,
			      const struct wire_call_facts *facts, int i, char *to,
			      struct text *text)
{
	uint8_t kind = __atomic_load_n(&facts->text[i], __ATOMIC_RELAXED);
	uint8_t length_at = __atomic_load_n(&facts->length[i], __ATOMIC_RELAXED);
	ssize_t n = -1;
	bool truncated = false;

	if ((kind != WIRE_TEXT_PATH && kind != WIRE_TEXT_SOCKADDR) || is_zero_pointer(call, i))
		return 0;
	if (kind == WIRE_TEXT_PATH) {
		n = memory_read_string(task->tid, call->arguments[i], to, WIRE_TEXT_MAX,
				       &truncated);
	} else if (length_at < WIRE_ARGUMENTS) {
		uint32_t size = (uint32_t)call->arguments[length_at];

		n = size == 0 ? 0
			      : memory_read(task->tid, call->arguments[i], to,
					    size < SOCKADDR_MAX ? size : SOCKADDR_MAX);
	}
	if (n < 0) {
		segment_lose(s->segment, WIRE_LOSS_TEXT);
		return 0;
	}
	*text = (struct text){kind, (uint8_t)i, truncated, (uint32_t)n, to};
	return 1;
}

static bool read_target(void *context, uint64_t address, void *to, size_t size)
{
	return memory_read(*(pid_t *)context, address, to, size) == (ssize_t)size;
}

/* The callers, for a person who is asked. Returns how many texts. */
static unsigned read_frames(struct task *task, const struct call *call, char (*room)[WIRE_TEXT_MAX],
			    struct text *texts)
{
	struct user_regs_struct registers;
	uint64_t frames[BACKTRACE_MAX], offset;
	unsigned found, count = 0;

	if (call->abi != WIRE_ABI_X86_64 || ptrace(PTRACE_GETREGS, task->tid, NULL, &registers) < 0)
		return 0;
	found = backtrace_walk(registers.rsp, registers.rbp, read_target, &task->tid, frames);
	for (unsigned i = 0; i < found; i++) {
		size_t n = memory_site(task->tid, frames[i], room[count] + sizeof(offset),
				       WIRE_TEXT_MAX - sizeof(offset), &offset);

		if (!n)
			break; /* code without a file says nothing, and nothing behind it is sure */
		memcpy(room[count], &offset, sizeof(offset));
		texts[count] = (struct text){WIRE_TEXT_FRAME, 255, false,
					     (uint32_t)(n + sizeof(offset)), room[count]};
		count++;
	}
	return count;
}

/* Everything that goes with a first sighting. Returns how many texts. */
static unsigned read_texts(struct supervisor *s, struct task *task, const struct call *call,
			   bool asked, struct text *texts, uint64_t *site_offset)
{
	static char room[TEXTS_MAX][WIRE_TEXT_MAX]; /* the supervisor has one thread */
	const struct wire_call_facts *facts = segment_facts(s->segment, call);
	unsigned count = 0;
	size_t n;

	n = memory_site(task->tid, call->instruction_pointer, room[count], WIRE_TEXT_MAX,
			site_offset);
	if (n) {
		texts[count] = (struct text){WIRE_TEXT_SITE, 255, false, (uint32_t)n, room[count]};
		count++;
	}
	n = proc_read(task->tid, "comm", room[count], 64);
	if (n) {
		texts[count] =
			(struct text){WIRE_TEXT_COMMAND, 255, false, (uint32_t)n - 1, room[count]};
		count++;
	}
	for (int i = 0; facts && i < WIRE_ARGUMENTS; i++)
		count += read_argument(s, task, call, facts, i, room[count], &texts[count]);
	if (asked)
		count += read_frames(task, call, room + count, texts + count);
	return count;
}

static bool publish_call(struct supervisor *s, struct task *task, const struct call *call,
			 uint64_t fingerprint, uint16_t flags, int64_t result)
{
	struct text texts[TEXTS_MAX];
	struct wire_record record = {
		.kind = WIRE_KIND_CALL,
		.flags = (uint16_t)(flags | WIRE_FLAG_AT_ENTRY),
		.pid = task->tgid,
		.tid = task->tid,
		.arch = call->arch,
		.number = call->number,
		.instruction_pointer = call->instruction_pointer,
		.result = result,
		.fingerprint = fingerprint,
		.image = task->image,
	};
	unsigned count =
		read_texts(s, task, call, flags & WIRE_FLAG_HELD, texts, &record.site_offset);

	memcpy(record.arguments, call->arguments, sizeof(record.arguments));
	return supervisor_publish(s, &record, texts, count);
}

static uint64_t fingerprint_of(struct supervisor *s, uint64_t image_hash, const struct call *call)
{
	const struct wire_call_facts *facts = segment_facts(s->segment, call);

	return fingerprint_call(image_hash, call, facts ? facts->mask : NULL);
}

/* Flags and result that the filter's data means. */
static uint16_t flags_of_data(uint32_t data, int64_t *result)
{
	*result = 0;
	if (data == WIRE_DATA_KILL)
		return WIRE_FLAG_KILLED;
	if (data == 0 || data > 4095)
		return 0;
	*result = -(int64_t)data;
	return WIRE_FLAG_DENIED | WIRE_FLAG_RESULT;
}

/* First sighting of a shape: publish, then take its slot. */
static void sight(struct supervisor *s, struct task *task, const struct call *call,
		  uint64_t fingerprint, struct wire_shape *free_slot, uint16_t more_flags)
{
	int64_t result;
	uint16_t flags = flags_of_data(call->data, &result);

	if (publish_call(s, task, call, fingerprint, flags | more_flags, result))
		tally_new(s, free_slot, fingerprint);
}

/* The supervisor's own business with some calls, before anybody else decides. */
static void look_at_call(struct supervisor *s, struct task *task, const struct call *call)
{
	uint64_t flags;

	if (call->index == clone_number[call->abi] && (call->arguments[0] & UNTRACED)) {
		task->untraced_flags = call->arguments[0];
		flags = call->arguments[0] & ~(uint64_t)UNTRACED;
		if (call->abi == WIRE_ABI_I386)
			ptrace(PTRACE_POKEUSER, task->tid, USER(rbx), (void *)flags);
		else
			ptrace(PTRACE_POKEUSER, task->tid, USER(rdi), (void *)flags);
		task->untraced = true;
		task->untraced_at = 0;
	} else if (call->index == clone3_number[call->abi] &&
		   memory_read(task->tid, call->arguments[0], &flags, sizeof(flags)) ==
			   sizeof(flags) &&
		   (flags & UNTRACED)) {
		task->untraced_flags = flags;
		flags &= ~(uint64_t)UNTRACED;
		ptrace(PTRACE_POKEDATA, task->tid, (void *)call->arguments[0], (void *)flags);
		task->untraced = true;
		task->untraced_at = call->arguments[0];
	} else if (call->index == ptrace_number[call->abi] &&
		   ((uint32_t)call->arguments[0] == TRACE_ME ||
		    (((uint32_t)call->arguments[0] == PTRACE_ATTACH ||
		      (uint32_t)call->arguments[0] == PTRACE_SEIZE) &&
		     task_find(&s->tasks, (pid_t)call->arguments[1])))) {
		segment_note(s->segment, WIRE_NOTE_PTRACE_REFUSED);
	}
	if (task->untraced) {
		segment_note(s->segment, WIRE_NOTE_UNTRACED_CLEARED);
		task->call = *call;
	}
}

static void hold(struct supervisor *s, struct task *task, const struct call *call,
		 uint64_t fingerprint)
{
	task->held = true;
	task->call = *call;
	task->fingerprint = fingerprint;
	s->tasks.held++;
}

static bool asks(const struct supervisor *s)
{
	return __atomic_load_n(&s->segment->header.ask, __ATOMIC_ACQUIRE) == 1 && !s->silent &&
	       !__atomic_load_n(&s->control->learner_gone, __ATOMIC_ACQUIRE);
}

/* Asks the learner; false if the question could not be put. */
static bool ask(struct supervisor *s, struct task *task, const struct call *call,
		uint64_t fingerprint, struct wire_shape *shape)
{
	if (!asks(s))
		return false;
	hold(s, task, call, fingerprint);
	if (!publish_call(s, task, call, fingerprint, WIRE_FLAG_HELD, 0)) {
		task->held = false;
		s->tasks.held--;
		return false;
	}
	if (shape->fingerprint == 0)
		tally_new(s, shape, fingerprint);
	return true;
}

void call_stop(struct supervisor *s, struct task *task, const struct call *call)
{
	uint64_t fingerprint = fingerprint_of(s, task->image_hash, call);
	struct wire_shape *shape = segment_shape(s->segment, fingerprint);
	uint32_t verdict = WIRE_VERDICT_NONE, error = 0;

	task->permitted = false;
	if (!s->silent) {
		tally_number(s, call);
		if (!s->ack) /* else added up from the counters */
			__atomic_store_n(&s->segment->header.stops, s->segment->header.stops + 1,
					 __ATOMIC_RELAXED);
	}
	look_at_call(s, task, call);
	if (shape && shape->fingerprint) {
		verdict = __atomic_load_n(&shape->verdict, __ATOMIC_ACQUIRE);
		error = __atomic_load_n(&shape->verdict_errno, __ATOMIC_RELAXED);
	}
	if (s->silent) {
		act(s, task, call, verdict, error);
		return;
	}
	if (!shape) {
		segment_lose(s->segment, WIRE_LOSS_SHAPES_FULL);
	} else if (shape->fingerprint) {
		tally_known(s, shape);
	}
	if (shape && verdict == WIRE_VERDICT_NONE && ask(s, task, call, fingerprint, shape))
		return;
	if (shape && !shape->fingerprint)
		sight(s, task, call, fingerprint, shape, 0);
	act(s, task, call, verdict, error);
}

/* Between entry and exit stop: the verdict was carried out at the entry. Number -1 is a call that
 * we took out there. Without a filter of ours it is one of the target's own, for a tracer that it
 * has not got. */
void call_filtered(struct supervisor *s, struct task *task, const struct call *call)
{
	if (task->filter.has == 0) {
		skip_call(task->tid, ENOSYS);
		supervisor_resume(s, task, 0);
	} else if (task->permitted || call->number == UINT32_MAX) {
		supervisor_resume(s, task, 0);
	} else {
		act_by_data(s, task, call);
	}
}

static void unhold(struct supervisor *s, struct task *task)
{
	task->held = false;
	s->tasks.held--;
}

void call_answer(struct supervisor *s, struct task *task, uint32_t verdict, uint32_t error)
{
	struct call call = task->call;

	unhold(s, task);
	act(s, task, &call, verdict, error);
}

void call_look_again(struct supervisor *s, struct task *task)
{
	struct wire_shape *shape = segment_shape(s->segment, task->fingerprint);
	uint32_t verdict;

	if (!shape || !shape->fingerprint)
		return;
	verdict = __atomic_load_n(&shape->verdict, __ATOMIC_ACQUIRE);
	if (verdict != WIRE_VERDICT_NONE)
		call_answer(s, task, verdict,
			    __atomic_load_n(&shape->verdict_errno, __ATOMIC_RELAXED));
}

void call_let_go(struct supervisor *s, struct task *task)
{
	call_answer(s, task, WIRE_VERDICT_NONE, 0);
}

void call_killed(struct supervisor *s, struct task *task)
{
	struct call call = task->call;
	struct wire_shape *shape;
	uint64_t fingerprint;

	tally_number(s, &call);
	fingerprint = fingerprint_of(s, task->image_hash, &call);
	shape = segment_shape(s->segment, fingerprint);
	if (shape && shape->fingerprint)
		tally_known(s, shape);
	if (publish_call(s, task, &call, fingerprint, WIRE_FLAG_KILLED, 0) && shape &&
	    !shape->fingerprint)
		tally_new(s, shape, fingerprint);
}

void call_launch(struct supervisor *s, struct task *task)
{
	struct wire_record record = {.kind = WIRE_KIND_CALL, .flags = WIRE_FLAG_LAUNCH};
	struct call call = task->call;
	struct wire_shape *shape;
	uint64_t fingerprint;

	if (!task->launch_seen) {
		/* The filter knows execve and did not report it. */
		call = (struct call){.arch = AUDIT_ARCH_X86_64, .number = SYS_execve};
		call_classify(&call);
	}
	/* The launcher is no part of the target: its execve has a shape without an image. */
	fingerprint = fingerprint_of(s, 0, &call);
	tally_number(s, &call);
	shape = segment_shape(s->segment, fingerprint);
	record.pid = task->tgid;
	record.tid = task->tid;
	record.arch = call.arch;
	record.number = call.number;
	record.instruction_pointer = call.instruction_pointer;
	record.fingerprint = fingerprint;
	memcpy(record.arguments, call.arguments, sizeof(record.arguments));
	if (!supervisor_publish(s, &record, NULL, 0) || !shape)
		return;
	if (shape->fingerprint)
		tally_known(s, shape);
	else
		tally_new(s, shape, fingerprint);
}
