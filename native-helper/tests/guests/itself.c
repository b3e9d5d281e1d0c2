/* SPDX-License-Identifier: Apache-2.0 */
/*
 * itself.c - a program that looks for its own executable, by every name that /proc has for it, and
 * for that of another process; that opens it, and executes it anew.
 */
#include "guest.h"

#include <dirent.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/sysmacros.h>

#define OFTEN 100
#define ZEROS 8192

static char self[PATH_MAX], other[PATH_MAX];
static struct stat mine;
static pid_t sleeper;

/* One name: a directory that is open, or AT_FDCWD, and the name there. */
struct name {
	int directory;
	char text[64];
};

static struct name names[16];
static int count;

static void add(int directory, const char *format, int number)
{
	names[count].directory = directory;
	snprintf(names[count++].text, sizeof(names->text), format, number);
}

static void collect(void)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY), tid = (int)syscall(SYS_gettid);
	int own = open("/proc/self", O_PATH), task = openat(own, "task", O_RDONLY);

	add(AT_FDCWD, "/proc/self/exe", 0);
	add(AT_FDCWD, "/proc/thread-self/exe", 0);
	add(AT_FDCWD, "/proc/%d/exe", getpid());
	add(AT_FDCWD, "/proc/self/task/%d/exe", tid);
	add(AT_FDCWD, "/proc/self/../self/./exe", 0);
	add(own, "exe", 0);
	add(own, "task/../exe", 0);
	add(task, "../exe", 0);
	add(task, "%d/exe", tid);
	add(proc, "self/exe", 0);
	add(proc, "%d/exe", getpid());
	CHECK(proc >= 0 && own >= 0 && task >= 0);
}

static int is_mine(const struct stat *status)
{
	return status->st_dev == mine.st_dev && status->st_ino == mine.st_ino &&
	       status->st_size == mine.st_size;
}

/* The link's text, and not a byte more. */
static void link_is(const struct name *name, const char *text)
{
	static char buffer[ZEROS], zeros[ZEROS];
	ssize_t length = (ssize_t)strlen(text);

	memset(buffer, 0, sizeof(buffer));
	CHECK(readlinkat(name->directory, name->text, buffer, ZEROS) == length);
	CHECK(memcmp(buffer, text, (size_t)length) == 0);
	CHECK(memcmp(buffer + length, zeros, (size_t)(ZEROS - length)) == 0);
	if (name->directory != AT_FDCWD)
		return;
	memset(buffer, 0, sizeof(buffer));
	CHECK(readlink(name->text, buffer, 5) == 5 && memcmp(buffer, text, 5) == 0);
	CHECK(buffer[5] == 0);
	CHECK(syscall(SYS_readlink, name->text, buffer, 0) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_readlink, name->text, buffer, -7) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_readlink, name->text, 16L, 100) == -1 && errno == EFAULT);
}

static void status_is(const struct name *name)
{
	struct statx extended;
	struct stat status;
	int d = name->directory;

	CHECK(fstatat(d, name->text, &status, 0) == 0 && is_mine(&status));
	CHECK(syscall(SYS_newfstatat, d, name->text, &status, 0) == 0 && is_mine(&status));
	CHECK(fstatat(d, name->text, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode));
	CHECK(statx(d, name->text, 0, STATX_INO | STATX_SIZE, &extended) == 0);
	CHECK(extended.stx_ino == mine.st_ino && extended.stx_size == (uint64_t)mine.st_size);
	CHECK(makedev(extended.stx_dev_major, extended.stx_dev_minor) == mine.st_dev);
	CHECK(faccessat(d, name->text, R_OK | X_OK, 0) == 0);
	CHECK(syscall(SYS_faccessat, d, name->text, W_OK) == access(self, W_OK));
	CHECK(syscall(SYS_newfstatat, d, name->text, 16L, 0) == -1 && errno == EFAULT);
	if (d != AT_FDCWD)
		return;
	CHECK(syscall(SYS_stat, name->text, &status) == 0 && is_mine(&status));
	CHECK(syscall(SYS_lstat, name->text, &status) == 0 && S_ISLNK(status.st_mode));
	CHECK(syscall(SYS_access, name->text, W_OK) == access(self, W_OK));
}

static void can_be_opened(const struct name *name)
{
	struct open_how how = {0};
	struct stat status;
	int d = name->directory, next = open("/", O_RDONLY), fd;

	close(next);
	fd = openat(d, name->text, O_RDONLY | O_CLOEXEC);
	CHECK(fd == next && fstat(fd, &status) == 0 && is_mine(&status) && close(fd) == 0);
	fd = openat(d, name->text, O_PATH);
	CHECK(fd == next && fstat(fd, &status) == 0 && is_mine(&status) && close(fd) == 0);
	fd = openat(d, name->text, O_PATH | O_NOFOLLOW);
	CHECK(fd == next && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode));
	link_is(&(struct name){fd, ""}, self);
	close(fd);
	how.flags = O_RDONLY | O_NOFOLLOW;
	CHECK(openat(d, name->text, O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
	CHECK(syscall(SYS_openat2, d, name->text, &how, sizeof(how)) == -1 && errno == ELOOP);
	how = (struct open_how){.flags = O_RDONLY, .resolve = RESOLVE_NO_MAGICLINKS};
	CHECK(syscall(SYS_openat2, d, name->text, &how, sizeof(how)) == -1 && errno == ELOOP);
	how.resolve = 0;
	fd = (int)syscall(SYS_openat2, d, name->text, &how, sizeof(how));
	CHECK(fd == next && fstat(fd, &status) == 0 && is_mine(&status) && close(fd) == 0);
	CHECK(openat(d, name->text, O_RDWR) == -1 && (errno == ETXTBSY || errno == EACCES));
	CHECK(openat(d, name->text, O_RDONLY | O_TRUNC) == -1 &&
	      (errno == ETXTBSY || errno == EACCES));
	CHECK(openat(d, name->text, O_RDWR | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
	CHECK(openat(d, name->text, O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
	if (d != AT_FDCWD)
		return;
	fd = (int)syscall(SYS_open, name->text, O_RDONLY);
	CHECK(fd == next && fstat(fd, &status) == 0 && is_mine(&status) && close(fd) == 0);
}

static void every_name_is_its_own(void)
{
	for (int i = 0; i < count; i++) {
		link_is(&names[i], self);
		status_is(&names[i]);
		can_be_opened(&names[i]);
	}
}

static void names_of_nobody_are_of_nobody(void)
{
	struct stat status;
	char text[100];

	CHECK(stat("/proc/self/task/1/exe", &status) == -1 && errno == ENOENT);
	CHECK(open("/proc/self/exe/", O_RDONLY) == -1 && errno == ENOTDIR);
	CHECK(readlink("/proc/self/fd/999/exe", text, sizeof(text)) == -1 && errno == ENOENT);
	CHECK(stat("exe", &status) == -1 && errno == ENOENT);
	CHECK(open("/proc/self/exf", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(readlink("/proc/self", text, sizeof(text)) > 0);
}

static void from_where_it_stands(void)
{
	static const char *const places[][2] = {
		{"/proc/self", "exe"}, {"/proc/self", "./exe"}, {"/proc", "self/exe"}};
	int back = open(".", O_RDONLY);

	for (int i = 0; i < 3; i++) {
		struct name name = {AT_FDCWD, ""};

		strcpy(name.text, places[i][1]);
		CHECK(chdir(places[i][0]) == 0);
		link_is(&name, self);
		status_is(&name);
		can_be_opened(&name);
		CHECK(fchdir(back) == 0);
	}
	close(back);
}

/* A link that somebody made is what he made it, and leads where it leads. */
static void links_to_it_lead_to_it(void)
{
	struct name name = {AT_FDCWD, "itself.tmp/exe"};
	struct stat status;

	mkdir("itself.tmp", 0700);
	CHECK(symlink("/proc/self/exe", name.text) == 0);
	link_is(&name, "/proc/self/exe");
	CHECK(stat(name.text, &status) == 0 && is_mine(&status));
	CHECK(unlink(name.text) == 0 && rmdir("itself.tmp") == 0);
}

static void that_of_another_process_is_that_ones(void)
{
	struct name name = {AT_FDCWD, ""};
	struct stat status, opened;
	int fd;

	snprintf(name.text, sizeof(name.text), "/proc/%d/exe", sleeper);
	link_is(&name, other);
	CHECK(stat(other, &status) == 0 && stat(name.text, &opened) == 0);
	CHECK(status.st_ino == opened.st_ino && status.st_dev == opened.st_dev);
	fd = open(name.text, O_RDONLY);
	CHECK(fd >= 0 && fstat(fd, &opened) == 0 && status.st_ino == opened.st_ino);
	close(fd);
}

static void start_another(void)
{
	int ends[2];
	char byte;

	CHECK(pipe2(ends, O_CLOEXEC) == 0 && realpath("/bin/sleep", other));
	sleeper = fork();
	if (sleeper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sleep", "sleep", "100", NULL);
		_exit(1);
	}
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 0); /* it has executed */
	close(ends[0]);
}

/* What the new image says of itself: its status is a bit for each thing that is right. */
static int tell(int argc, char **argv)
{
	char name[17] = "", link[PATH_MAX] = "";

	prctl(PR_GET_NAME, name);
	CHECK(readlink("/proc/self/exe", link, sizeof(link) - 1) > 0);
	return (strcmp(name, argv[2]) == 0) | (strcmp(link, argv[3]) == 0) << 1 | (argc == 4) << 2;
}

static void executes(int directory, const char *path, const char *name)
{
	char *argv[] = {"me", "tell", (char *)(uintptr_t)name, self, NULL}, *envp[] = {NULL};
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (directory == AT_FDCWD)
			execve(path, argv, envp);
		else
			syscall(SYS_execveat, directory, path, argv, envp, 0);
		_exit(errno);
	}
	CHECK(waitpid(child, &status, 0) == child);
	if (status != 7 << 8)
		printf("%s: status %x\n", path, (unsigned)status);
	CHECK(status == 7 << 8);
}

static void it_executes_itself(void)
{
	char path[64], *argv[] = {"true", NULL}, *envp[] = {NULL};
	int status;
	pid_t child;

	executes(AT_FDCWD, "/proc/self/exe", "exe");
	executes(AT_FDCWD, "/proc/thread-self/exe", "exe");
	snprintf(path, sizeof(path), "/proc/%d/exe", getpid()); /* the child's parent */
	executes(AT_FDCWD, path, "exe");
	CHECK(syscall(SYS_execveat, AT_FDCWD, "/proc/self/exe", argv, envp, AT_SYMLINK_NOFOLLOW) ==
		      -1 &&
	      errno == ELOOP);
	child = fork();
	if (child == 0) { /* sleep without an argument fails */
		snprintf(path, sizeof(path), "/proc/%d/exe", sleeper);
		dup2(open("/dev/null", O_WRONLY), 2);
		execve(path, argv, envp);
		_exit(99);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* What has no name is still there by the link in /proc. */
static int tell_without_a_name(char **argv)
{
	struct name name = {AT_FDCWD, "/proc/self/exe"};
	char *words[] = {"me", "tell", "exe", argv[2], NULL}, *envp[] = {NULL};

	CHECK(fstat(atoi(argv[3]), &mine) == 0 && mine.st_nlink == 0);
	strcpy(self, argv[2]);
	CHECK(close_range(3, ~0U, 0) == 0);
	link_is(&name, self);
	for (int i = 0; i < OFTEN; i++) {
		struct stat status;
		int fd = open(name.text, O_RDONLY);

		CHECK(fd == 3 && fstat(fd, &status) == 0 && is_mine(&status) && close(fd) == 0);
		CHECK(stat(name.text, &status) == 0 && is_mine(&status));
	}
	execve(name.text, words, envp);
	return 99;
}

static void what_has_no_name_finds_itself(void)
{
	char *argv[] = {"me", "nameless", "/memfd:itself (deleted)", "9", NULL}, *envp[] = {NULL};
	int file = open(self, O_RDONLY), memory = memfd_create("itself", 0), status;
	pid_t child;

	CHECK(sendfile(memory, file, NULL, (size_t)mine.st_size) == mine.st_size);
	child = fork();
	if (child == 0) {
		dup2(memory, 9);
		fexecve(9, argv, envp);
		_exit(errno);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 7 << 8);
	close(file);
	close(memory);
}

static void it_executes_itself_by_a_directory(void)
{
	int own = open("/proc/self", O_PATH), fd = open("/proc/self/exe", O_RDONLY);
	char *argv[] = {"me", "tell", "exe", self, NULL}, *envp[] = {NULL};
	int status;
	pid_t child = fork();

	if (child == 0) {
		syscall(SYS_execveat, own, "exe", argv, envp, 0);
		_exit(errno);
	}
	CHECK(waitpid(child, &status, 0) == child && (status >> 8 & 6) == 6);
	child = fork();
	if (child == 0) {
		fexecve(fd, argv, envp);
		_exit(errno);
	}
	CHECK(waitpid(child, &status, 0) == child && (status >> 8 & 6) == 6);
	close(own);
	close(fd);
}

/* Names in /proc in a program that lets nothing pass but what it calls. */
static int look_around(void)
{
	static char entries[4096];
	struct stat status;
	int fd = open("/proc/self/exe", O_RDONLY), list = open("/proc/self/fd", O_RDONLY), bad;

	bad = fd < 0 || list < 0 || fstatat(AT_FDCWD, "/proc/self/exe", &status, 0) != 0;
	while (getdents64(list, entries, sizeof(entries)) > 0)
		;
	close(list);
	close(fd);
	return bad;
}

static void sandboxed(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getdents64, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	int result = 7;

	for (int i = 0; i < OFTEN; i++)
		CHECK(look_around() == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	for (int i = 0; i < OFTEN; i++)
		if (look_around())
			result = 8;
	syscall(SYS_exit_group, result);
}

static void a_sandbox_does_not_hear_of_it(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		sandboxed();
	CHECK(waitpid(child, &status, 0) == child && status == 7 << 8);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "tell") == 0)
		return tell(argc, argv);
	if (argc == 4 && strcmp(argv[1], "nameless") == 0)
		return tell_without_a_name(argv);
	CHECK(syscall(SYS_open, "/proc/self/exe", O_RDWR) == -1); /* the first one of its kind */
	CHECK(errno == ETXTBSY || errno == EACCES);
	CHECK(realpath(argv[0], self) && stat(self, &mine) == 0);
	collect();
	start_another();
	for (int i = 0; i < OFTEN; i++) { /* sites that are busy may be rewritten */
		every_name_is_its_own();
		names_of_nobody_are_of_nobody();
	}
	from_where_it_stands();
	links_to_it_lead_to_it();
	that_of_another_process_is_that_ones();
	it_executes_itself();
	it_executes_itself_by_a_directory();
	what_has_no_name_finds_itself();
	a_sandbox_does_not_hear_of_it();
	kill(sleeper, SIGKILL);
	waitpid(sleeper, NULL, 0);
	return done();
}
