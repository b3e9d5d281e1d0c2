/*
 * A seccomp policy for libseccomp 2.4 or newer.
 *
 *	cc -c policy.c
 *		offers acktrace_policy(): load it with seccomp_load(3)
 *	cc -DACKTRACE_EXPORT -o policy policy.c -lseccomp && ./policy > policy.bpf
 *		writes the compiled filter
 */

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* All tests must hold; of MASKED_EQ the mask stands before the value. */
struct rule {
	uint32_t action;
	const char *call;
	unsigned int tests;
	struct scmp_arg_cmp test[6];
};

/* Rules, and the architectures that they hold for; ended by 0. */
struct part {
	const struct rule *rules;
	uint32_t architectures[16];
};

scmp_filter_ctx acktrace_policy(void);

