/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execs.c - where an execution waits for its new stub. Any process may be killed
 * on the way and leave its place taken; ids repeat, and mean something else in
 * another pid namespace. So a place is known by a cookie, which goes through the
 * exec as the file offset of the image's descriptor: nobody but the new stub of
 * this very execution has that description. Of the threads of a process one
 * executes at a time, as in the kernel, where the others wait for it.
 */
#include "stub.h"
#include <linux/time_types.h>

#define WAIT_NS	   1000000 /* between two looks for a free place */
#define PATIENCE   400	   /* looks before places of the dead are taken back */
#define ROUNDS	   8	   /* how often; then EAGAIN */
#define SEEK_SET_  0
#define SEEK_CUR_  1
#define COOKIE_MAX 0x3fffffff

ACK_HOT static uint32_t executing; /* thread of this process that executes, 0: none */

static void wait_a_moment(void)
{
	struct __kernel_timespec moment = {0, WAIT_NS};

	sys3(__NR_nanosleep, address_of(&moment), 0, 0);
}

/* One thread of a process at a time. Who shares the memory of another process is alone in its own,
 * and would leave its mark behind. */
static void take_turn(uint32_t tid, uint32_t process)
{
	uint32_t found = 0;

	while (!__atomic_compare_exchange_n(&executing, &found, tid, 0, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		if (found == tid)
			return;
		if (sys3(__NR_tgkill, process, found, 0) == 0) { /* else a fork has copied it */
			wait_a_moment();
			found = 0;
		}
	}
}

ACK_WIPED static volatile uint32_t opened; /* descriptors that are open for a moment */

void ack_open_begins(void)
{
	if (ack_is_wiped_on_fork())
		__atomic_fetch_add(&opened, 1, __ATOMIC_SEQ_CST);
}

void ack_open_ended(void)
{
	if (ack_is_wiped_on_fork())
		__atomic_fetch_sub(&opened, 1, __ATOMIC_SEQ_CST);
}

/* Descriptors of the image are open meanwhile, and the image needs them: a child would have them.
 * As would it those that another thread has open for a moment. */
void ack_exec_let_pass(void)
{
	uint32_t found = __atomic_load_n(&executing, __ATOMIC_ACQUIRE);
	uint64_t process;

	for (int i = 0; i < ROUNDS && !ack_process.confined && opened; i++)
		wait_a_moment();
	if (!found || ack_sharer())
		return;
	process = (uint64_t)sys1(__NR_getpid, 0);
	while (found && sys3(__NR_tgkill, process, found, 0) == 0) {
		wait_a_moment();
		found = __atomic_load_n(&executing, __ATOMIC_ACQUIRE);
	}
}

static void end_turn(uint32_t tid)
{
	__atomic_compare_exchange_n(&executing, &tid, 0, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

static struct ack_exec *free_place(uint32_t tid)
{
	struct ack_exec *execs = ack_area()->execs;

	for (int i = 0; i < ACK_EXECS; i++) {
		uint32_t free = 0;

		if (__atomic_compare_exchange_n(&execs[i].owner, &free, tid, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED) ||
		    free == tid)
			return &execs[i];
	}
	return NULL;
}

static uint64_t holder_of(const struct ack_exec *exec)
{
	return (uint64_t)exec->owner << 32 | exec->cookie;
}

/* Frees the places that have not changed hands since `holders` was taken and whose owner is not to
 * be found. In another pid namespace nobody is; but no execution takes that long. */
static ACK_COLD void bury(const uint64_t *holders)
{
	struct ack_exec *execs = ack_area()->execs;

	for (int i = 0; i < ACK_EXECS; i++) {
		uint32_t owner = __atomic_load_n(&execs[i].owner, __ATOMIC_ACQUIRE);

		if (owner && holder_of(&execs[i]) == holders[i] &&
		    sys3(__NR_tkill, owner, 0, 0) == -ESRCH)
			__atomic_compare_exchange_n(&execs[i].owner, &owner, 0, 0, __ATOMIC_RELEASE,
						    __ATOMIC_RELAXED);
	}
}

static ACK_COLD struct ack_exec *wait_for_place(uint32_t tid)
{
	static uint64_t holders[ACK_EXECS]; /* the stack may be small */
	struct ack_exec *execs = ack_area()->execs, *exec = NULL;

	for (int round = 0; round < ROUNDS && !exec; round++) {
		for (int i = 0; i < ACK_EXECS; i++)
			holders[i] = holder_of(&execs[i]);
		for (int look = 0; look < PATIENCE && !exec; look++) {
			wait_a_moment();
			exec = free_place(tid);
		}
		if (!exec)
			bury(holders);
	}
	return exec;
}

struct ack_exec *ack_exec_claim(void)
{
	uint32_t process = ack_process.confined ? 0 : (uint32_t)sys1(__NR_getpid, 0);
	uint32_t tid = process && ack_is_alone() ? process : (uint32_t)sys1(__NR_gettid, 0);
	int is_sharer = ack_sharer_as((int32_t)process) != 0;
	struct ack_exec *exec;

	if (!ack_process.confined && !is_sharer)
		take_turn(tid, process);
	exec = free_place(tid);
	if (!exec && !ack_process.confined)
		exec = wait_for_place(tid);
	if (!exec) {
		end_turn(tid);
	} else {
		exec->pid = 0;
		exec->process = process;
		exec->needs_stack = !ack_process.confined && (tid != process || is_sharer);
		exec->handover = ACK_HANDOVER_NONE;
		exec->cookie =
			1 + (__atomic_fetch_add(&ack_area()->next_exec, 1, __ATOMIC_RELAXED) &
			     COOKIE_MAX);
	}
	return exec;
}

void ack_exec_give_back(struct ack_exec *exec)
{
	uint32_t tid = exec->owner;

	exec->pid = 0;
	__atomic_store_n(&exec->owner, 0, __ATOMIC_RELEASE);
	end_turn(tid);
}

void ack_exec_arm(struct ack_exec *exec)
{
	if (ack_process.confined ||
	    sys3(__NR_lseek, (uint64_t)exec->image, exec->cookie, SEEK_SET_) != (long)exec->cookie)
		exec->cookie = 0;
	if (!exec->process)
		exec->process = (uint32_t)sys1(__NR_getpid, 0);
	__atomic_store_n(&exec->pid, exec->process, __ATOMIC_RELEASE);
}

struct ack_exec *ack_exec_own(void)
{
	struct ack_exec *execs = ack_area()->execs;

	ack_process.pid = (int32_t)sys1(__NR_getpid, 0);
	for (int i = 0; i < ACK_EXECS; i++)
		if (__atomic_load_n(&execs[i].pid, __ATOMIC_ACQUIRE) == (uint32_t)ack_process.pid &&
		    (execs[i].cookie == 0 || sys3(__NR_lseek, (uint64_t)execs[i].image, 0,
						  SEEK_CUR_) == (long)execs[i].cookie))
			return &execs[i];
	return NULL;
}
