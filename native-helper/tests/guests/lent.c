/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lent.c - what a child does in memory that its parent lends it (vfork, posix_spawn, CLONE_VM)
 * stays the child's: the action of SIGSYS, its place in the mask, its process id. What an exec
 * hands on, and what a fork does not.
 */
#include "guest.h"

#include <elf.h>
#include <spawn.h>

#define SIGSYS_BIT (1ULL << (SIGSYS - 1))

extern char **environ;
static char *program;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static uint64_t raw_mask(void)
{
	uint64_t mask = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) == 0);
	return mask;
}

static void block_sigsys(int how)
{
	uint64_t set = SIGSYS_BIT;

	CHECK(syscall(SYS_rt_sigprocmask, how, &set, NULL, 8) == 0);
}

static int status_of(pid_t child)
{
	int status = -1;

	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	return status;
}

static pid_t spawn(const char *word)
{
	char *words[] = {program, (char *)word, NULL};
	pid_t child = -1;

	CHECK(posix_spawn(&child, program, NULL, NULL, words, environ) == 0);
	return child;
}

static void the_action_of_sigsys_survives_children(void)
{
	struct sigaction action = {.sa_handler = on_signal}, got;
	pid_t child;

	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	CHECK(status_of(spawn("nothing")) == 0); /* libc resets every handler in the child */
	CHECK(system("exit 3") == 3 << 8);
	child = vfork();
	if (child == 0) {
		action.sa_handler = SIG_DFL;
		sigaction(SIGSYS, &action, NULL);
		sigaction(SIGSYS, NULL, &got);
		_exit(got.sa_handler == SIG_DFL ? 7 : 1);
	}
	CHECK(status_of(child) == 7 << 8);
	CHECK(sigaction(SIGSYS, NULL, &got) == 0 && got.sa_handler == on_signal);
	caught = 0;
	CHECK(raise(SIGSYS) == 0 && caught == SIGSYS);
	signal(SIGSYS, SIG_DFL);
}

static void the_mask_survives_children(void)
{
	pid_t child = vfork();

	if (child == 0) {
		block_sigsys(SIG_BLOCK);
		_exit(raw_mask() & SIGSYS_BIT ? 7 : 1);
	}
	CHECK(status_of(child) == 7 << 8);
	CHECK(raw_mask() == 0);
	block_sigsys(SIG_BLOCK);
	child = vfork();
	if (child == 0) {
		uint64_t before = raw_mask();

		block_sigsys(SIG_UNBLOCK);
		_exit(before & SIGSYS_BIT && !(raw_mask() & SIGSYS_BIT) ? 7 : 1);
	}
	CHECK(status_of(child) == 7 << 8);
	CHECK(raw_mask() == SIGSYS_BIT);
	CHECK(status_of(fork() ?: (_exit(raw_mask() == SIGSYS_BIT ? 7 : 1), 0)) == 7 << 8);
	CHECK(status_of(spawn("blocked")) == 0);
	block_sigsys(SIG_UNBLOCK);
	CHECK(status_of(spawn("unblocked")) == 0);
}

static void what_is_pending_is_not_inherited_by_fork(void)
{
	sigset_t pending;
	pid_t child;

	block_sigsys(SIG_BLOCK);
	CHECK(raise(SIGSYS) == 0);
	child = fork();
	if (child == 0) {
		CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGSYS));
		block_sigsys(SIG_UNBLOCK); /* and nothing comes */
		_exit(7);
	}
	CHECK(status_of(child) == 7 << 8);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGSYS));
	child = fork();
	if (child == 0) {
		CHECK(raise(SIGSYS) == 0);
		execl(program, program, "pending", NULL);
		_exit(1);
	}
	CHECK(status_of(child) == 0);
	signal(SIGSYS, on_signal);
	caught = 0;
	block_sigsys(SIG_UNBLOCK);
	CHECK(caught == SIGSYS);
	signal(SIGSYS, SIG_DFL);
}

/* One bit for each open descriptor. */
static uint64_t open_descriptors(void)
{
	uint64_t open = 0;

	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			open |= 1ULL << fd;
	return open;
}

static void put_file(const char *name, const void *bytes, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
}

/* A file that cannot be executed: tried in a child, who has no descriptor of it afterwards. */
static void try_in_vain(const char *name, const void *bytes, size_t size)
{
	uint64_t before = open_descriptors();
	pid_t child;

	put_file(name, bytes, size);
	child = vfork();
	if (child == 0) {
		execl(name, name, "nothing", NULL);
		_exit(open_descriptors() == before ? 7 : 1);
	}
	CHECK(status_of(child) == 7 << 8 && unlink(name) == 0);
}

/* This program, with an interpreter that is not there; a static one has none to miss. */
static void try_without_interpreter(const char *name)
{
	static char bytes[1 << 20];
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, bytes, sizeof(bytes));

	CHECK(size > (ssize_t)sizeof(*header) && close(fd) == 0);
	for (int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *part = (const Elf64_Phdr *)(bytes + header->e_phoff) + i;

		if (part->p_type == PT_INTERP) {
			bytes[part->p_offset + 1] = 'x';
			try_in_vain(name, bytes, (size_t)size);
			return;
		}
	}
}

static void an_execution_leaves_no_descriptor(void)
{
	static const char script[] = "#! /nonexistent/interpreter\n", image[] = "\177ELF\2\1\1";
	char directory[] = "/tmp/acktrace-lent-XXXXXX", name[64], word[20];
	pid_t child;

	CHECK(mkdtemp(directory));
	snprintf(name, sizeof(name), "%s/file", directory);
	try_in_vain(name, script, sizeof(script));
	try_in_vain(name, image, sizeof(image));
	try_in_vain(name, "", 0);
	try_without_interpreter(name);
	CHECK(rmdir(directory) == 0);
	snprintf(word, sizeof(word), "%llx", (unsigned long long)open_descriptors());
	child = vfork();
	if (child == 0) {
		execl(program, program, word, NULL);
		_exit(1);
	}
	CHECK(status_of(child) == 0);
}

/* The first thing that it does in its life is to lend its memory, and the child lives on. */
static int lend_at_once(void)
{
	static struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, got;
	static char *words[] = {"sleep", "5", NULL};
	pid_t child = vfork();

	if (child == 0) {
		execv("/bin/sleep", words);
		_exit(1);
	}
	usleep(20000);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR1, NULL, &got) == 0);
	CHECK(got.sa_handler == on_signal && (got.sa_flags & SA_RESTART));
	CHECK(kill(child, SIGKILL) == 0 && status_of(child) == SIGKILL);
	return 0;
}

int main(int argc, char **argv)
{
	sigset_t pending;

	program = argv[0];
	if (argc > 1 && strcmp(argv[1], "blocked") == 0)
		return raw_mask() != SIGSYS_BIT;
	if (argc > 1 && strcmp(argv[1], "unblocked") == 0)
		return raw_mask() != 0;
	if (argc > 1 && strcmp(argv[1], "pending") == 0)
		return sigpending(&pending) != 0 || !sigismember(&pending, SIGSYS);
	if (argc > 1 && strcmp(argv[1], "lend") == 0)
		return lend_at_once();
	if (argc > 1 && strcmp(argv[1], "nothing"))
		return strtoull(argv[1], NULL, 16) != open_descriptors();
	if (argc > 1)
		return 0;
	the_action_of_sigsys_survives_children();
	the_mask_survives_children();
	what_is_pending_is_not_inherited_by_fork();
	an_execution_leaves_no_descriptor();
	for (int i = 0; i < 3; i++) /* from the second on all that it calls is known */
		CHECK(status_of(spawn("lend")) == 0);
	return done();
}
