/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leave.S - the end of the handler of SIGSYS. rt_sigreturn is a quarter of what a
 * trap costs; what of it is needed is done here: the floating point state (xrstor),
 * the mask (rt_sigprocmask) and the registers (iretq). It is done so where nothing
 * else was kept in the frame: no alternate stack, no shadow stack, 64-bit code; and
 * no filter of the target's own, which would see the call.
 *
 * From the call on a signal may come in: show_way (signals.c) says where the thread was.
 */
#include "layout.h"
#include <asm/unistd.h>

/* Offsets in struct ucontext (asm/ucontext.h). */
#define STACK_SIZE ACK_CONTEXT_STACK + 16 /* 0: there is none; the flags may say so, or nothing */
#define REGISTERS  ACK_CONTEXT_REGISTERS
#define RSP	   REGISTERS + 120
#define RIP	   REGISTERS + 128
#define EFLAGS	   REGISTERS + 136
#define CS	   REGISTERS + 144
#define SS	   REGISTERS + 150
#define FPSTATE	   REGISTERS + 184
#define MASK	   ACK_CONTEXT_MASK

#define USER_CS		0x33
#define USER_SS		0x2b
#define NESTED_OR_STEPS 0x4100	/* NT, with which iretq faults; TF */
#define XSTATE_MAGIC	0x46505853 /* FP_XSTATE_MAGIC1: the kernel has written it by xsave */
#define XSTATE		464	/* struct _fpx_sw_bytes in struct _fpstate: magic, size, features */
#define SETMASK		2	/* SIG_SETMASK */
#define CONTEXT		ACK_LEAVE_CONTEXT /* from the stack pointer here */

	.text
	.globl	ack_leave, ack_leave_open, ack_leave_end
ack_leave:				/* the stack pointer is as the kernel left it: at the restorer's address */
	cmpl	$0, ack_process + ACK_PROCESS_CONFINED
	jne	1f
	cmpq	$0, 8 + STACK_SIZE(%rsp)
	jne	1f
	cmpw	$USER_CS, 8 + CS(%rsp)
	jne	1f
	cmpw	$USER_SS, 8 + SS(%rsp)
	jne	1f
	testl	$NESTED_OR_STEPS, 8 + EFLAGS(%rsp)
	jne	1f
	xor	%eax, %eax
	rdsspq	%rax			/* does nothing where there is none */
	test	%rax, %rax
	jne	1f
	mov	8 + FPSTATE(%rsp), %rdi
	test	%rdi, %rdi
	je	1f
	cmpl	$XSTATE_MAGIC, XSTATE(%rdi)
	jne	1f
	lea	8 - CONTEXT(%rsp), %rsp
	mov	CONTEXT + RIP(%rsp), %rax
	mov	%rax, (%rsp)
	movq	$USER_CS, 8(%rsp)
	mov	CONTEXT + EFLAGS(%rsp), %rax
	mov	%rax, 16(%rsp)
	mov	CONTEXT + RSP(%rsp), %rax
	mov	%rax, 24(%rsp)
	movq	$USER_SS, 32(%rsp)
	mov	XSTATE + 8(%rdi), %eax
	mov	XSTATE + 12(%rdi), %edx
	xrstor64 (%rdi)			/* with PKRU: the target may not be allowed to write from here on */
	mov	$SETMASK, %edi
	lea	CONTEXT + MASK(%rsp), %rsi
	xor	%edx, %edx
	mov	$8, %r10d
	mov	$__NR_rt_sigprocmask, %eax
	syscall
ack_leave_open:
	test	%eax, %eax
	jne	2f			/* a filter that came from another thread */
	mov	CONTEXT + REGISTERS(%rsp), %r8
	mov	CONTEXT + REGISTERS + 8(%rsp), %r9
	mov	CONTEXT + REGISTERS + 16(%rsp), %r10
	mov	CONTEXT + REGISTERS + 24(%rsp), %r11
	mov	CONTEXT + REGISTERS + 32(%rsp), %r12
	mov	CONTEXT + REGISTERS + 40(%rsp), %r13
	mov	CONTEXT + REGISTERS + 48(%rsp), %r14
	mov	CONTEXT + REGISTERS + 56(%rsp), %r15
	mov	CONTEXT + REGISTERS + 64(%rsp), %rdi
	mov	CONTEXT + REGISTERS + 72(%rsp), %rsi
	mov	CONTEXT + REGISTERS + 80(%rsp), %rbp
	mov	CONTEXT + REGISTERS + 88(%rsp), %rbx
	mov	CONTEXT + REGISTERS + 96(%rsp), %rdx
	mov	CONTEXT + REGISTERS + 104(%rsp), %rax
	mov	CONTEXT + REGISTERS + 112(%rsp), %rcx
	iretq
ack_leave_end:
1:	ret
2:	lea	CONTEXT(%rsp), %rsp
	jmp	ack_restorer

	.section .note.GNU-stack, "", @progbits
