/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything of the stub that C cannot say: entry, thunks, gates, the frame of
 * SIGSYS. No code here pushes a return address that it does not return to
 * (shadow stacks), and every target of an indirect jump begins with endbr64
 * where the jump is not ours.
 */
#include "layout.h"

/* ---- thunks: one for each call site ------------------------------------
 * The handler points the saved rip here. The call runs with the target's own
 * registers, stack, mask and alternate stack; then control goes back behind
 * the instruction that trapped. The literal is the key of the site table. */
	.section .thunks, "ax", @progbits
	.globl	ack_thunks
ack_thunks:
	.set	i, 0
	.rept	ACK_SITES
	syscall
	jmp	*(ack_sites + 8 * i)(%rip)
	.set	i, i + 1
	.endr

	.globl	ack_thunks_int80
ack_thunks_int80:
	.set	i, 0
	.rept	ACK_SITES_INT80
	int	$0x80
	jmp	*(ack_sites_int80 + 8 * i)(%rip)
	.set	i, i + 1
	.endr

/* ---- frames: calls with changed arguments, or with a wanted result ------ */
	.globl	ack_frame_calls
	.balign	128
ack_frame_calls:
	.set	i, 0
	.rept	ACK_FRAMES
	.balign	128
	syscall
	mov	%rax, ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_RESULT
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_RDI, %rdi
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_RSI, %rsi
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_RDX, %rdx
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_R10, %r10
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_R8, %r8
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_R9, %r9
	jmp	*(ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_NEXT)
	.set	i, i + 1
	.endr

/* Frame i is given back, and the target goes on. */
	.globl	ack_frame_releases
	.balign	32
ack_frame_releases:
	.set	i, 0
	.rept	ACK_FRAMES
	.balign	32
	mov	ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_SITE, %rcx
	movl	$0, ack_frames + ACK_FRAME_SIZE * i + ACK_FRAME_OWNED
	jmp	*%rcx
	.set	i, i + 1
	.endr

/* Frame i goes back to the handler, by a call that the filter traps. */
	.globl	ack_frame_posts
	.balign	16
ack_frame_posts:
	.set	i, 0
	.rept	ACK_FRAMES
	.balign	16
	mov	$(ACK_POST_NUMBER + i), %eax
	jmp	ack_post
	.set	i, i + 1
	.endr

/* ---- gates: one for each signal handler of the target ------------------ */
	.globl	ack_gates
	.balign	16
ack_gates:
	.set	i, 0
	.rept	ACK_HANDLERS
	.balign	16
	endbr64
	mov	$i, %eax
	jmp	ack_gate
	.set	i, i + 1
	.endr

	.text
ack_gate:
	push	%rdi
	push	%rsi
	push	%rdx
	mov	%eax, %edi
	xchg	%rdx, %rsi
	call	ack_signal_gate		/* (index, context, info) -> the target's handler */
	mov	%rax, %r11
	pop	%rdx
	pop	%rsi
	pop	%rdi
	xor	%eax, %eax
	jmp	*%r11

/* ---- SIGSYS --------------------------------------------------------------- */
	.globl	ack_sigsys_entry
ack_sigsys_entry:
	endbr64
	mov	%rsp, %rcx		/* the frame: where the restorer's address stands */
	sub	$8, %rsp
	call	ack_sigsys		/* (signal, info, context, frame) */
	add	$8, %rsp
	jmp	ack_leave

/* (top of a stack, function, argument) -> what the function returned. */
	.globl	ack_on_stack
ack_on_stack:
	push	%rbp
	mov	%rsp, %rbp
	mov	%rdi, %rsp
	mov	%rdx, %rdi
	call	*%rsi
	mov	%rbp, %rsp
	pop	%rbp
	ret

/* Unwinders know a signal frame by exactly these bytes. */
	.globl	ack_restorer
	.balign	16
	nop
ack_restorer:
	mov	$15, %rax
	syscall
	.globl	ack_restorer_end
ack_restorer_end:

/* ---- the first and the last instruction of an image --------------------- */
	.globl	ack_start
ack_start:
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	mov	$ack_load_stack_end, %rsp
	jmp	1f
	.org	ack_start + ACK_ADOPT_OFFSET, 0xcc
	/* The kernel has loaded the image, and a tracer the stub: rsi is the execution's slot. */
	mov	%rsp, %rdi
	mov	$ack_load_stack_end, %rsp
	call	ack_adopt_main		/* (stack of the kernel, slot) -> the same */
	jmp	2f
1:	call	ack_main		/* (stack of the kernel) -> stack of the target, entry in ack_entry */
2:	mov	%rax, %rsp
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	jmp	*ack_entry

/* ---- the one call instruction that the filter does trap ------------------ */
	.section .outside, "ax", @progbits
ack_post:
	syscall
	.globl	ack_post_end
ack_post_end:
	ud2

	.section .sites, "aw", @nobits
	.globl	ack_sites
ack_sites:
	.skip	8 * ACK_SITES

	.section .load_stack, "aw", @nobits
	.skip	65536
	.globl	ack_load_stack_end
ack_load_stack_end:

	.bss
	.balign	64
	.globl	ack_sites_int80
ack_sites_int80:
	.skip	8 * ACK_SITES_INT80
	.globl	ack_frames
	.balign	ACK_FRAME_SIZE
ack_frames:
	.skip	ACK_FRAMES * ACK_FRAME_SIZE
	.section .note.GNU-stack, "", @progbits
