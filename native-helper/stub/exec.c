/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.c - execve of the target becomes execveat of the stub. Filters survive
 * exec, and so does the address that they allow. Arguments and environment go
 * through untouched; what the next stub has to know waits in the shared segment.
 * Everything that can fail is tried before, and fails with the kernel's errno.
 */
#include "masks.h"
#include "resolve.h"
#include "stub.h"
#include <linux/fcntl.h>

static uint32_t flags_of(const struct ack_exec *exec)
{
	int32_t sharer = ack_sharer_as((int32_t)exec->process);

	return (ack_thread_blocked(sharer) ? ACK_EXEC_SIGSYS_BLOCKED : 0) |
	       (ack_sigsys_of(sharer, 0)->handler == 1 ? ACK_EXEC_SIGSYS_IGNORED : 0) |
	       (ack_process.confined ? ACK_EXEC_CONFINED : 0);
}

/* Replaces the process; returns -errno if the kernel refuses. */
static long go(const struct ack_call *call, uint64_t argv, uint64_t envp)
{
	int stub = ack_process.base + ACK_FD_STUB;
	char name[ACK_DESCRIPTOR_NAME];

	if (!ack_process.confined || call->number != __NR_execve)
		return sys6(__NR_execveat, (uint64_t)stub, address_of(""), argv, envp,
			    AT_EMPTY_PATH, 0);
	ack_name_descriptor(name, (uint32_t)stub);
	return sys3(__NR_execve, address_of(name), argv, envp);
}

/* What the next image gets from this one. */
static void leave(const struct ack_call *call, struct ack_exec *exec)
{
	exec->flags = flags_of(exec);
	if (ack_pending_sigsys((siginfo_t *)exec->pending))
		exec->flags |= ACK_EXEC_PENDING;
	memcpy(&exec->mask, &call->context->uc_sigmask, 8);
	exec->mask = ack_mask_for_kernel(exec->mask);
	exec->previous_image = ack_process.image;
}

/* The image needs its descriptors. */
static void keep_descriptors(const struct ack_exec *exec)
{
	sys3(__NR_fcntl, (uint64_t)exec->image, 2 /* F_SETFD */, 0);
	if (exec->interpreter >= 0)
		sys3(__NR_fcntl, (uint64_t)exec->interpreter, 2 /* F_SETFD */, 0);
}

static long replace(struct ack_call *call, struct ack_exec *exec, uint64_t argv, uint64_t envp)
{
	long result;

	leave(call, exec);
	ack_exec_arm(exec);
	ack_wait_for_writers();
	result = go(call, argv, envp);
	sys1(__NR_close, (uint64_t)exec->image);
	if (exec->interpreter >= 0)
		sys1(__NR_close, (uint64_t)exec->interpreter);
	return result;
}

/* What cannot be loaded the kernel loads, if somebody can trace it then. */
static ACK_COLD long go_natively(const struct ack_call *call, struct ack_exec *exec, long result,
				 const struct ack_refusal *refusal)
{
	const char *file = exec->text + exec->file;
	int32_t reason = 0;

	if (refusal->native && !ack_process.confined) {
		leave(call, exec);
		ack_wait_for_writers();
		result = ack_hand_over(exec, call->number, call->arguments, &reason);
		if (!reason)
			return result;
	}
	ack_publish_refused(file, result, reason);
	return result;
}

struct execution {
	struct ack_call *call;
	struct ack_exec *exec;
	uint64_t path, argv, envp;
	int directory, flags;
};

/* What a name means that is the executable of a process of the target; NULL: it is another one. */
static const char *executable(int directory, struct ack_exec *exec)
{
	int32_t whose = ack_whose_name(directory, exec->name);
	char *room = exec->text + sizeof(exec->text) - 2 * WIRE_TEXT_MAX; /* the name is short */
	long size;

	if (whose == ACK_OWN_EXE)
		return ack_exe_path();
	size = whose == ACK_NO_EXE ? 0 : ack_exe_of(whose, address_of(room), WIRE_TEXT_MAX);
	if (size <= 0 || size >= WIRE_TEXT_MAX)
		return NULL;
	room[size] = '\0';
	return room;
}

/* The kernel needs no descriptor of what it executes. Where none is free, some may be had above the
 * limit of descriptors, if that may be raised. */
static ACK_COLD long resolve_beyond(struct ack_exec *exec, const struct execution *e,
				    const char *path, const char *file, struct ack_refusal *refusal)
{
	struct rlimit64 limit;
	long result;

	if (ack_descriptors_begin(&limit) < 0)
		return -EMFILE;
	result = ack_resolve(exec, e->directory, path, file, e->flags, 0, refusal);
	ack_descriptors_end(&limit);
	return result;
}

static unsigned how_to_resolve(const struct ack_exec *exec)
{
	int32_t sharer = ack_sharer_as((int32_t)exec->process);

	if (ack_process.confined)
		return ACK_RESOLVE_QUIET;
	return (ack_area()->open_decides ? ACK_RESOLVE_OPEN_DECIDES : 0) |
	       (ack_has_own_descriptors(sharer) ? ACK_RESOLVE_KEEP : 0);
}

static long execute_on(void *with)
{
	const struct execution *e = with;
	struct ack_exec *exec = e->exec;
	struct ack_refusal refusal;
	unsigned how = how_to_resolve(exec);
	const char *file = NULL;
	char *room = exec->text + sizeof(exec->text) - WIRE_TEXT_MAX;
	long result = ack_read_text(room, e->path, WIRE_TEXT_MAX);

	if (result >= 0 && (e->flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)))
		result = -EINVAL;
	if (result == 0 && !(e->flags & AT_EMPTY_PATH))
		result = -ENOENT;
	if (result >= 0) {
		memcpy(exec->name, room, (size_t)result + 1);
		if (!(e->flags & AT_SYMLINK_NOFOLLOW))
			file = executable(e->directory, exec);
		result = ack_resolve(exec, e->directory, room, file, e->flags, how, &refusal);
		if (result == -EMFILE) {
			how = 0;
			result = resolve_beyond(exec, e, room, file, &refusal);
		}
		if (result < 0 && refusal.refused)
			result = go_natively(e->call, exec, result, &refusal);
		if (result == 0 && refusal.privileged)
			ack_note(WIRE_NOTE_PRIVILEGED_IMAGE);
	}
	if (result == 0 && !(how & ACK_RESOLVE_KEEP))
		keep_descriptors(exec);
	if (result == 0)
		result = replace(e->call, exec, e->argv, e->envp);
	return result;
}

static enum ack_way execute(struct ack_call *call, int directory, uint64_t path, uint64_t argv,
			    uint64_t envp, int flags)
{
	struct ack_exec *exec = ack_exec_claim();
	struct execution e = {call, exec, path, argv, envp, directory, flags};
	long result;

	if (!exec)
		return ack_answer(call, -EAGAIN);
	if (exec->needs_stack)
		result = ack_on_stack(exec->stack + sizeof(exec->stack), execute_on, &e);
	else
		result = execute_on(&e);
	ack_exec_give_back(exec);
	return ack_answer(call, result);
}

enum ack_way ack_execve(struct ack_call *call)
{
	const uint64_t *a = call->arguments;

	return execute(call, AT_FDCWD, a[0], a[1], a[2], 0);
}

enum ack_way ack_execveat(struct ack_call *call)
{
	const uint64_t *a = call->arguments;

	if ((int)a[4] & 0x10000 /* AT_EXECVE_CHECK */)
		return ACK_RUN;
	return execute(call, (int)a[0], a[1], a[2], a[3], (int)a[4]);
}
