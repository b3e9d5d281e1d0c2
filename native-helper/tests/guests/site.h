/* SPDX-License-Identifier: Apache-2.0 */
/* site.h - call sites that can be rewritten, or cannot. */
#ifndef ACKTRACE_SITE_H
#define ACKTRACE_SITE_H

#include <stdint.h>

/* long call_N(number, a, b, c, d, e): a call site of its own, with what stands around it. */
#define SITE_WITH(name, before, behind)                                                            \
	__asm__(".text\n" before "\n.globl " #name "\n.type " #name ", @function\n" #name ":\n"    \
		"mov %rdi, %rax\n mov %rsi, %rdi\n mov %rdx, %rsi\n mov %rcx, %rdx\n"              \
		"mov %r8, %r10\n mov %r9, %r8\n xor %r9d, %r9d\n syscall\n"                        \
		".globl " #name "_end\n" #name "_end:\n"                                           \
		"cmp $-4095, %rax\n" behind "\n");                                                 \
	extern const uint8_t name##_end[];                                                         \
	long name(long, ...)

/* Padded as compilers pad. */
#define SITE(name)                                                                                 \
	SITE_WITH(name, ".balign 64",                                                              \
		  "ret\n nopl 0x0(%rax,%rax,1)\n .byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0")

#endif
