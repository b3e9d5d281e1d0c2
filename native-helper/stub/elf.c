/* SPDX-License-Identifier: Apache-2.0 */
#include "elf.h"
#include "wire.h"
#include <linux/elf-em.h>
#include <linux/mman.h>

static void copy_bytes(void *to, const unsigned char *from, size_t size)
{
	__builtin_memcpy(to, from, size);
}

static Elf64_Ehdr header_of(const unsigned char *head, size_t size)
{
	Elf64_Ehdr header = {0};

	copy_bytes(&header, head, size < sizeof(header) ? size : sizeof(header));
	return header;
}

enum ack_elf_kind ack_elf_kind(const unsigned char *head, size_t size)
{
	Elf64_Ehdr header = header_of(head, size);

	if (header.e_ident[0] != 0x7f || header.e_ident[1] != 'E' || header.e_ident[2] != 'L' ||
	    header.e_ident[3] != 'F')
		return ACK_ELF_NONE;
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return ACK_ELF_NONE;
	if (header.e_machine == EM_386 || header.e_machine == 6 /* EM_486 */)
		return ACK_ELF_I386;
	if (header.e_machine != EM_X86_64)
		return ACK_ELF_NONE;
	return header.e_ident[EI_CLASS] == ELFCLASS32 ? ACK_ELF_X32 : ACK_ELF_X86_64;
}

int ack_elf_is_low(const unsigned char *head, size_t size)
{
	Elf32_Ehdr header = {0};

	copy_bytes(&header, head, size < sizeof(header) ? size : sizeof(header));
	return header.e_type == ET_EXEC && header.e_entry < WIRE_ACK_NARROW_START;
}

int ack_elf_table(const unsigned char *head, size_t size, struct ack_elf *elf)
{
	Elf64_Ehdr header = header_of(head, size);
	uint32_t bytes = (uint32_t)header.e_phnum * sizeof(Elf64_Phdr);

	*elf = (struct ack_elf){0};
	if (header.e_phentsize != sizeof(Elf64_Phdr) || bytes == 0 || bytes > ACK_ELF_TABLE_MAX)
		return -1;
	if (header.e_phoff > INT64_MAX - ACK_ELF_TABLE_MAX)
		return -1;
	elf->type = header.e_type;
	elf->entry = header.e_entry;
	elf->table_offset = header.e_phoff;
	elf->count = header.e_phnum;
	return 0;
}

/* A segment's pages must lie inside the address space, and its file part inside the segment. */
static int load_is_sane(const Elf64_Phdr *header)
{
	uint64_t end;

	if (header->p_vaddr >= ACK_TASK_SIZE || header->p_filesz > header->p_memsz ||
	    header->p_memsz > ACK_TASK_SIZE || ACK_TASK_SIZE - header->p_memsz < header->p_vaddr)
		return 0;
	if (__builtin_add_overflow(header->p_offset, header->p_filesz, &end) || end > INT64_MAX)
		return 0;
	if (header->p_filesz && (header->p_offset - header->p_vaddr) % ACK_PAGE != 0)
		return 0;
	return 1;
}

static void widen(struct ack_elf *elf, const Elf64_Phdr *header, int first)
{
	uint64_t start = header->p_vaddr, low = start & ~(ACK_PAGE - 1);
	uint64_t file_end = start + header->p_filesz, end = start + header->p_memsz;

	if (first || low < elf->low)
		elf->low = low;
	if (((end + ACK_PAGE - 1) & ~(ACK_PAGE - 1)) > elf->high)
		elf->high = (end + ACK_PAGE - 1) & ~(ACK_PAGE - 1);
	if ((header->p_align & (header->p_align - 1)) == 0 && header->p_align > elf->align)
		elf->align = header->p_align;
	if ((header->p_flags & PF_X) && (elf->code_end == 0 || start < elf->code_start))
		elf->code_start = start;
	if ((header->p_flags & PF_X) && file_end > elf->code_end)
		elf->code_end = file_end;
	if (start > elf->data_start)
		elf->data_start = start;
	if (file_end > elf->data_end)
		elf->data_end = file_end;
	if (end > elf->break_start)
		elf->break_start = end;
}

int ack_elf_plan(const Elf64_Phdr *table, struct ack_elf *elf)
{
	int loads = 0, has_table = 0;

	elf->align = ACK_PAGE;
	for (uint32_t i = 0; i < elf->count; i++) {
		const Elf64_Phdr *header = &table[i];

		if (header->p_type == PT_INTERP && elf->interpreter_size == 0) {
			if (header->p_filesz > 4096 || header->p_filesz < 2 ||
			    header->p_offset > INT64_MAX - 4096)
				return -1;
			elf->interpreter_offset = header->p_offset;
			elf->interpreter_size = header->p_filesz;
		}
	}
	for (uint32_t i = 0; i < elf->count; i++) {
		const Elf64_Phdr *header = &table[i];

		if (header->p_type == PT_GNU_STACK)
			elf->executable_stack = (header->p_flags & PF_X) != 0;
		if (header->p_type == PT_PHDR) {
			elf->table_address = header->p_vaddr;
			has_table = 1;
		}
		if (header->p_type != PT_LOAD)
			continue;
		if (!load_is_sane(header))
			return -2;
		if (!has_table && header->p_offset <= elf->table_offset &&
		    elf->table_offset < header->p_offset + header->p_filesz)
			elf->table_address = elf->table_offset - header->p_offset + header->p_vaddr;
		widen(elf, header, loads++ == 0);
	}
	return loads > 0 && elf->low < elf->high ? 0 : -2;
}

void ack_elf_segment(const Elf64_Phdr *header, uint64_t bias, struct ack_segment *segment)
{
	uint64_t inside = header->p_vaddr % ACK_PAGE, start = header->p_vaddr + bias;
	uint64_t file_end = start + header->p_filesz, end = start + header->p_memsz;
	uint64_t up = ACK_PAGE - 1;

	*segment = (struct ack_segment){0};
	segment->protection = (header->p_flags & PF_R ? PROT_READ : 0) |
			      (header->p_flags & PF_W ? PROT_WRITE : 0) |
			      (header->p_flags & PF_X ? PROT_EXEC : 0);
	segment->address = start - inside;
	if (header->p_filesz) {
		segment->size = (header->p_filesz + inside + up) & ~up;
		segment->offset = header->p_offset - inside;
	}
	segment->anonymous = segment->address + segment->size;
	segment->anonymous_end = (end + up) & ~up;
	if (segment->anonymous_end < segment->anonymous)
		segment->anonymous_end = segment->anonymous;
	if (header->p_filesz && header->p_memsz > header->p_filesz) {
		segment->zero = file_end;
		segment->zero_end = segment->anonymous;
	}
}
