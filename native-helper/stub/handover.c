/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover.c - images that the kernel can run and the stub cannot load: 32-bit
 * programs, and what binfmt_misc starts. Such an image has no handler for the
 * filter's SIGSYS, but the filter answers calls of 32-bit code by what a tracer
 * sees. So the thread asks for one, waits until it is seized, and executes the
 * image as if there were no stub. The tracer puts the signal mask back.
 */
#include "stub.h"
#include <asm/poll.h>
#include <asm/stat.h>
#include <linux/futex.h>
#include <linux/time_types.h>

#define PR_SET_PTRACER_ 0x59616d61 /* linux/prctl.h; EINVAL without Yama */
#define STEP_NS		100000000  /* after that: is the watcher still there? */

/* Has W gone, or everybody who could hear us? They may have been killed. */
static int nobody_listens(void)
{
	struct pollfd life = {.fd = ack_process.base + ACK_FD_LIFE};

	return !__atomic_load_n(&ack_area()->watcher, __ATOMIC_ACQUIRE) ||
	       (sys3(__NR_poll, address_of(&life), 1, 0) == 1 && (life.revents & POLLERR));
}

static void wake_watcher(void)
{
	__atomic_fetch_add(&ack_area()->handovers, 1, __ATOMIC_SEQ_CST);
	sys3(__NR_write, (uint64_t)(ack_process.base + ACK_FD_LIFE), address_of("!"), 1);
}

/* Says what is wanted, and waits for the answer. */
static uint32_t say(struct ack_exec *exec, enum ack_handover what)
{
	const struct __kernel_timespec step = {0, STEP_NS};
	uint32_t state;

	__atomic_store_n(&exec->handover, what, __ATOMIC_SEQ_CST);
	if (!nobody_listens())
		wake_watcher();
	while ((state = __atomic_load_n(&exec->handover, __ATOMIC_ACQUIRE)) == (uint32_t)what) {
		if (nobody_listens()) {
			exec->handover_error = ESRCH;
			return ACK_HANDOVER_REFUSED;
		}
		sys6(__NR_futex, address_of(&exec->handover), FUTEX_WAIT, what, address_of(&step),
		     0, 0);
	}
	return state;
}

/* Yama lets only ancestors trace, and whoever the thread names. */
static uint32_t ask(struct ack_exec *exec)
{
	uint32_t state = say(exec, ACK_HANDOVER_WANTED);
	uint64_t watcher = (uint64_t)ack_area()->watcher;

	if (state == ACK_HANDOVER_REFUSED && exec->handover_error == EPERM && watcher &&
	    sys3(__NR_prctl, PR_SET_PTRACER_, watcher, 0) == 0) {
		state = say(exec, ACK_HANDOVER_WANTED);
		sys3(__NR_prctl, PR_SET_PTRACER_, 0, 0);
	}
	return state;
}

/* Has the process one thread? */
static int is_alone(void)
{
	struct stat status;

	return sys3(__NR_stat, address_of("/proc/self/task"), address_of(&status), 0) == 0 &&
	       status.st_nlink == 3;
}

long ack_hand_over(struct ack_exec *exec, uint32_t number, const uint64_t *arguments,
		   int32_t *refused)
{
	int ignore = (exec->flags & ACK_EXEC_SIGSYS_IGNORED) && is_alone();
	long result;

	if (ask(exec) != ACK_HANDOVER_SEIZED) {
		*refused = exec->handover_error > 0 ? exec->handover_error : EPERM;
		return -ENOEXEC;
	}
	if (exec->flags & ACK_EXEC_PENDING)
		ack_raise_pending();
	if (ignore) /* a handler becomes the default by itself */
		ack_ignore_sigsys();
	result = sys6(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
		      0);
	if (ignore)
		ack_install();
	say(exec, ACK_HANDOVER_RELEASE);
	return result;
}
