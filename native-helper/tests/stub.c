/* SPDX-License-Identifier: Apache-2.0 */
/* stub.c - the stub's parts that run outside it: ELF files, scripts, masks, the first stack. */
#include <errno.h>
#include <linux/auxvec.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../stub/canonical.h"
#include "../stub/elf.h"
#include "../stub/masks.h"
#include "../stub/misc.h"
#include "../stub/script.h"
#include "../stub/stack.h"
#include "check.h"

/* ---- ELF ------------------------------------------------------------------------ */

#define HEADERS 6

struct file {
	Elf64_Ehdr head;
	Elf64_Phdr table[HEADERS];
	unsigned char rest[256];
};

/* A small position-independent program: headers, text, data with bss, interpreter, stack. */
static struct file ordinary(void)
{
	struct file f = {
		.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			 .e_type = ET_DYN,
			 .e_machine = 62,
			 .e_entry = 0x1040,
			 .e_phoff = sizeof(Elf64_Ehdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = HEADERS},
		.table = {{.p_type = PT_PHDR,
			   .p_offset = 64,
			   .p_vaddr = 64,
			   .p_filesz = 336,
			   .p_memsz = 336},
			  {.p_type = PT_INTERP,
			   .p_offset = 400,
			   .p_vaddr = 400,
			   .p_filesz = 28,
			   .p_memsz = 28},
			  {.p_type = PT_LOAD,
			   .p_flags = PF_R,
			   .p_filesz = 0x600,
			   .p_memsz = 0x600,
			   .p_align = 0x1000},
			  {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_X,
			   .p_offset = 0x1000,
			   .p_vaddr = 0x1000,
			   .p_filesz = 0x200,
			   .p_memsz = 0x200,
			   .p_align = 0x1000},
			  {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_W,
			   .p_offset = 0x2df0,
			   .p_vaddr = 0x3df0,
			   .p_filesz = 0x220,
			   .p_memsz = 0x2228,
			   .p_align = 0x1000},
			  {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W}},
	};
	return f;
}

static int plan(const struct file *f, struct ack_elf *elf)
{
	if (ack_elf_kind((const unsigned char *)f, sizeof(*f)) != ACK_ELF_X86_64)
		return -3;
	if (ack_elf_table((const unsigned char *)f, sizeof(*f), elf) < 0)
		return -4;
	return ack_elf_plan(f->table, elf);
}

static void an_ordinary_program_is_planned(void)
{
	struct file f = ordinary();
	struct ack_elf elf;

	CHECK(plan(&f, &elf) == 0);
	CHECK(elf.low == 0 && elf.high == 0x7000 && elf.align == 0x1000 && elf.entry == 0x1040);
	CHECK(elf.interpreter_offset == 400 && elf.interpreter_size == 28);
	CHECK(elf.table_address == 64 && elf.executable_stack == 0);
	CHECK(elf.code_start == 0x1000 && elf.code_end == 0x1200 &&
	      elf.break_start == 0x3df0 + 0x2228);
}

static void memory_is_zero_from_the_file_part_to_the_end_of_the_page(void)
{
	struct file f = ordinary();
	struct ack_segment s;

	ack_elf_segment(&f.table[4], 0x10000, &s);
	CHECK(s.address == 0x13000 && s.size == 0x2000 && s.offset == 0x2000);
	CHECK(s.zero == 0x13df0 + 0x220 && s.zero_end == 0x15000);
	CHECK(s.anonymous == 0x15000 && s.anonymous_end == 0x17000);
	ack_elf_segment(&f.table[3], 0x10000, &s);
	CHECK(s.zero == s.zero_end && s.anonymous == s.anonymous_end);
	f.table[4].p_filesz = 0;
	ack_elf_segment(&f.table[4], 0x10000, &s);
	CHECK(s.size == 0 && s.zero == s.zero_end && s.anonymous == 0x13000 &&
	      s.anonymous_end == 0x17000);
}

static void programs_of_other_machines_are_told_apart(void)
{
	struct file f = ordinary();

	f.head.e_machine = 3;
	CHECK(ack_elf_kind((unsigned char *)&f, sizeof(f)) == ACK_ELF_I386);
	f.head.e_machine = 183;
	CHECK(ack_elf_kind((unsigned char *)&f, sizeof(f)) == ACK_ELF_NONE);
	f.head.e_machine = 62;
	f.head.e_ident[EI_CLASS] = ELFCLASS32; /* x32 */
	CHECK(ack_elf_kind((unsigned char *)&f, sizeof(f)) == ACK_ELF_X32);
	f.head.e_type = ET_REL;
	CHECK(ack_elf_kind((unsigned char *)&f, sizeof(f)) == ACK_ELF_NONE);
	CHECK(ack_elf_kind((const unsigned char *)"\177EL", 3) == ACK_ELF_NONE);
}

static void what_the_kernel_refuses_before_the_point_of_no_return_is_refused(void)
{
	struct file f = ordinary();
	struct ack_elf elf;

	f.head.e_phentsize = 55;
	CHECK(plan(&f, &elf) == -4);
	f = ordinary();
	f.head.e_phnum = 0;
	CHECK(plan(&f, &elf) == -4);
	f.head.e_phnum = 1171; /* more than 65536 bytes */
	CHECK(plan(&f, &elf) == -4);
	f = ordinary();
	f.table[1].p_filesz = 1;
	CHECK(plan(&f, &elf) == -1);
	f.table[1].p_filesz = 4097;
	CHECK(plan(&f, &elf) == -1);
}

static void what_cannot_be_mapped_fails_behind_it(void)
{
	struct file f = ordinary();
	struct ack_elf elf;

	f.table[4].p_memsz = 0x100; /* less than the file part */
	CHECK(plan(&f, &elf) == -2);
	f = ordinary();
	f.table[4].p_vaddr = 0x7ffffffff000;
	CHECK(plan(&f, &elf) == -2);
	f = ordinary();
	f.table[4].p_memsz = UINT64_MAX;
	CHECK(plan(&f, &elf) == -2);
	f = ordinary();
	f.table[4].p_offset++; /* not congruent to its address */
	CHECK(plan(&f, &elf) == -2);
	f = ordinary();
	for (int i = 0; i < HEADERS; i++)
		f.table[i].p_type = PT_NULL;
	CHECK(plan(&f, &elf) == -2);
}

/* Whatever a mutated file says, a plan that is accepted stays inside the address space. */
static void plans_of_mutated_files_stay_in_bounds(void)
{
	int accepted = 0;

	for (int round = 0; round < 200000; round++) {
		struct file f = ordinary();
		struct ack_elf elf;
		unsigned changes = 1 + (unsigned)(next_random() % 6);

		for (unsigned i = 0; i < changes; i++) {
			size_t at = next_random() % (sizeof(f.head) + sizeof(f.table));

			((unsigned char *)&f)[at] = (unsigned char)next_random();
		}
		if (f.head.e_phnum > HEADERS)
			f.head.e_phnum = HEADERS;
		if (plan(&f, &elf) != 0)
			continue;
		accepted++;
		CHECK(elf.low < elf.high && elf.high <= ACK_TASK_SIZE + ACK_PAGE);
		CHECK((elf.align & (elf.align - 1)) == 0 && elf.align >= ACK_PAGE);
		CHECK(elf.interpreter_size <= 4096);
		for (uint32_t k = 0; k < elf.count; k++) {
			struct ack_segment s;

			if (f.table[k].p_type != PT_LOAD)
				continue;
			ack_elf_segment(&f.table[k], 0, &s);
			CHECK(s.address >= elf.low && s.address + s.size <= elf.high + ACK_PAGE);
			CHECK(s.anonymous <= s.anonymous_end &&
			      s.anonymous_end <= elf.high + ACK_PAGE);
			CHECK(s.zero <= s.zero_end &&
			      (s.zero == s.zero_end ||
			       (s.zero >= s.address && s.zero_end <= s.address + s.size)));
		}
		if (!good)
			return;
	}
	CHECK(accepted > 1000);
}

static void heads_of_garbage_are_harmless(void)
{
	unsigned char bytes[ACK_ELF_HEAD];
	struct ack_elf elf;

	for (int round = 0; round < 100000; round++) {
		size_t size = next_random() % (sizeof(bytes) + 1);
		unsigned char *exact = malloc(size ? size : 1);

		for (size_t i = 0; i < size; i++)
			exact[i] = (unsigned char)next_random();
		if (size > 4 && next_random() % 2)
			memcpy(exact, "\177ELF", 4);
		if (ack_elf_kind(exact, size) != ACK_ELF_NONE)
			CHECK(ack_elf_table(exact, size, &elf) <= 0);
		free(exact);
	}
}

/* ---- scripts --------------------------------------------------------------------- */

static int parse(const char *text, size_t size, char *interpreter, char *argument)
{
	char head[ACK_SCRIPT_HEAD] = {0};
	struct ack_script s;
	int result;

	memcpy(head, text, size < sizeof(head) ? size : sizeof(head));
	result = ack_script_parse(head, &s);
	if (result == 1) {
		memcpy(interpreter, head + s.interpreter, s.interpreter_size);
		interpreter[s.interpreter_size] = 0;
		memcpy(argument, head + s.argument, s.argument_size);
		argument[s.argument_size] = 0;
	}
	return result;
}

static void first_lines_are_read_as_the_kernel_reads_them(void)
{
	static const struct {
		const char *text;
		int result;
		const char *interpreter, *argument;
	} cases[] = {
		{"#!/bin/sh\n", 1, "/bin/sh", ""},
		{"#!/bin/sh", 1, "/bin/sh", ""},
		{"#! \t/bin/sh -e  -x \t\necho", 1, "/bin/sh", "-e  -x"},
		{"#!/usr/bin/env python3\n", 1, "/usr/bin/env", "python3"},
		{"#!\n", -1, "", ""},
		{"#!   \n", -1, "", ""},
		{"#!", -1, "", ""},
		{"#/bin/sh\n", 0, "", ""},
		{"", 0, "", ""},
	};
	char interpreter[ACK_SCRIPT_HEAD + 1], argument[ACK_SCRIPT_HEAD + 1], text[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int result = parse(cases[i].text, strlen(cases[i].text), interpreter, argument);

		CHECK(result == cases[i].result);
		if (result == 1 && cases[i].result == 1)
			CHECK(!strcmp(interpreter, cases[i].interpreter) &&
			      !strcmp(argument, cases[i].argument));
	}
	memset(text, 'a', sizeof(text)); /* a name that goes on behind what is read */
	memcpy(text, "#!/", 3);
	CHECK(parse(text, sizeof(text), interpreter, argument) == -1);
	text[100] = ' '; /* an argument that does is cut */
	CHECK(parse(text, sizeof(text), interpreter, argument) == 1);
	CHECK(strlen(interpreter) == 98 && strlen(argument) == 154);
}

static void rules_of_binfmt_misc_fit_as_in_the_kernel(void)
{
	static const struct {
		const char *rule, *head, *name;
		int fits;
	} cases[] = {
		{"enabled\ninterpreter /bin/x\nflags: \nextension .jar\n", "PK", "a.jar", 1},
		{"enabled\ninterpreter /bin/x\nflags: \nextension .jar\n", "PK", "a.jar.x", 0},
		{"enabled\ninterpreter /bin/x\nflags: \nextension .jar\n", "PK", "jar", 0},
		{"disabled\ninterpreter /bin/x\nflags: \nextension .jar\n", "PK", "a.jar", 0},
		{"enabled\nflags: \noffset 0\nmagic 4d5a\n", "MZ\x90", "a", 1},
		{"enabled\nflags: \noffset 1\nmagic 4d5a\n", "MZ\x90", "a", 0},
		{"enabled\nflags: \noffset 1\nmagic 4d5a\n", "xMZ", "a", 1},
		{"enabled\noffset 0\nmagic 4d5a\nmask ff00\n", "Mx", "a", 1},
		{"enabled\noffset 0\nmagic 4d5a\nmask ff\n", "MZ", "a", 0},
		{"enabled\noffset 99999999999999999999\nmagic 4d\n", "MZ", "a", 0},
		{"enabled\noffset 0\nmagic 4\n", "MZ", "a", 0},
		{"enabled\noffset 0\nmagic \n", "MZ", "a", 0},
		{"enabled", "MZ", "a", 0},
		{"", "MZ", "a", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t size = strlen(cases[i].head);
		unsigned char *head = malloc(size); /* what is read behind it is noticed */

		memcpy(head, cases[i].head, size);
		CHECK(ack_misc_fits(cases[i].rule, head, size, cases[i].name) == cases[i].fits);
		free(head);
	}
}

static void rules_of_garbage_stay_in_their_text(void)
{
	static const char *const parts[] = {"enabled\n",
					    "magic ",
					    "4d5a",
					    "mask ",
					    "ff",
					    "offset ",
					    "1",
					    "\n",
					    "extension .",
					    "a",
					    "9999999999999999999"};
	const unsigned char head[4] = {'M', 'Z', 0, 1};

	for (int round = 0; round < 20000; round++) {
		char text[200] = "";
		char *rule;

		for (unsigned k = next_random() % 8; k > 0; k--)
			strcat(text, parts[next_random() % 11]);
		rule = strdup(text);
		ack_misc_fits(rule, head, sizeof(head), "x.a");
		free(rule);
	}
}

static void scripts_of_garbage_stay_in_the_head(void)
{
	static const char letters[] = "#!/ \t\nab\0";

	for (int round = 0; round < 200000; round++) {
		char *head = malloc(ACK_SCRIPT_HEAD);
		struct ack_script s;

		for (int i = 0; i < ACK_SCRIPT_HEAD; i++)
			head[i] = letters[next_random() % (sizeof(letters) - 1)];
		head[0] = '#';
		head[1] = '!';
		if (ack_script_parse(head, &s) == 1) {
			CHECK(s.interpreter_size > 0 &&
			      s.interpreter + s.interpreter_size <= ACK_SCRIPT_HEAD);
			CHECK(s.argument + s.argument_size <= ACK_SCRIPT_HEAD);
			CHECK(!memchr(head + s.interpreter, '\n', s.interpreter_size));
		}
		free(head);
		if (!good)
			return;
	}
}

/* ---- masks ------------------------------------------------------------------------- */

static void the_kernel_never_gets_the_bit_of_sigsys(void)
{
	for (int round = 0; round < 10000; round++) {
		uint64_t mask = next_random();

		CHECK(!(ack_mask_for_kernel(mask) & ACK_SIGSYS_BIT));
		CHECK(ack_mask_for_target(ack_mask_for_kernel(mask), !!(mask & ACK_SIGSYS_BIT)) ==
		      mask);
	}
}

static void masks_change_as_rt_sigprocmask_changes_them(void)
{
	uint64_t result;

	CHECK(ack_mask_apply(0, 0xf0, 0x0f, &result) == 0 && result == 0xff);
	CHECK(ack_mask_apply(1, 0xf0, 0x30, &result) == 0 && result == 0xc0);
	CHECK(ack_mask_apply(2, 0xf0, 0x0f, &result) == 0 && result == 0x0f);
	CHECK(ack_mask_apply(2, 0, UINT64_MAX, &result) == 0 &&
	      result == (UINT64_MAX & ~ACK_UNBLOCKABLE));
	CHECK(ack_mask_apply(3, 0, 0, &result) == -EINVAL);
	CHECK(ack_mask_apply(-1, 0, 0, &result) == -EINVAL);
}

/* ---- the first stack ----------------------------------------------------------------- */

struct made {
	char *memory;
	uint64_t *kernel;
};

#define STACK_SIZE 65536

/* A stack as the kernel makes it: pointers, then what the auxiliary vector points at, then strings.
 */
static struct made make_stack(const char *const *arguments, size_t argc,
			      const char *const *environment, size_t envc)
{
	struct made made = {.memory = calloc(1, STACK_SIZE)};
	char *top = made.memory + STACK_SIZE - 8, *platform, *bytes;
	uint64_t *at, argv[16], envp[16];

	for (size_t i = envc; i-- > 0; envp[i] = (uint64_t)top)
		top = strcpy(top - strlen(environment[i]) - 1, environment[i]);
	for (size_t i = argc; i-- > 0; argv[i] = (uint64_t)top)
		top = strcpy(top - strlen(arguments[i]) - 1, arguments[i]);
	platform = strcpy(top - 7 - next_random() % 64, "x86_64");
	bytes = platform - 16;
	memcpy(bytes, "0123456789abcdef", 16);
	at = (uint64_t *)(((uintptr_t)bytes & ~15UL) -
			  8 * ((1 + argc + 1 + envc + 1 + 16 + 1) & ~1UL));
	made.kernel = at;
	*at++ = argc;
	for (size_t i = 0; i < argc; i++)
		*at++ = argv[i];
	*at++ = 0;
	for (size_t i = 0; i < envc; i++)
		*at++ = envp[i];
	*at++ = 0;
	const uint64_t auxiliary[] = {AT_PHDR,	   1,
				      AT_PHNUM,	   2,
				      AT_BASE,	   0,
				      AT_ENTRY,	   3,
				      AT_RANDOM,   (uint64_t)bytes,
				      AT_PLATFORM, (uint64_t)platform,
				      AT_EXECFN,   4,
				      AT_NULL,	   0};
	memcpy(at, auxiliary, sizeof(auxiliary));
	return made;
}

static uint64_t value(const struct ack_stack *stack, uint64_t type)
{
	for (uint64_t *at = stack->auxiliary; *at; at += 2)
		if (*at == type)
			return at[1];
	return 0;
}

static void check_stack(const struct ack_stack *stack, const char *const *arguments, size_t argc,
			const char *const *environment, size_t envc)
{
	uint64_t *at = stack->pointer;
	const char *next = (const char *)stack->argument_start;

	CHECK((uintptr_t)at % 16 == 0);
	CHECK(*at++ == argc);
	for (size_t i = 0; i < argc; i++, at++) {
		CHECK(!strcmp((char *)*at, arguments[i]));
		CHECK((char *)*at ==
		      next); /* one behind the other, as /proc/PID/cmdline shows them */
		next += strlen(next) + 1;
	}
	CHECK((uint64_t)next == stack->argument_end && *at++ == 0);
	for (size_t i = 0; i < envc; i++)
		CHECK(!strcmp((char *)*at++, environment[i]));
	CHECK(*at++ == 0);
	CHECK(at == stack->auxiliary);
	CHECK(value(stack, AT_PHDR) == 0x11 && value(stack, AT_PHNUM) == 9 &&
	      value(stack, AT_BASE) == 0x22);
	CHECK(value(stack, AT_ENTRY) == 0x33);
	CHECK(!memcmp((char *)value(stack, AT_RANDOM), "0123456789abcdef", 16));
	CHECK(!strcmp((char *)value(stack, AT_PLATFORM), "x86_64"));
}

static void a_program_gets_the_stack_that_the_kernel_would_have_made(void)
{
	static const char *const words[] = {"", "a", "-c", "a longer argument with blanks", "x=y"};
	static const char *const environment[] = {"PATH=/bin", "A=", "B=c"};

	for (int round = 0; round < 2000; round++) {
		const char *arguments[24], *expected[24];
		size_t argc = 1 + next_random() % 10, envc = next_random() % 4;
		struct ack_stack_change change = {.file_name = "/some/where/script",
						  .prefix_count = next_random() % ACK_STACK_PREFIX,
						  .header_address = 0x11,
						  .header_count = 9,
						  .base = 0x22,
						  .entry = 0x33};
		struct ack_stack result;
		struct made made;
		size_t n = 0;

		for (size_t i = 0; i < argc; i++)
			arguments[i] = words[next_random() % 5];
		for (size_t i = 0; i < change.prefix_count; i++)
			expected[n++] = change.prefix[i] = words[next_random() % 5];
		for (size_t i = change.prefix_count ? 1 : 0; i < argc; i++)
			expected[n++] = arguments[i];
		made = make_stack(arguments, argc, environment, envc);
		ack_stack_change(made.kernel, &change, &result);
		check_stack(&result, expected, n, environment, envc);
		CHECK(!strcmp((char *)value(&result, AT_EXECFN), "/some/where/script"));
		CHECK((char *)result.pointer >= made.memory);
		free(made.memory);
		if (!good)
			return;
	}
}

/* ---- paths without links --------------------------------------------------------- */

static long links_of_a_system(const char *name, char *to, size_t size)
{
	static const struct {
		const char *name, *text;
	} links[] = {
		{"/bin", "usr/bin"},
		{"/usr/bin/awk", "/etc/alternatives/awk"},
		{"/etc/alternatives/awk", "/usr/bin/mawk"},
		{"/usr/bin/up", "../../opt/./x//y"},
		{"/a", "b"},
		{"/b", "a"},
		{"/top", "/"},
	};

	char walked[ACK_CANONICAL_MAX] = "";

	if (ack_canonical_put(walked, name) < 0)
		return -EINVAL;
	if (!strcmp(walked, "/locked"))
		return -EACCES;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		if (strcmp(links[i].name, walked))
			continue;
		CHECK(strlen(links[i].text) <= size);
		memcpy(to, links[i].text, strlen(links[i].text));
		return (long)strlen(links[i].text);
	}
	return -EINVAL;
}

/* As ack_canonical_open does it, without the file. */
static int follow(char name[ACK_CANONICAL_MAX], const char *from, const char *path)
{
	char absolute[ACK_CANONICAL_MAX];
	int result = 1;

	if (strlen(from) + strlen(path) + 2 > sizeof(absolute))
		return -1;
	sprintf(absolute, "%s%s%s", from, *from ? "/" : "", path);
	for (int links = 0; result == 1; links++) {
		result = ack_canonical_follow(absolute, links_of_a_system);
		if (links > 16)
			return -1;
	}
	name[0] = '\0';
	return result < 0 ? -1 : ack_canonical_put(name, absolute);
}

static void a_path_is_followed_to_where_its_file_is(void)
{
	static const struct {
		const char *from, *path, *to;
	} cases[] = {
		{"", "/bin/true", "/usr/bin/true"},
		{"", "//bin/./true", "/usr/bin/true"},
		{"", "/./bin/true", "/usr/bin/true"},
		{"", "/bin/awk", "/usr/bin/mawk"},
		{"", "/usr/bin/up", "/opt/x/y"},
		{"", "/bin/up", "/opt/x/y"},
		{"", "/bin/../lib/x", "/usr/lib/x"},
		{"", "/../../x", "/x"},
		{"", "/top/usr/bin/true", "/usr/bin/true"},
		{"/srv/me", "./run", "/srv/me/run"},
		{"/srv/me", "../you/run", "/srv/you/run"},
		{"/srv/me", "../../../../usr/bin/true", "/usr/bin/true"},
	};
	char name[ACK_CANONICAL_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK(follow(name, cases[i].from, cases[i].path) == 0);
		CHECK(!strcmp(name, cases[i].to));
	}
}

static void a_path_that_cannot_be_told_is_given_up(void)
{
	static const char *const paths[] = {"",	    "/",	 "/bin/true/", "/a/x",
					    "/top", "/locked/x", "/.",	       "/x/.."};
	char name[ACK_CANONICAL_MAX], path[3 * ACK_CANONICAL_MAX];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		CHECK(follow(name, "", paths[i]) < 0);
	for (size_t size = 1; size < sizeof(path); size++) {
		memset(path, 'x', size);
		path[0] = '/';
		path[size] = '\0';
		name[0] = '\0';
		CHECK((ack_canonical_put(name, path) == 0) ==
		      (size > 1 && size < ACK_CANONICAL_MAX));
		memcpy(path, size > 5 ? "/bin/" : "/", size > 5 ? 5 : 1);
		CHECK((follow(name, "", path) == 0) ==
		      (size > 1 && size + (size > 5 ? 4 : 0) < ACK_CANONICAL_MAX));
	}
}

static const struct test tests[] = {
	TEST(an_ordinary_program_is_planned),
	TEST(memory_is_zero_from_the_file_part_to_the_end_of_the_page),
	TEST(programs_of_other_machines_are_told_apart),
	TEST(what_the_kernel_refuses_before_the_point_of_no_return_is_refused),
	TEST(what_cannot_be_mapped_fails_behind_it),
	TEST(plans_of_mutated_files_stay_in_bounds),
	TEST(heads_of_garbage_are_harmless),
	TEST(first_lines_are_read_as_the_kernel_reads_them),
	TEST(scripts_of_garbage_stay_in_the_head),
	TEST(rules_of_binfmt_misc_fit_as_in_the_kernel),
	TEST(rules_of_garbage_stay_in_their_text),
	TEST(the_kernel_never_gets_the_bit_of_sigsys),
	TEST(masks_change_as_rt_sigprocmask_changes_them),
	TEST(a_program_gets_the_stack_that_the_kernel_would_have_made),
	TEST(a_path_is_followed_to_where_its_file_is),
	TEST(a_path_that_cannot_be_told_is_given_up),
};

int main(void)
{
	return run_tests(tests, sizeof(tests) / sizeof(*tests));
}
