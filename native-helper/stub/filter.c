/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - the target installs a filter of its own. It sees the stub's calls too, and the stub
 * makes none any more that the target did not make; one cannot be left out, the return from SIGSYS.
 * So the filter gets a few instructions in front of it that let rt_sigreturn pass from the one
 * address in the stub where it is made, and leave everything else to the target's own.
 */
#include "stub.h"
#include <linux/audit.h>
#include <linux/seccomp.h>

#define MOST	     4096 /* instructions: BPF_MAXINSNS */
#define PREFIX	     9
#define CALL_OF_MODE 2 /* argument of seccomp, and of prctl, that leads to the program */

struct program {
	uint16_t count;
	uint16_t unused[3];
	uint64_t code;
};

_Static_assert(sizeof(struct program) == 16, "struct sock_fprog");

static struct sock_filter code[MOST];
/* 1: a thread works here. In the page that fork clears: it does not live in the child. */
ACK_WIPED static volatile uint32_t owner;

static void put_prefix(struct sock_filter *to)
{
	const struct sock_filter prefix[PREFIX] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigreturn, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)address_of(ack_restorer_end), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(to, prefix, sizeof(prefix));
}

/* The target's program with the prefix; NULL: as it is, the kernel takes it or says what is wrong.
 */
static const struct program *prepare(uint64_t address, struct program *program)
{
	if (ack_read(program, address, sizeof(*program)) < 0 || program->count == 0 ||
	    program->count > MOST - PREFIX ||
	    ack_read(code + PREFIX, program->code, program->count * sizeof(*code)) < 0)
		return NULL;
	put_prefix(code);
	program->count = (uint16_t)(program->count + PREFIX);
	program->code = address_of(code);
	return program;
}

enum ack_way ack_own_filter(struct ack_call *call)
{
	uint64_t *a = call->arguments, given = a[CALL_OF_MODE];
	uint32_t free = 0, was = ack_process.confined;
	struct program program;
	long result;

	if (given == 0) /* only asks whether filters exist */
		return ACK_RUN;
	if (!__atomic_compare_exchange_n(&owner, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		ack_confine();
		return ACK_RUN;
	}
	if (prepare(given, &program))
		a[CALL_OF_MODE] = address_of(&program);
	ack_confine();
	result = sys6(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result < 0)
		ack_process.confined = was;
	a[CALL_OF_MODE] = given;
	__atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
	return ack_answer(call, result);
}
