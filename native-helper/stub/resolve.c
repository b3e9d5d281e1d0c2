/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"
#include "canonical.h"
#include "elf.h"
#include "misc.h"
#include "number.h"
#include "sys.h"
#include <asm/errno.h>
#include <asm/stat.h>
#include <linux/fcntl.h>

#define MODE_TYPE	0170000
#define MODE_LINK	0120000
#define MODE_FILE	0100000
#define MODE_PRIVILEGED 06000 /* set-user-id, set-group-id */

#define AT_EXECVE_CHECK_ 0x10000 /* 6.14: every check of exec, and no exec */
#define CLOSE_ON_EXEC	 02000000
#define OPEN_FLAGS	 (00 | CLOSE_ON_EXEC | 04000) /* O_RDONLY | O_CLOEXEC | O_NONBLOCK */
#define OPEN_PATH	 (010000000 | CLOSE_ON_EXEC)  /* O_PATH | O_CLOEXEC */
#define NOFOLLOW	 0400000
#define ST_NOEXEC_	 8
#define TABLE_PART	 8	/* program headers read at once */
#define EXECUTE		 1	/* X_OK */
#define ERROR_POINTER	 (-1UL) /* what the kernel takes for an error, not an address */

struct resolver {
	struct ack_exec *exec;
	struct ack_refusal *refusal;
	unsigned how; /* enum ack_resolve_how */
};

/* Of descriptors that the next image needs. */
static uint64_t open_flags(const struct resolver *r)
{
	return r->how & ACK_RESOLVE_KEEP ? OPEN_FLAGS & ~(uint64_t)CLOSE_ON_EXEC : OPEN_FLAGS;
}

static int is_quiet(const struct resolver *r)
{
	return !!(r->how & ACK_RESOLVE_QUIET);
}

/* The start of a file, zero behind its end: more than exec looks at, so that most program headers
 * and the name of the interpreter are in it. */
struct head {
	unsigned char bytes[1024];
	long size;
};

static long read_head(long fd, struct head *head)
{
	memset(head->bytes, 0, sizeof(head->bytes));
	head->size =
		sys4(__NR_pread64, (uint64_t)fd, address_of(head->bytes), sizeof(head->bytes), 0);
	return head->size;
}

/* Bytes of a file, of which the start has been read. Returns how many, or -errno. */
static long read_part(int fd, const struct head *head, void *to, uint64_t size, uint64_t offset)
{
	if (offset >= (uint64_t)head->size || size > (uint64_t)head->size - offset)
		return sys4(__NR_pread64, (uint64_t)fd, address_of(to), size, offset);
	memcpy(to, head->bytes + offset, size);
	return (long)size;
}

/* The checks of do_open_execat, for kernels that cannot be asked. */
static __attribute__((cold)) int check_by_hand(int directory, const char *path, int flags)
{
	uint64_t filesystem[32] = {0}; /* struct statfs; f_flags is its eleventh word */
	struct stat status;
	int nofollow = flags & AT_SYMLINK_NOFOLLOW ? NOFOLLOW : 0;
	long fd, result;

	if (path[0] == '\0' && !(flags & AT_EMPTY_PATH))
		return -ENOENT;
	if (path[0] == '\0')
		fd = sys3(__NR_fcntl, (uint64_t)directory, 1030 /* F_DUPFD_CLOEXEC */, 0);
	else
		fd = sys4(__NR_openat, (uint64_t)directory, address_of(path),
			  (uint64_t)(OPEN_PATH | nofollow), 0);
	if (fd < 0)
		return (int)fd;
	result = sys3(__NR_fstat, (uint64_t)fd, address_of(&status), 0);
	if (result == 0 && (status.st_mode & MODE_TYPE) == MODE_LINK)
		result = -ELOOP;
	else if (result == 0 && (status.st_mode & MODE_TYPE) != MODE_FILE)
		result = -EACCES;
	if (result == 0)
		result = sys4(__NR_faccessat2, (uint64_t)fd, address_of(""), EXECUTE,
			      AT_EACCESS | AT_EMPTY_PATH);
	if (result == -ENOSYS)
		result = status.st_mode & 0111 ? 0 : -EACCES;
	if (result == 0 && sys3(__NR_fstatfs, (uint64_t)fd, address_of(filesystem), 0) == 0 &&
	    (filesystem[10] & ST_NOEXEC_))
		result = -EACCES;
	sys1(__NR_close, (uint64_t)fd);
	return (int)result;
}

static int check(struct resolver *r, int directory, const char *path, int flags)
{
	int half = !!(r->how & ACK_RESOLVE_OPEN_DECIDES);
	const uint64_t argv[] = {half ? ERROR_POINTER : address_of(""), 0}, envp[] = {0};
	long result;

	if (is_quiet(r))
		return 0;
	/* Behind the opening of the file comes the look at argv, then what takes longest. A bad
	 * address there would be a fault; an error pointer is seen before it is used as one. */
	result = sys6(__NR_execveat, (uint64_t)directory, address_of(path), address_of(argv),
		      address_of(envp), (uint64_t)(flags | AT_EXECVE_CHECK_), 0);
	if (half && result == -EFAULT)
		return 0;
	if (result == -EINVAL || result == -ENOSYS)
		return check_by_hand(directory, path, flags);
	return (int)result;
}

/* Opens for reading what has passed the checks. */
static long open_checked(struct resolver *r, int directory, const char *path)
{
	char name[ACK_DESCRIPTOR_NAME];
	long fd;

	if (path[0] == '\0') {
		ack_name_descriptor(name, (uint32_t)directory);
		fd = sys4(__NR_openat, (uint64_t)AT_FDCWD, address_of(name), open_flags(r), 0);
	} else {
		fd = sys4(__NR_openat, (uint64_t)directory, address_of(path), open_flags(r), 0);
	}
	if (fd == -EACCES)
		r->refusal->refused = 1; /* executable, but not readable */
	return fd;
}

/* Puts a text behind the others; its place, or 0 if there is no room (place 0 is never given). */
static uint32_t put_text(struct ack_exec *exec, const char *text, size_t size)
{
	uint32_t place = exec->text_size ? exec->text_size : 1;

	if (size >= sizeof(exec->text) - place)
		return 0;
	memcpy(exec->text + place, text, size);
	exec->text[place + size] = '\0';
	exec->text_size = place + (uint32_t)size + 1;
	return place;
}

static void put_prefix(struct ack_exec *exec, uint32_t place)
{
	for (uint32_t i = exec->prefix_count; i > 0; i--)
		exec->prefix[i] = exec->prefix[i - 1];
	exec->prefix[0] = place;
	exec->prefix_count++;
}

/* One level of a script: `name` is what the file was called. Returns 0 or -errno. */
static __attribute__((cold)) int take_script(struct ack_exec *exec, const char *head,
					     const struct ack_script *script, uint32_t name)
{
	uint32_t argument = 0, interpreter;

	if (script->argument_size)
		argument = put_text(exec, head + script->argument, script->argument_size);
	interpreter = put_text(exec, head + script->interpreter, script->interpreter_size);
	if (interpreter == 0 || (script->argument_size && argument == 0))
		return -ENOEXEC;
	if (exec->prefix_count ==
	    0) /* else it stands there, as the interpreter of the level before */
		put_prefix(exec, name);
	if (argument)
		put_prefix(exec, argument);
	put_prefix(exec, interpreter);
	exec->file = interpreter;
	return 0;
}

/* Tells files, and what they were before they were written to, from each other. */
static uint64_t identity_of(const struct stat *status)
{
	const uint64_t words[] = {
		status->st_dev,	      status->st_ino,	     (uint64_t)status->st_size,
		status->st_mtime,     status->st_mtime_nsec, status->st_ctime,
		status->st_ctime_nsec};
	uint64_t h = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		h = (h ^ words[i]) * 0xbf58476d1ce4e5b9ULL;
		h ^= h >> 29;
	}
	return h ? h : 1;
}

/* May an open file be executed? Then it returns its identity. A no, 0, is no answer yet: ask the
 * kernel then, which says why. */
static uint64_t may_execute(int fd)
{
	struct stat status;

	/* faccessat says no to a regular file on a file system without execution, too. */
	if (sys3(__NR_fstat, (uint64_t)fd, address_of(&status), 0) < 0 ||
	    (status.st_mode & MODE_TYPE) != MODE_FILE ||
	    sys4(__NR_faccessat2, (uint64_t)fd, address_of(""), EXECUTE,
		 AT_EACCESS | AT_EMPTY_PATH) < 0)
		return 0;
	return identity_of(&status);
}

/* Opens an interpreter. To ask the kernel whether it may be executed takes five times as long as
 * the three calls that say so nearly always, and every program has an interpreter. */
static long open_interpreter(struct resolver *r, const char *path)
{
	long fd;
	int result;

	if (is_quiet(r))
		return open_checked(r, AT_FDCWD, path);
	fd = sys4(__NR_openat, (uint64_t)AT_FDCWD, address_of(path), open_flags(r), 0);
	r->exec->interpreter_identity = fd < 0 ? 0 : may_execute((int)fd);
	if (r->exec->interpreter_identity)
		return fd;
	result = check(r, AT_FDCWD, path, 0);
	if (result == 0 && fd >= 0)
		return fd;
	if (fd >= 0)
		sys1(__NR_close, (uint64_t)fd);
	if (result == 0 && fd == -EACCES)
		r->refusal->refused = 1; /* executable, but not readable */
	return result < 0 ? result : fd;
}

/* Reads the start of an interpreter: is it one? */
static int check_head(long interpreter, struct head *head)
{
	struct ack_elf table;
	long n = read_head(interpreter, head);

	if (n < (long)sizeof(Elf64_Ehdr))
		return n < 0 ? (int)n : -EIO;
	return ack_elf_kind(head->bytes, ACK_ELF_HEAD) != ACK_ELF_X86_64 ||
			       ack_elf_table(head->bytes, ACK_ELF_HEAD, &table) < 0
		       ? -ELIBBAD
		       : 0;
}

static int check_interpreter(struct resolver *r, int fd, const struct ack_elf *elf,
			     struct head *head)
{
	struct ack_exec *exec = r->exec;
	char *path = exec->text + sizeof(exec->text) - WIRE_TEXT_MAX;
	long n, interpreter;
	int result = 0;

	if (exec->text_size > sizeof(exec->text) - WIRE_TEXT_MAX)
		return -ENOEXEC;
	n = read_part(fd, head, path, elf->interpreter_size, elf->interpreter_offset);
	if (n != (long)elf->interpreter_size)
		return n < 0 ? (int)n : -EIO;
	if (path[n - 1] != '\0')
		return -ENOEXEC;
	interpreter = open_interpreter(r, path);
	if (interpreter < 0)
		return (int)interpreter;
	/* One that was good for an execution before this one need not be read again. */
	if (!exec->interpreter_identity || exec->interpreter_identity != exec->good_interpreter)
		result = check_head(interpreter, head);
	if (result < 0) {
		sys1(__NR_close, (uint64_t)interpreter);
		return result;
	}
	exec->interpreter = (int)interpreter;
	exec->good_interpreter = exec->interpreter_identity;
	return 0;
}

/* What of an ELF file is decided before the point of no return. */
static int check_elf(struct resolver *r, int fd, struct head *head)
{
	Elf64_Phdr part[TABLE_PART];
	struct ack_elf elf, found = {0};
	int covers = 0;

	if (ack_elf_table(head->bytes, ACK_ELF_HEAD, &elf) < 0)
		return -ENOEXEC;
	for (uint32_t i = 0; i < elf.count; i += TABLE_PART) {
		uint32_t count = elf.count - i < TABLE_PART ? elf.count - i : TABLE_PART;
		uint64_t size = count * sizeof(Elf64_Phdr);
		long n = read_part(fd, head, part, size, elf.table_offset + i * sizeof(Elf64_Phdr));

		if (n != (long)size)
			return -ENOEXEC;
		for (uint32_t k = 0; k < count; k++) {
			if (part[k].p_type == PT_INTERP && found.interpreter_size == 0) {
				if (part[k].p_filesz < 2 || part[k].p_filesz > WIRE_TEXT_MAX)
					return -ENOEXEC;
				found.interpreter_offset = part[k].p_offset;
				found.interpreter_size = part[k].p_filesz;
			}
			if (part[k].p_type == PT_LOAD && elf.type == ET_EXEC &&
			    ack_meets_stub(part[k].p_vaddr, part[k].p_vaddr + part[k].p_memsz))
				covers = 1;
		}
	}
	if (covers) {
		r->refusal->refused = 1;
		return -ENOEXEC;
	}
	return found.interpreter_size ? check_interpreter(r, fd, &found, head) : 0;
}

/* Opens what has passed the checks; where its path stands behind the other texts, 0: it is not
 * known. If it is a script, that place is used for something else. */
static long open_image(struct resolver *r, int directory, const char *path, uint32_t *canonical)
{
	struct ack_exec *exec = r->exec;
	uint32_t place = exec->text_size ? exec->text_size : 1;
	long fd = -1;

	*canonical = place;
	if (!is_quiet(r) && place + ACK_CANONICAL_MAX <= sizeof(exec->text) - WIRE_TEXT_MAX)
		fd = ack_canonical_open(directory, path, open_flags(r), exec->text + place);
	if (fd >= 0)
		return fd;
	*canonical = 0;
	return open_checked(r, directory, path);
}

/* Opens one file and says what it is: 1 a script (exec->file is its interpreter now), 0 an image.
 */
static int take_file(struct resolver *r, int directory, const char *path, int flags, uint32_t name)
{
	struct ack_script script;
	struct stat status;
	struct head head;
	long fd, n;
	uint32_t canonical;
	int result = check(r, directory, path, flags);

	if (result < 0)
		return result;
	fd = open_image(r, directory, path, &canonical);
	if (fd < 0)
		return (int)fd;
	n = read_head(fd, &head);
	result = n < 0 ? (int)n : ack_script_parse((const char *)head.bytes, &script);
	if (result == 1) {
		result = take_script(r->exec, (const char *)head.bytes, &script, name);
		sys1(__NR_close, (uint64_t)fd);
		return result < 0 ? result : 1;
	}
	if (result == -1)
		result = -ENOEXEC;
	if (result == 0) {
		enum ack_elf_kind kind = ack_elf_kind(head.bytes, ACK_ELF_HEAD);

		r->refusal->native =
			kind == ACK_ELF_I386 && !ack_elf_is_low(head.bytes, ACK_ELF_HEAD);
		if (kind == ACK_ELF_NONE && !is_quiet(r) && n > 0)
			r->refusal->native =
				(uint32_t)ack_misc_takes(head.bytes, ACK_ELF_HEAD, path);
		r->refusal->refused |=
			r->refusal->native | (kind == ACK_ELF_X32) | (kind == ACK_ELF_I386);
		result = kind == ACK_ELF_X86_64 ? check_elf(r, (int)fd, &head) : -ENOEXEC;
	}
	if (result < 0) {
		sys1(__NR_close, (uint64_t)fd);
		return result;
	}
	r->exec->nameless = 0;
	if (sys3(__NR_fstat, (uint64_t)fd, address_of(&status), 0) == 0) {
		r->refusal->privileged = (status.st_mode & MODE_PRIVILEGED) != 0;
		r->exec->nameless = status.st_nlink == 0;
	}
	r->exec->image = (int)fd;
	r->exec->canonical = canonical;
	return 0;
}

/* The name by which exec knows the file: AT_EXECFN, and argument of an interpreter. */
static int name_file(struct ack_exec *exec, int directory, const char *path)
{
	char *to = exec->name;
	size_t size = strlen(path);

	if (path[0] != '/' && directory != AT_FDCWD) {
		memcpy(to, "/dev/fd/", 8);
		to = ack_put_number(to + 8, (uint32_t)directory);
		if (size)
			*to++ = '/';
	}
	if (size >= sizeof(exec->name) - (size_t)(to - exec->name))
		return -ENAMETOOLONG;
	memcpy(to, path, size + 1);
	return 0;
}

int ack_resolve(struct ack_exec *exec, int directory, const char *path, const char *file, int flags,
		unsigned how, struct ack_refusal *refusal)
{
	struct resolver r = {exec, refusal, how};
	uint32_t name;
	int result;

	*refusal = (struct ack_refusal){0};
	exec->prefix_count = 0;
	exec->text_size = exec->canonical = 0;
	exec->interpreter_identity = 0;
	exec->image = exec->interpreter = -1;
	result = name_file(exec, directory, path);
	if (result < 0)
		return result;
	name = put_text(exec, exec->name, strlen(exec->name));
	exec->file = exec->called = name;
	result = take_file(&r, directory, file ? file : path, flags, name);
	for (int depth = 1; result == 1; depth++) {
		if (depth > ACK_SCRIPT_DEPTH)
			return -ELOOP;
		result = take_file(&r, AT_FDCWD, exec->text + exec->file, 0, exec->file);
	}
	return result;
}
