/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast.S - the way of a call from a rewritten site. The site jumps, by way of
 * its hop (accelerate.c), to ack_fast with its first record in rcx. The call
 * instruction itself changes rcx, r11 and rax; the flags are dead, because only
 * sites are rewritten behind which they are set anew. So it needs no stack and saves
 * no register: whatever cannot be decided so traps, or enters the stub.
 */
#include "layout.h"
#include <asm/unistd.h>

#define RED_ZONE  128
#define REGISTERS ACK_LEAVE_CONTEXT + ACK_CONTEXT_REGISTERS
#define SETMASK	  2	/* SIG_SETMASK */
#define DIRECTION 0x400 /* of the flags */

	.text
	.globl	ack_fast
	.balign	64
ack_fast:
	cmpl	$0, ack_fast_off
	jne	8f
1:	cmp	ACK_FAST_NUMBER(%rcx), %eax
	jne	7f
	mov	ACK_FAST_KIND(%rcx), %r11d
	test	%r11d, %r11d
	jne	6f
9:	mov	ACK_FAST_VERDICT(%rcx), %r11
	cmpl	$1, (%r11)		/* WIRE_VERDICT_ACKNOWLEDGED */
	jne	3f
2:	cmpl	$0, ack_has_rdpid	/* the processor's number, as in report.c */
	je	4f
	rdpid	%r11
5:	and	$(ACK_SHARDS - 1), %r11d
	xor	$ACK_SHARD_FIRST, %r11d
	shl	$ACK_FAST_SHARD, %r11
	add	ACK_FAST_COUNT(%rcx), %r11
	lock incq (%r11)
	jmp	*ACK_FAST_THUNK(%rcx)
4:	mov	$0x7b, %r11d
	lsl	%r11d, %r11d
	jmp	5b
3:	ja	8f			/* refused */
	cmpl	$0, ACK_ASK_ADDRESS	/* no verdict: somebody may want to be asked */
	je	2b
	jmp	8f
6:	test	$ACK_FAST_NONE, %r11d
	jne	7f
	test	$ACK_FAST_PLAIN, %r11d
	je	6f
	cmpl	$0, ack_not_plain
	jne	7f
6:	test	$ACK_FAST_FAR, %r11d
	je	6f
	mov	%rdi, %r11
	shr	$32, %r11
	je	7f
6:	mov	%rdi, %r11
	xor	ACK_FAST_VALUE(%rcx), %r11
	test	%r11, ACK_FAST_MASK(%rcx)
	jne	7f
	mov	%rsi, %r11
	xor	ACK_FAST_VALUE + 8(%rcx), %r11
	test	%r11, ACK_FAST_MASK + 8(%rcx)
	jne	7f
	mov	%rdx, %r11
	xor	ACK_FAST_VALUE + 16(%rcx), %r11
	test	%r11, ACK_FAST_MASK + 16(%rcx)
	jne	7f
	mov	%r10, %r11
	xor	ACK_FAST_VALUE + 24(%rcx), %r11
	test	%r11, ACK_FAST_MASK + 24(%rcx)
	jne	7f
	mov	%r8, %r11
	xor	ACK_FAST_VALUE + 32(%rcx), %r11
	test	%r11, ACK_FAST_MASK + 32(%rcx)
	jne	7f
	mov	%r9, %r11
	xor	ACK_FAST_VALUE + 40(%rcx), %r11
	test	%r11, ACK_FAST_MASK + 40(%rcx)
	jne	7f
	jmp	9b
7:	cmpq	$0, ACK_FAST_NEXT(%rcx)
	je	8f
	mov	ACK_FAST_NEXT(%rcx), %rcx
	jmp	1b
8:	jmp	*ACK_FAST_SLOW(%rcx)

/* A call that the stub has to see, without a trap: the signals are blocked and the context is written
 * here, as the kernel does both for a handler. It stands on the target's stack, below the red zone, and
 * takes less of it than a signal frame: flags, segments and floating point state are not in it, as
 * nothing here changes them but the direction flag. show_way (signals.c) says where a signal meets the
 * thread, by the labels. */
	.globl	ack_enter, ack_enter_saved, ack_enter_blocked, ack_enter_open, ack_enter_left
ack_enter:
	mov	%rsp, %r11
	lea	-(ACK_LEAVE_CONTEXT + ACK_CONTEXT_SIZE + RED_ZONE)(%rsp), %rsp
	and	$-16, %rsp
	mov	%r8, REGISTERS(%rsp)
	mov	%r9, REGISTERS + 8(%rsp)
	mov	%r10, REGISTERS + 16(%rsp)
	mov	%r12, REGISTERS + 32(%rsp)
	mov	%r13, REGISTERS + 40(%rsp)
	mov	%r14, REGISTERS + 48(%rsp)
	mov	%r15, REGISTERS + 56(%rsp)
	mov	%rdi, REGISTERS + 64(%rsp)
	mov	%rsi, REGISTERS + 72(%rsp)
	mov	%rbp, REGISTERS + 80(%rsp)
	mov	%rbx, REGISTERS + 88(%rsp)
	mov	%rdx, REGISTERS + 96(%rsp)
	mov	%rax, REGISTERS + 104(%rsp)
	mov	%rcx, REGISTERS + 112(%rsp)
	mov	%r11, REGISTERS + 120(%rsp)
ack_enter_saved:
	xor	%edi, %edi		/* no alternate stack */
	mov	%rdi, ACK_LEAVE_CONTEXT + ACK_CONTEXT_STACK(%rsp)
	mov	%rdi, ACK_LEAVE_CONTEXT + ACK_CONTEXT_STACK + 8(%rsp)
	mov	%rdi, ACK_LEAVE_CONTEXT + ACK_CONTEXT_STACK + 16(%rsp)
	mov	$SETMASK, %edi
	mov	$ack_handler_mask, %esi
	lea	ACK_LEAVE_CONTEXT + ACK_CONTEXT_MASK(%rsp), %rdx
	mov	$8, %r10d
	mov	$__NR_rt_sigprocmask, %eax
	syscall
ack_enter_blocked:
	pushfq
	popq	(%rsp)
	cld
	lea	ACK_LEAVE_CONTEXT(%rsp), %rdi
	call	ack_entered		/* (context) */
	testl	$DIRECTION, (%rsp)	/* not popfq: who steps this would leave a trap flag */
	je	1f
	std
1:
	mov	$SETMASK, %edi
	lea	ACK_LEAVE_CONTEXT + ACK_CONTEXT_MASK(%rsp), %rsi
	xor	%edx, %edx
	mov	$8, %r10d
	mov	$__NR_rt_sigprocmask, %eax
	syscall
ack_enter_open:
	mov	REGISTERS(%rsp), %r8
	mov	REGISTERS + 8(%rsp), %r9
	mov	REGISTERS + 16(%rsp), %r10
	mov	REGISTERS + 32(%rsp), %r12
	mov	REGISTERS + 40(%rsp), %r13
	mov	REGISTERS + 48(%rsp), %r14
	mov	REGISTERS + 56(%rsp), %r15
	mov	REGISTERS + 64(%rsp), %rdi
	mov	REGISTERS + 72(%rsp), %rsi
	mov	REGISTERS + 80(%rsp), %rbp
	mov	REGISTERS + 88(%rsp), %rbx
	mov	REGISTERS + 96(%rsp), %rdx
	mov	REGISTERS + 104(%rsp), %rax
	mov	REGISTERS + 128(%rsp), %rcx
	mov	REGISTERS + 120(%rsp), %rsp
ack_enter_left:
	jmp	*%rcx

/* Behind a call that succeeded, so its path can be read; byte by byte, as it may end with its page. A
 * name that begins in /proc, or anywhere, and ends in "exe" may be that of the stub. The flags stay as
 * they are: this is the way of sites, too, of which nobody knows what is behind them. The result is a
 * small number: the index of the site waits in its highest byte. */
	.macro	look path, stashed
	mov	%rax, %rcx
	bswap	%rcx			/* the sign comes first: 0, or 0xff */
	movzbl	%cl, %ecx
	jrcxz	1f
	jmp	*ack_look_sites(, %r11, 8)
1:	mov	%r11, %rcx
	bswap	%rcx
	lea	(%rax, %rcx), %rax
\stashed:
	mov	\path, %r11
	.endm
	.macro	unless offset, letter, other
	movzbl	\offset(%r11), %ecx
	lea	-\letter(%rcx), %rcx
	jrcxz	9f
	jmp	\other
9:
	.endm
	.macro	index_of_site
	mov	%rax, %r11
	bswap	%r11
	movzbl	%r11b, %r11d
	mov	%eax, %eax
	.endm
	.globl	ack_fast_posts, ack_look_stashed, ack_look_post, ack_look_scan, ack_look_restored
	.globl	ack_look_tail, ack_look_out, ack_look_out_restored, ack_list_post, ack_list_tail
ack_fast_posts:				/* look.c knows what is where between these labels */
look_first_post:
	look	%rdi, ack_look_stashed
	jmp	look_scan
ack_look_post:
	look	%rsi, ack_look_scan
look_scan:
	unless	0, '/', look_part
	unless	1, 'p', ack_look_out
	unless	2, 'r', ack_look_out
	unless	3, 'o', ack_look_out
	unless	4, 'c', ack_look_out
	unless	5, '/', ack_look_out
	lea	6(%r11), %r11
look_part:
	unless	0, 'e', 2f
	unless	1, 'x', 2f
	unless	2, 'e', 2f
	unless	3, 0, 2f
	mov	ack_process + ACK_PROCESS_CONFINED, %ecx
	jrcxz	3f
	jmp	ack_look_out		/* a filter of the target's own would see the call */
2:	movzbl	(%r11), %ecx		/* to the next part of the name */
	jrcxz	ack_look_out
	lea	1(%r11), %r11
	lea	-'/'(%rcx), %rcx
	jrcxz	look_part
	jmp	2b
3:	index_of_site
ack_look_restored:
	lea	ACK_LOOK_NUMBER(%rax), %eax
ack_look_tail:
	lea	ack_look_calls(, %r11, ACK_LOOK_CALL), %rcx
	jmp	*%rcx
ack_look_out:
	index_of_site
ack_look_out_restored:
	jmp	*ack_look_sites(, %r11, 8)

/* Behind a getdents64: a name that begins with four digits, and is no date, may be a descriptor of the stub. */
ack_list_post:
	test	%eax, %eax
	jle	3f
	cmp	$0xffff, %eax
	ja	4f
	xor	%r11d, %r11d
1:	cmpb	$'1', 19(%rsi, %r11)
	jb	2f
	cmpb	$'9', 19(%rsi, %r11)
	ja	2f
	cmpb	$'0', 20(%rsi, %r11)
	jb	2f
	cmpb	$'9', 20(%rsi, %r11)
	ja	2f
	cmpb	$'0', 21(%rsi, %r11)
	jb	2f
	cmpb	$'9', 21(%rsi, %r11)
	ja	2f
	cmpb	$'0', 22(%rsi, %r11)
	jb	2f
	cmpb	$'9', 22(%rsi, %r11)
	ja	2f
	cmpb	$0, 23(%rsi, %r11)
	je	4f
	cmpb	$'0', 23(%rsi, %r11)
	jb	2f
	cmpb	$'9', 23(%rsi, %r11)
	jbe	4f
2:	addw	16(%rsi, %r11), %r11w	/* d_reclen */
	jc	3f
	cmp	%eax, %r11d
	jb	1b
3:	jmp	*ack_fast_returns(, %rcx, 8)
4:	cmp	$0x0fffffff, %eax
	ja	3b
	cmpl	$0, ack_process + ACK_PROCESS_CONFINED
	jne	3b
	lea	ACK_LIST_NUMBER(%rax), %eax
ack_list_tail:
	lea	ack_fast_slow_calls(, %rcx, ACK_FAST_SLOW_CALL), %rcx
	jmp	*%rcx
	.globl	ack_fast_end
ack_fast_end:

/* What hops of early.c jump by. */
	.globl	ack_fast_vector
	.balign	8
ack_fast_vector:
	.quad	ack_fast
/* What is blocked while the stub sees to a call. */
	.globl	ack_handler_mask
ack_handler_mask:
	.quad	~(1 << (ACK_SIGSYS - 1))

/* Thunks whose call is looked at behind it; they do not return to the site by themselves. */
	.macro	look_thunks post
	.set	i, 0
	.rept	ACK_LOOK_SITES
	.balign	16
	syscall
	mov	$i, %r11d
	jmp	\post
	.set	i, i + 1
	.endr
	.endm
	.globl	ack_look_thunks
	.balign	16
ack_look_thunks:
	look_thunks ack_look_post
	.globl	ack_look_first_thunks
	.balign	16
ack_look_first_thunks:			/* directly behind the others */
	look_thunks look_first_post
	.section .thunks, "ax", @progbits
	.globl	ack_list_thunks
	.balign	16
ack_list_thunks:
	.set	i, 0
	.rept	ACK_FAST_SITES
	.balign	16
	syscall
	mov	$i, %ecx
	jmp	ack_list_post
	.set	i, i + 1
	.endr

/* Where a rewritten site traps: one call instruction for each. The filter treats it as it would that of
 * the site: a call that is known passes, and goes on behind the site. */
	.section .outside, "ax", @progbits
	.globl	ack_fast_slow_calls
	.balign	16
ack_fast_slow_calls:
	.set	i, 0
	.rept	ACK_FAST_SITES
	syscall
	jmp	*(ack_fast_returns + 8 * i)(%rip)
	.set	i, i + 1
	.endr

	.globl	ack_early_slow_calls
	.balign	16
ack_early_slow_calls:
	.set	i, 0
	.rept	ACK_EARLY_SITES
	syscall
	jmp	*(ack_early_returns + 8 * i)(%rip)
	.set	i, i + 1
	.endr

/* The same for a call of which the path has to be looked at; the filter knows no such number. */
	.globl	ack_look_calls
	.balign	ACK_LOOK_CALL
ack_look_calls:
	.rept	ACK_LOOK_SITES
	syscall
	ud2
	.endr

/* In a page that every process writes. */
	.section .hot, "aw", @nobits
	.globl	ack_look_sites
	.balign	64
ack_look_sites:
	.skip	8 * ACK_LOOK_SITES

	.section .note.GNU-stack, "", @progbits
