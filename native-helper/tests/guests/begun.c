/* SPDX-License-Identifier: Apache-2.0 */
/*
 * begun.c - what a program finds when it begins: words, auxiliary vector, stack, heap, name. What
 * differs from run to run is checked here; the rest is printed, and must be what it is anywhere.
 */
#include "guest.h"

#include <elf.h>
#include <limits.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/resource.h>

extern char **environ;
extern char _start[], _end[], __ehdr_start[];

/* The bytes of a file in /proc; how many. */
static size_t slurp(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY);
	size_t length = 0;
	ssize_t n;

	CHECK(fd >= 0);
	while (length < size && (n = read(fd, to + length, size - length)) > 0)
		length += (size_t)n;
	close(fd);
	return length;
}

static const ElfW(auxv_t) * vector(void)
{
	char **at = environ;

	while (*at)
		at++;
	return (const ElfW(auxv_t) *)(at + 1);
}

static void print_words(int argc, char **argv)
{
	char line[4096];
	size_t length = slurp("/proc/self/cmdline", line, sizeof(line)), at = 0;

	printf("argc %d\n", argc);
	for (int i = 0; i <= argc; i++)
		printf("argument %s\n", argv[i] ? argv[i] : "(null)");
	for (int i = 0; i < argc; i++) {
		CHECK(at < length && strcmp(line + at, argv[i]) == 0);
		at += strlen(argv[i]) + 1;
		CHECK(i + 1 == argc || argv[i + 1] == argv[i] + strlen(argv[i]) + 1);
	}
	CHECK(at == length);
	/* the environment follows, so that a program can write its title over both */
	CHECK(!environ[0] || environ[0] == argv[argc - 1] + strlen(argv[argc - 1]) + 1);
}

static void a_title_written_over_the_words_is_shown(char **argv)
{
	char line[4096];
	char old = argv[0][0];

	argv[0][0] = '!';
	CHECK(slurp("/proc/self/cmdline", line, sizeof(line)) > 0 && line[0] == '!');
	argv[0][0] = old;
}

static void the_environment_stands_where_the_kernel_says(void)
{
	static char text[1 << 20];
	size_t length = slurp("/proc/self/environ", text, sizeof(text)), at = 0;

	for (char **e = environ; *e; e++) {
		CHECK(at < length && strcmp(text + at, *e) == 0);
		at += strlen(*e) + 1;
	}
	CHECK(at == length);
}

static void print_vector(void)
{
	char file[2048];
	size_t bytes = slurp("/proc/self/auxv", file, sizeof(file)), at = 0;

	for (const ElfW(auxv_t) *a = vector();; a++) {
		CHECK(at + sizeof(*a) <= bytes && memcmp(file + at, a, sizeof(*a)) == 0);
		at += sizeof(*a);
		switch (a->a_type) {
		case AT_SYSINFO_EHDR:
			CHECK(memcmp((char *)a->a_un.a_val, ELFMAG, 4) == 0);
			break;
		case AT_PHDR:
			CHECK(a->a_un.a_val ==
			      (uintptr_t)__ehdr_start + ((ElfW(Ehdr) *)__ehdr_start)->e_phoff);
			break;
		case AT_ENTRY:
			CHECK(a->a_un.a_val == (uintptr_t)_start);
			break;
		case AT_BASE:
			if (a->a_un.a_val == 0) /* nobody loads a static program */
				break;
			CHECK(a->a_un.a_val % 4096 == 0);
			CHECK(memcmp((char *)a->a_un.a_val, ELFMAG, 4) == 0);
			break;
		case AT_RANDOM:
			CHECK(memcmp((char *)a->a_un.a_val, (char[16]){0}, 16) != 0);
			break;
		case AT_EXECFN:
		case AT_PLATFORM:
			printf("auxv %lu %s\n", (unsigned long)a->a_type, (char *)a->a_un.a_val);
			continue;
		default:
			printf("auxv %lu %lx\n", (unsigned long)a->a_type,
			       (unsigned long)a->a_un.a_val);
			if (a->a_type == AT_NULL)
				return;
			continue;
		}
		printf("auxv %lu\n", (unsigned long)a->a_type);
	}
}

/* What /proc/self/maps calls the mapping of an address; "" if there is none. */
static const char *mapping_of(const void *address)
{
	static char line[PATH_MAX + 200];
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	int name;

	CHECK(maps);
	while (fgets(line, sizeof(line), maps)) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &from, &to, &name) >= 2 &&
		    (uintptr_t)address - from < to - from) {
			fclose(maps);
			return line + name;
		}
	}
	fclose(maps);
	return "";
}

static void the_heap_grows_behind_the_program(void)
{
	char *start = sbrk(0);
	struct rlimit limit;

	CHECK(start != (void *)-1 && sbrk(65536) == start);
	memset(start, 1, 65536);
	CHECK(strcmp(mapping_of(start), "[heap]") == 0);
	CHECK(start >= _end && (size_t)(start - _end) < 2UL << 30);
	for (int i = 0; i < 100; i++)
		CHECK(sbrk(1 << 20) != (void *)-1);
	CHECK(brk(start) == 0 && sbrk(0) == start);
	CHECK(getrlimit(RLIMIT_DATA, &limit) == 0);
	printf("data %lx\n", (unsigned long)limit.rlim_cur);
}

static void the_stack_is_one(char **argv)
{
	struct rlimit limit;
	volatile char deep[1 << 20];

	CHECK(((uintptr_t)(argv - 1) & 15) == 0); /* argc, where the program began */
	CHECK(strcmp(mapping_of(argv), "[stack]") == 0);
	CHECK(strcmp(mapping_of(argv[0]), "[stack]") == 0);
	for (size_t i = 0; i < sizeof(deep); i += 4096)
		deep[i] = 1; /* it grows */
	CHECK(deep[4096] == 1);
	CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
	printf("stack %lx\n", (unsigned long)limit.rlim_cur);
}

/* Fields of /proc/self/stat by their numbers in proc(5). */
static unsigned long field(int number)
{
	char line[2048] = "";
	char *at;

	CHECK(slurp("/proc/self/stat", line, sizeof(line) - 1) > 0);
	at = strrchr(line, ')');
	CHECK(at);
	for (int i = 2; i < number; i++) {
		at = strchr(at + 1, ' ');
		CHECK(at);
	}
	return strtoul(at + 1, NULL, 10);
}

static void the_kernel_knows_where_everything_is(int argc, char **argv)
{
	char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;

	CHECK(field(28) == (uintptr_t)(argv - 1));				/* startstack */
	CHECK(field(26) <= (uintptr_t)_start && field(27) > (uintptr_t)_start); /* its code */
	CHECK(field(48) == (uintptr_t)argv[0] && field(49) == (uintptr_t)end);	/* arguments */
	CHECK(field(50) == (uintptr_t)end);					/* environment */
	CHECK(field(47) <= (uintptr_t)sbrk(0));
}

static void print_names(const char *self)
{
	char name[17] = "", link[PATH_MAX] = "", path[PATH_MAX], comm[20] = "";
	ssize_t length;

	CHECK(prctl(PR_GET_NAME, name) == 0);
	CHECK(slurp("/proc/self/comm", comm, sizeof(comm) - 1) > 0);
	printf("name %s comm %s", name, comm);
	length = readlink("/proc/self/exe", link, sizeof(link) - 1);
	CHECK(length > 0 && realpath(self, path));
	link[length] = 0;
	CHECK(strcmp(link, path) == 0);
	CHECK(strcmp(mapping_of(_start), path) == 0);
}

int main(int argc, char **argv)
{
	print_words(argc, argv);
	print_vector();
	a_title_written_over_the_words_is_shown(argv);
	the_environment_stands_where_the_kernel_says();
	the_heap_grows_behind_the_program();
	the_stack_is_one(argv);
	the_kernel_knows_where_everything_is(argc, argv);
	print_names(argv[0]);
	return done();
}
