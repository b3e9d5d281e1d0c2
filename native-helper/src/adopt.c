/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt.c - the way back. A task that was traced has executed a 64-bit image:
 * the kernel has loaded it, with its stack, name and everything, and not one
 * instruction has run. The filter would kill it at its first call. So the task
 * maps the stub, segment and area by calls that we have it make, and begins in
 * the stub, which arms SIGSYS and jumps to the image.
 *
 * Those calls pass the filter because a tracer may change the registers at the
 * entry stop, which comes before filters look: they see an instruction pointer
 * inside the stub. At the exit stop the true one comes back.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "inject.h"
#include "memory.h"
#include "supervisor.h"

#include "../stub/layout.h"
#include "../stub/masks.h"

#define PAGE	 4096ULL
#define SEGMENTS 8
#define PLACED	 (MAP_PRIVATE | MAP_FIXED_NOREPLACE)

/* What of the stub's file has to be known. */
struct stub_file {
	uint64_t entry;
	unsigned count;
	Elf64_Phdr loads[SEGMENTS];
};

static const struct stub_file *read_stub(int fd)
{
	static struct stub_file stub; /* once read it stays */
	Elf64_Ehdr head;
	Elf64_Phdr header;

	if (stub.count)
		return &stub;
	if (pread(fd, &head, sizeof(head), 0) != sizeof(head))
		return NULL;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		if (pread(fd, &header, sizeof(header),
			  (off_t)(head.e_phoff + i * sizeof(header))) != sizeof(header))
			return NULL;
		if (header.p_type == PT_LOAD && stub.count < SEGMENTS)
			stub.loads[stub.count++] = header;
	}
	stub.entry = head.e_entry;
	return stub.count ? &stub : NULL;
}

static bool map(struct injection *in, uint64_t address, uint64_t size, int protection, int flags,
		int fd, uint64_t offset)
{
	const uint64_t arguments[6] = {
		address,	 (size + PAGE - 1) & ~(PAGE - 1), (uint64_t)protection,
		(uint64_t)flags, (uint64_t)(int64_t)fd,		  offset};

	return size == 0 || inject_call(in, SYS_mmap, arguments) == (long)address;
}

static bool map_part(struct injection *in, const Elf64_Phdr *part, int fd)
{
	static const char zeros[PAGE];
	uint64_t start = part->p_vaddr & ~(PAGE - 1), end = part->p_vaddr + part->p_memsz;
	uint64_t file_end = part->p_vaddr + part->p_filesz;
	uint64_t page_end = (file_end + PAGE - 1) & ~(PAGE - 1);
	int protection = (part->p_flags & PF_R ? PROT_READ : 0) |
			 (part->p_flags & PF_W ? PROT_WRITE : 0) |
			 (part->p_flags & PF_X ? PROT_EXEC : 0);

	if (part->p_filesz == 0)
		page_end = start;
	else if (!map(in, start, file_end - start, protection, PLACED, fd,
		      part->p_offset & ~(PAGE - 1)))
		return false;
	if (part->p_filesz && page_end > file_end && (part->p_flags & PF_W))
		memory_write(in->tid, file_end, zeros, page_end - file_end);
	return end <= page_end ||
	       map(in, page_end, end - page_end, protection, PLACED | MAP_ANONYMOUS, -1, 0);
}

static bool map_all(struct supervisor *s, struct injection *in, const struct stub_file *stub)
{
	int base = s->ack->area->base;

	for (unsigned i = 0; i < stub->count; i++)
		if (!map_part(in, &stub->loads[i], base + ACK_FD_STUB))
			return false;
	return map(in, ACK_SEGMENT_ADDRESS, ACK_SHARED_SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED_NOREPLACE, base + ACK_FD_SEGMENT, 0);
}

static struct ack_exec *claim(struct supervisor *s, pid_t tid)
{
	for (int i = 0; i < ACK_EXECS; i++) {
		struct ack_exec *exec = &s->ack->area->execs[i];
		uint32_t free = 0;

		if (__atomic_compare_exchange_n(&exec->owner, &free, (uint32_t)tid, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return exec;
	}
	return NULL;
}

/* What the stub has to know of the image. */
static void fill(struct supervisor *s, const struct task *task, const struct injection *in,
		 struct ack_exec *exec)
{
	char status[4096], link[64];
	const char *ignored;
	ssize_t n;

	exec->handover = ACK_HANDOVER_NONE;
	exec->pid = 0;
	exec->flags = in->mask & ACK_SIGSYS_BIT ? ACK_EXEC_SIGSYS_BLOCKED : 0;
	exec->image = exec->interpreter = -1;
	exec->previous_image = task->image;
	exec->entry = in->registers.rip;
	exec->file = exec->canonical = 0;
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)task->tid);
	n = readlink(link, exec->text, WIRE_TEXT_MAX - 1);
	exec->text[n > 0 ? n : 0] = '\0';
	if (!proc_read(task->tid, "status", status, sizeof(status)))
		return;
	ignored = strstr(status, "SigIgn:");
	if (ignored && (strtoull(ignored + 7, NULL, 16) & ACK_SIGSYS_BIT))
		exec->flags |= ACK_EXEC_SIGSYS_IGNORED;
	if (s->filters > 0 && status_field(status, "Seccomp_filters:") > s->filters)
		exec->flags |= ACK_EXEC_CONFINED;
}

/* The next status of the task; of its end, if there is none. */
static int next_status(pid_t tid)
{
	int status;
	pid_t got;

	if (ptrace(PTRACE_SYSCALL, tid, NULL, NULL) < 0 && errno != ESRCH)
		return SIGKILL;
	do
		got = waitpid(tid, &status, __WALL);
	while (got < 0 && errno == EINTR);
	return got == tid ? status : SIGKILL;
}

/* From PTRACE_EVENT_EXEC to the end of execve. False: the task is about to end; *status says how.
 */
static bool leave_execve(pid_t tid, int *status)
{
	enum trace_event event;

	do {
		*status = next_status(tid);
		event = event_of_status(*status);
	} while (event == EVENT_INTERRUPTED || event == EVENT_GROUP_STOP);
	return event == EVENT_SYSCALL;
}

/* Registers for the stub's first instruction, the mask of the image, and no tracer. */
static void begin_in_stub(struct supervisor *s, struct injection *in, const struct stub_file *stub,
			  const struct ack_exec *exec)
{
	in->registers.rip = stub->entry + ACK_ADOPT_OFFSET;
	in->registers.rsi =
		ACK_AREA_ADDRESS + (uint64_t)((const char *)exec - (const char *)s->ack->area);
	in->registers.orig_rax = ~0ULL;
	ptrace(PTRACE_SETREGS, in->tid, NULL, &in->registers);
	ptrace(PTRACE_SETSIGMASK, in->tid, sizeof(in->mask), &in->mask);
	ptrace(PTRACE_DETACH, in->tid, NULL, NULL);
}

/* It cannot go on: its first call would kill it, and nobody would know why. */
static void refuse(struct supervisor *s, struct task *task, int reason)
{
	char link[64], path[WIRE_TEXT_MAX];
	struct text text = {WIRE_TEXT_IMAGE, 255, false, 0, path};
	struct wire_record record = {
		.kind = WIRE_KIND_REFUSED,
		.pid = task->tgid,
		.tid = task->tid,
		.arguments = {(uint64_t)reason},
		.result = -ENOEXEC,
		.image = task->image,
	};
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)task->tid);
	n = readlink(link, path, sizeof(path));
	text.length = n > 0 ? (uint32_t)n : 0;
	segment_lose(s->segment, WIRE_LOSS_IMAGE_REFUSED);
	supervisor_publish(s, &record, &text, 1);
	kill(task->tgid, SIGKILL);
}

void adopt_image(struct supervisor *s, struct task *task)
{
	const struct stub_file *stub = read_stub(s->ack->stub_fd);
	struct ack_exec *exec = claim(s, task->tid);
	struct injection in;
	pid_t tid = task->tid;
	int status;

	if (!stub || !exec) {
		refuse(s, task, EAGAIN);
		supervisor_resume(s, task, 0);
		return;
	}
	task->exec = exec; /* given back if it dies */
	if (!leave_execve(tid, &status)) {
		supervisor_dispatch(s, tid, status);
		return;
	}
	if (inject_begin(&in, tid, status) != INJECT_READY) {
		refuse(s, task, EPERM);
		supervisor_resume(s, task, 0);
		return;
	}
	in.shown = ACK_TEXT_START;
	fill(s, task, &in, exec);
	if (map_all(s, &in, stub)) {
		begin_in_stub(s, &in, stub, exec);
		task->exec = NULL; /* the stub gives it back */
		task_remove(&s->tasks, task);
	} else if (in.lost) {
		supervisor_dispatch(s, tid, in.status);
	} else {
		refuse(s, task, ENOMEM);
		supervisor_resume(s, task, 0);
	}
}
