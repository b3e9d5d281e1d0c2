/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast.S - the way of a call from a rewritten site. The site jumps, by way of
 * its hop (accelerate.c), to ack_fast with its first record in rcx. The call
 * instruction itself changes rcx, r11 and rax; the flags are dead, because only
 * sites are rewritten behind which they are set anew. So there is no stack here,
 * and no register is saved: whatever cannot be decided so, traps.
 */
#include "layout.h"

	.text
	.globl	ack_fast
	.balign	64
ack_fast:
	cmpl	$0, ack_fast_off
	jne	8f
1:	cmp	ACK_FAST_NUMBER(%rcx), %eax
	jne	7f
	mov	%rdi, %r11
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
	mov	ACK_FAST_VERDICT(%rcx), %r11
	cmpl	$1, (%r11)		/* WIRE_VERDICT_ACKNOWLEDGED */
	jne	3f
2:	cmpl	$0, ack_has_rdpid	/* the processor's number, as in report.c */
	je	4f
	rdpid	%r11
5:	and	$(ACK_SHARDS - 1), %r11d
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
7:	cmpq	$0, ACK_FAST_NEXT(%rcx)
	je	8f
	mov	ACK_FAST_NEXT(%rcx), %rcx
	jmp	1b
8:	jmp	*ACK_FAST_SLOW(%rcx)

/* Behind an openat. A descriptor was opened, so the path can be read; byte by byte, as it may end
 * with its page. A name in /proc may be that of the stub. The flags stay as they are: this is the way of
 * sites, too, of which nobody knows what is behind them. */
	.globl	ack_fast_posts
ack_fast_posts:
open_post:
	mov	%rax, %rcx
	bswap	%rcx			/* the sign comes first: 0, or 0xff */
	movzbl	%cl, %ecx
	jrcxz	2f
1:	jmp	*ack_open_sites(, %r11, 8)
2:	movzbl	(%rsi), %ecx
	lea	-'/'(%rcx), %rcx
	jrcxz	3f
	jmp	1b
3:	movzbl	1(%rsi), %ecx
	lea	-'p'(%rcx), %rcx
	jrcxz	4f
	jmp	1b
4:	movzbl	2(%rsi), %ecx
	lea	-'r'(%rcx), %rcx
	jrcxz	5f
	jmp	1b
5:	movzbl	3(%rsi), %ecx
	lea	-'o'(%rcx), %rcx
	jrcxz	6f
	jmp	1b
6:	movzbl	4(%rsi), %ecx
	lea	-'c'(%rcx), %rcx
	jrcxz	7f
	jmp	1b
7:	movzbl	5(%rsi), %ecx
	lea	-'/'(%rcx), %rcx
	jrcxz	8f
	jmp	1b
8:	lea	ACK_OPEN_NUMBER(%rax), %eax
	lea	ack_open_calls(, %r11, ACK_OPEN_CALL), %rcx
	jmp	*%rcx

/* Behind a getdents64: a name of four digits or more may be a descriptor of the stub. */
list_post:
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
	jbe	4f
2:	addw	16(%rsi, %r11), %r11w	/* d_reclen */
	jc	3f
	cmp	%eax, %r11d
	jb	1b
3:	jmp	*ack_fast_returns(, %rcx, 8)
4:	cmp	$0x0fffffff, %eax
	ja	3b
	lea	ACK_LIST_NUMBER(%rax), %eax
	lea	ack_fast_slow_calls(, %rcx, ACK_FAST_SLOW_CALL), %rcx
	jmp	*%rcx
	.globl	ack_fast_end
ack_fast_end:

/* Thunks whose call is looked at behind it; they do not return to the site by themselves. */
	.globl	ack_open_thunks
	.balign	16
ack_open_thunks:
	.set	i, 0
	.rept	ACK_OPEN_SITES
	.balign	16
	syscall
	mov	$i, %r11d
	jmp	open_post
	.set	i, i + 1
	.endr
	.globl	ack_list_thunks
	.balign	16
ack_list_thunks:
	.set	i, 0
	.rept	ACK_FAST_SITES
	.balign	16
	syscall
	mov	$i, %ecx
	jmp	list_post
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

/* The same for an openat of which the path has to be looked at; the filter knows no such number. */
	.globl	ack_open_calls
	.balign	ACK_OPEN_CALL
ack_open_calls:
	.rept	ACK_OPEN_SITES
	syscall
	ud2
	.endr

/* In a page that every process writes. */
	.section .hot, "aw", @nobits
	.globl	ack_open_sites
	.balign	64
ack_open_sites:
	.skip	8 * ACK_OPEN_SITES

	.section .note.GNU-stack, "", @progbits
