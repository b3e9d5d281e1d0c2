/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf.h - what of an ELF file decides how it is loaded. Pure: bytes in, a plan
 * out. The rules and the errno of each are those of fs/binfmt_elf.c (6.x).
 */
#ifndef ACKTRACE_STUB_ELF_H
#define ACKTRACE_STUB_ELF_H

#include <linux/elf.h>
#include <stddef.h>
#include <stdint.h>

#define ACK_PAGE	  4096ULL
#define ACK_ELF_HEAD	  256		    /* bytes of a file that exec looks at */
#define ACK_ELF_TABLE_MAX 65536		    /* largest program header table, bytes */
#define ACK_TASK_SIZE	  0x7ffffffff000ULL /* end of user addresses, four-level page tables */

/* Kind of a file's head. */
enum ack_elf_kind {
	ACK_ELF_NONE = 0,   /* no ELF, or not executable, or of another machine: ENOEXEC */
	ACK_ELF_X86_64 = 1, /* can be loaded */
	ACK_ELF_I386 = 2,   /* a 32-bit program: the kernel could run it, the stub cannot */
	ACK_ELF_X32 = 3,    /* 32-bit addresses, 64-bit code: neither can a tracer take it */
};

/* What the program headers say together. Addresses are the file's own, not yet biased. */
struct ack_elf {
	uint16_t type; /* ET_EXEC or ET_DYN */
	uint64_t entry;
	uint64_t table_offset; /* of the program headers in the file */
	uint32_t count;	       /* of program headers, 1 .. 1170 */
	uint32_t executable_stack;
	uint64_t low, high; /* pages that PT_LOAD covers: [low, high) */
	uint64_t align;	    /* largest PT_LOAD alignment that is a power of two, at least a page */
	uint64_t table_address;			       /* of the program headers in memory */
	uint64_t interpreter_offset, interpreter_size; /* of PT_INTERP; size 0: none */
	uint64_t code_start, code_end, data_start, data_end, break_start;
};

/* How one PT_LOAD is mapped; addresses are biased. */
struct ack_segment {
	uint64_t address, size, offset; /* of the file mapping; size 0: none */
	uint64_t zero, zero_end; /* bytes to clear behind the file part, up to a page's end */
	uint64_t anonymous, anonymous_end; /* pages without file */
	int protection;			   /* PROT_* */
};

/* Kind of the file that begins with these bytes. */
enum ack_elf_kind ack_elf_kind(const unsigned char *head, size_t size);

/* Does an ACK_ELF_I386 begin below where the filter expects the text of 32-bit programs? */
int ack_elf_is_low(const unsigned char *head, size_t size);

/* Takes offset, size and count of the program header table from a head that is ACK_ELF_X86_64.
 * Returns 0, or -1 where the kernel says ENOEXEC (ELIBBAD for an interpreter). */
int ack_elf_table(const unsigned char *head, size_t size, struct ack_elf *elf);

/* Adds what the table says. Returns 0; -1 for ENOEXEC before the point of no return; -2 for
 * segments that cannot be mapped, which the kernel finds out behind it and answers with SIGSEGV. */
int ack_elf_plan(const Elf64_Phdr *table, struct ack_elf *elf);

/* Plans one PT_LOAD of a table that ack_elf_plan took. */
void ack_elf_segment(const Elf64_Phdr *header, uint64_t bias, struct ack_segment *segment);

#endif
