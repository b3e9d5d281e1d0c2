/* SPDX-License-Identifier: Apache-2.0 */
/*
 * early ROUNDS - executes itself so many times, and then calls through the dynamic loader: where
 * its call sites have been changed before anything ran, nobody may notice. Prints "changed" or "as
 * it was", by what stands at the sites, and ok.
 */
#include "guest.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>

#define LIBRARY "libm.so.6"
#define OPENS	400

static volatile sig_atomic_t alarms, strange;
static uintptr_t text_start, text_end; /* of the loader's segment, not of its pages */

/* The executable segment of the loader. */
static void find_text(void)
{
	const char *base = (const char *)getauxval(AT_BASE);
	const ElfW(Ehdr) *head = (const void *)base;
	const ElfW(Phdr) *table = (const void *)(base + head->e_phoff);

	for (int i = 0; i < head->e_phnum; i++)
		if (table[i].p_type == PT_LOAD && (table[i].p_flags & PF_X)) {
			text_start = (uintptr_t)base + table[i].p_vaddr;
			text_end = text_start + table[i].p_filesz;
		}
	CHECK(text_end > text_start);
}

/* Profilers look at the address: it must be the target's, and the loader has nothing behind its
 * segment. */
static void look(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)signal;
	(void)info;
	alarms++;
	if (at - STUB_START < STUB_END - STUB_START)
		strange = 1;
	if (at - text_end < 4096 - text_end % 4096) /* the rest of the loader's last page */
		strange = 2;
}

/* The loader's wrappers for openat, read, fstat, mmap, mprotect, close and munmap. */
static void calls_go_through_the_loader(void)
{
	struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct itimerval often = {{0, 97}, {0, 97}}, never = {{0, 0}, {0, 0}};

	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < OPENS; i++) {
		void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
		double (*cosine)(double);

		CHECK(library);
		cosine = (double (*)(double))dlsym(library, "cos");
		CHECK(cosine && cosine(0.0) == 1.0);
		CHECK(dlclose(library) == 0);
		CHECK(!dlopen("/nowhere/lib.so", RTLD_NOW));
	}
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	CHECK(alarms > 0 && strange == 0);
}

/* What the kernel would have mapped of the loader's text: once, not to be written, with its name.
 */
static void the_text_is_mapped_as_it_was(void)
{
	char line[512], permissions[5], name[256];
	uintptr_t start, end;
	FILE *maps = fopen("/proc/self/maps", "r");
	int found = 0;

	CHECK(maps);
	while (fgets(line, sizeof(line), maps)) {
		name[0] = '\0';
		CHECK(sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &start, &end, permissions,
			     name) >= 3);
		if (end <= text_start || start >= text_end)
			continue;
		CHECK(start <= text_start && end >= text_end && !strcmp(permissions, "r-xp"));
		CHECK(strstr(name, "ld-"));
		found++;
	}
	CHECK(found == 1);
	fclose(maps);
}

/* Are there call instructions in the file that memory does not have? Offsets and addresses of the
 * text are the same in a loader. */
static int is_changed(void)
{
	const unsigned char *file;
	struct stat status;
	int fd, changed = 0;
	uintptr_t base = getauxval(AT_BASE);

	fd = open("/lib64/ld-linux-x86-64.so.2", O_RDONLY);
	CHECK(fd >= 0 && fstat(fd, &status) == 0);
	file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(file != MAP_FAILED);
	for (uintptr_t at = text_start; at + 1 < text_end; at++)
		changed += file[at - base] == 0x0f && file[at - base + 1] == 0x05 &&
			   *(const unsigned char *)at != 0x0f;
	CHECK(munmap((void *)file, (size_t)status.st_size) == 0 && close(fd) == 0);
	return changed;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 0;
	char left[32];

	if (rounds > 0) {
		snprintf(left, sizeof(left), "%ld", rounds - 1);
		execl(argv[0], argv[0], left, (char *)NULL);
		CHECK(0);
	}
	find_text();
	the_text_is_mapped_as_it_was();
	puts(is_changed() ? "changed" : "as it was");
	fflush(stdout);
	calls_go_through_the_loader();
	return done();
}
