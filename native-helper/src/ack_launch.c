/* SPDX-License-Identifier: Apache-2.0 */
/* ack_launch.c - the launcher's side of the stub. */
#include "ack_launch.h"

#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "error.h"
#include "fd.h"
#include "segment.h"

#include "../stub/layout.h"
#include "../stub/masks.h"
#include "../stub/resolve.h"

#define HOLE_LOOKS	 200 /* ms for the learner to go on, of all holes together */
#define MODULES_MAX	 32  /* security modules */
#define LSM_LIST_MODULES 461 /* lsm_list_modules(2), Linux 6.8; older headers lack it and these */
#define LSM_CAPABILITY	 100
#define LSM_YAMA	 105
#define LSM_LOADPIN	 106
#define LSM_SAFESETID	 107
#define LSM_LOCKDOWN	 108
#define LSM_BPF		 109
#define LSM_LANDLOCK	 110
#define LOW_TABLE	 1024 /* a descriptor table of this size is copied by a fork without notice */

_Static_assert(LOW_TABLE - ACK_FDS == WIRE_ACK_DESCRIPTORS,
	       "what the filter lets pass is not ours");

static int open_stub(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (length < 0)
		return -1;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof("/acktrace-stub") > size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(slash, "/acktrace-stub", sizeof("/acktrace-stub"));
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool has_rdpid(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 1u << 22);
}

/* Do all security modules that are active decide about an execution when its file is opened, if at
 * all? linux/lsm.h; a program of BPF could be attached elsewhere, and none is known that is. */
static bool open_decides(void)
{
	static const uint64_t modules[] = {LSM_CAPABILITY, LSM_YAMA, LSM_LOADPIN, LSM_SAFESETID,
					   LSM_LOCKDOWN,   LSM_BPF,  LSM_LANDLOCK};
	uint64_t active[MODULES_MAX];
	uint32_t size = sizeof(active);
	long count = syscall(LSM_LIST_MODULES, active, &size, 0);

	for (long i = 0; i < count; i++) {
		bool harmless = false;

		for (size_t k = 0; k < sizeof(modules) / sizeof(*modules); k++)
			harmless |= active[i] == modules[k];
		if (!harmless)
			return false;
	}
	return count > 0;
}

int ack_session_open(struct ack_session *session, struct wire_segment *segment, int segment_fd)
{
	char path[PATH_MAX];
	struct stat status;

	*session = (struct ack_session){.segment = segment,
					.segment_fd = segment_fd,
					.stub_fd = -1,
					.life = {-1, -1},
					.told = {-1, -1}};
	session->stub_fd = fd_high(open_stub(path, sizeof(path)));
	if (session->stub_fd < 0 || fstat(session->stub_fd, &status) < 0)
		return -1;
	session->area = (struct ack_area *)((char *)segment + ACK_AREA_OFFSET);
	session->area->has_rdpid = has_rdpid();
	session->area->stub_device = status.st_dev;
	session->area->stub_inode = status.st_ino;
	session->area->open_decides = open_decides();
	snprintf(session->area->stub, sizeof(session->area->stub), "%s", path);
	return 0;
}

void ack_session_close(struct ack_session *session)
{
	session->area = NULL;
	fd_drop(&session->life[0]);
	fd_drop(&session->life[1]);
	fd_drop(&session->told[0]);
	fd_drop(&session->told[1]);
	fd_drop(&session->stub_fd);
}

/* Reports every call that the stub does not make, and lets those pass that cannot be trapped. Calls
 * through int $0x80 are trapped too, but where 32-bit programs have their text: those belong to a
 * tracer, because such a program has no handler. */
static size_t default_filter(struct sock_filter *filter)
{
	static const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 10),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 5, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ACK_TEXT_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ACK_TEXT_START, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 8),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, WIRE_ACK_NARROW_START, 0, 4),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ACK_TEXT_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ACK_TEXT_START, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};

	memcpy(filter, program, sizeof(program));
	return sizeof(program) / sizeof(program[0]);
}

/* A rewritten site knows nothing of what a filter answers: sites may be rewritten where it allows
 * and reports, and does nothing else. */
static bool only_reports(const struct sock_filter *filter, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (BPF_CLASS(filter[i].code) == BPF_RET && filter[i].k != SECCOMP_RET_ALLOW &&
		    filter[i].k != SECCOMP_RET_TRAP && filter[i].k != SECCOMP_RET_TRACE)
			return false;
	return true;
}

/* The call facts again, without those that are there already, where one page fault maps them. */
static void gather_facts(struct ack_area *area, const struct wire_segment *segment)
{
	const struct wire_call_facts *facts = segment->facts[WIRE_ABI_X86_64];
	uint32_t used = 0;

	for (uint32_t number = 0; number < ACK_NEAR_NUMBERS; number++) {
		uint32_t same = 0;

		while (same < used &&
		       memcmp(&area->near_facts[same], &facts[number], sizeof(*facts)) != 0)
			same++;
		if (same == used && used < ACK_NEAR_FACTS)
			area->near_facts[used++] = facts[number];
		area->near_fact[number] = (uint8_t)same;
	}
}

int ack_session_prepare(struct ack_session *session, const struct sock_filter *filter, size_t count,
			bool accelerate)
{
	struct ack_area *area = session->area;

	if (count > ACK_FILTER_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (count == 0)
		count = default_filter(area->filter);
	else
		memcpy(area->filter, filter, count * sizeof(*filter));
	area->filter_count = (uint32_t)count;
	gather_facts(area, session->segment);
#ifdef ACK_HEAT
	accelerate = true;
#endif
	area->accelerate = accelerate && only_reports(area->filter, count);
	fd_drop(&session->life[0]);
	fd_drop(&session->life[1]);
	fd_drop(&session->told[0]);
	fd_drop(&session->told[1]);
	for (int i = 0; i < ACK_EXECS; i++) /* nobody runs: what an earlier target left is stale */
		area->execs[i].owner = area->execs[i].pid = area->execs[i].cookie = 0;
	area->handovers = 0;
	area->watcher = 0;
	if (fd_pipe(session->life) < 0 || fd_pipe(session->told) < 0)
		return -1;
	return fcntl(session->life[1], F_SETFL, O_NONBLOCK); /* a byte there never waits */
}

/* First of ACK_FDS numbers for the descriptors that the target must not see: above its soft limit,
 * where it could never open one, if that is possible and the table stays small; else just below. */
static int choose_base(const struct rlimit *limit)
{
	if (limit->rlim_cur >= LOW_TABLE - ACK_FDS && limit->rlim_cur <= 4096 &&
	    limit->rlim_max >= limit->rlim_cur + ACK_FDS)
		return (int)limit->rlim_cur;
	if (limit->rlim_max >= LOW_TABLE)
		return LOW_TABLE - ACK_FDS;
	if (limit->rlim_max >= limit->rlim_cur + ACK_FDS)
		return (int)limit->rlim_cur;
	return (int)limit->rlim_cur - ACK_FDS;
}

static int place_descriptors(const struct ack_session *session)
{
	const int from[ACK_FDS] = {session->segment_fd, session->stub_fd, session->life[1]};
	struct rlimit limit, wide;
	int base, result = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	base = choose_base(&limit);
	wide = limit;
	if ((rlim_t)base + ACK_FDS > limit.rlim_cur)
		wide.rlim_cur = (rlim_t)base + ACK_FDS;
	setrlimit(RLIMIT_NOFILE, &wide);
	for (int i = 0; i < ACK_FDS && result >= 0; i++)
		result = dup2(from[i], base + i);
	setrlimit(RLIMIT_NOFILE, &limit);
	return result < 0 ? -1 : base;
}

/* One candidate. Returns only on failure, the errno. */
static int become(struct ack_session *session, int base, const char *path, char *const *arguments)
{
	struct ack_exec *exec = &session->area->execs[0];
	struct ack_refusal refusal;
	uint64_t mask = 0;
	int result;

	exec->owner = (uint32_t)getpid();
	result = ack_resolve(exec, AT_FDCWD, path, NULL, 0, 0, &refusal);
	if (refusal.refused && !refusal.native)
		segment_lose(session->segment, WIRE_LOSS_IMAGE_REFUSED);
	if (result < 0 && !refusal.native)
		return -result;
	if (refusal.privileged)
		segment_note(session->segment, WIRE_NOTE_PRIVILEGED_IMAGE);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof(mask));
	exec->mask = ack_mask_for_kernel(mask);
	exec->flags = ACK_EXEC_LAUNCH | (refusal.native ? ACK_EXEC_NATIVE : 0) |
		      (mask & ACK_SIGSYS_BIT ? ACK_EXEC_SIGSYS_BLOCKED : 0);
	if (signal(SIGSYS, SIG_DFL) == SIG_IGN)
		exec->flags |= ACK_EXEC_SIGSYS_IGNORED;
	exec->previous_image = 0;
	exec->handover = ACK_HANDOVER_NONE;
	exec->told = session->told[1];
	fcntl(exec->told, F_SETFD, 0);
	if (exec->image >= 0)
		fcntl(exec->image, F_SETFD, 0);
	if (exec->interpreter >= 0)
		fcntl(exec->interpreter, F_SETFD, 0);
	__atomic_store_n(&exec->pid, (uint32_t)getpid(), __ATOMIC_RELEASE);
	syscall(SYS_execveat, base + ACK_FD_STUB, "", arguments, environ, AT_EMPTY_PATH);
	result = errno;
	if (exec->image >= 0)
		close(exec->image);
	if (exec->interpreter >= 0)
		close(exec->interpreter);
	return result;
}

enum wire_failure ack_session_become(struct ack_session *session, char *const *candidates,
				     char *const *arguments)
{
	int base = place_descriptors(session), error = ENOENT;

	if (base < 0)
		return WIRE_FAILURE_SUPERVISOR;
	session->area->base = base;
	if (base < (int)WIRE_ACK_DESCRIPTORS) {
		session->area->filter_count = (uint32_t)default_filter(session->area->filter);
		session->area->accelerate = 0;
	}
	for (; *candidates; candidates++) {
		error = become(session, base, *candidates, arguments);
		if (error != ENOENT && error != ENOTDIR && error != EACCES)
			break;
	}
	errno = error;
	return WIRE_FAILURE_EXEC;
}

void ack_session_tell(const struct ack_session *session, enum wire_failure step, int error)
{
	struct ack_told told = {step, error};

	if (write(session->told[1], &told, sizeof(told)) != sizeof(told))
		_exit(STATUS_FAILED); /* the front is gone */
}

bool ack_session_told(struct ack_session *session, struct ack_told *told)
{
	struct pollfd there = {.fd = session->told[0], .events = POLLIN};
	bool failed = there.fd >= 0 && poll(&there, 1, 0) == 1 && (there.revents & POLLIN) &&
		      read(there.fd, told, sizeof(*told)) == sizeof(*told);

	fd_drop(&session->told[0]);
	return failed;
}

void ack_session_started(struct ack_session *session)
{
	fd_drop(&session->told[1]);
	fd_drop(&session->life[1]);
}

bool ack_session_ended(const struct ack_session *session)
{
	struct pollfd life = {.fd = session->life[0], .events = POLLIN};

	return session->life[0] < 0 || (poll(&life, 1, 0) == 1 && (life.revents & POLLHUP));
}

bool ack_session_holds(const struct ack_session *session, const char *pid)
{
	char path[300];
	struct stat pipe, status;
	struct dirent *entry;
	bool found = false;
	DIR *fds;

	if (fstat(session->life[0], &pipe) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	while (fds && !found && (entry = readdir(fds))) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(fds), entry->d_name, &status, 0) < 0)
			continue;
		found = status.st_dev == pipe.st_dev && status.st_ino == pipe.st_ino &&
			fstatat(dirfd(fds), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
			(status.st_mode & S_IWUSR); /* we hold the other end */
	}
	if (fds)
		closedir(fds);
	return found;
}

static uint64_t load(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Adds up by number what rewritten sites have counted by shape. */
static void fold_fast(struct ack_area *area, uint64_t *numbers)
{
	uint32_t shapes = __atomic_load_n(&area->next_shape, __ATOMIC_RELAXED);

	for (uint32_t id = 0; id < shapes && id < WIRE_SHAPES; id++)
		for (uint32_t shard = 0; shard < ACK_SHARDS; shard++)
			numbers[*ack_fast_number(area, id) % WIRE_NUMBERS] +=
				load(ack_fast_count(area, id, shard));
}

static uint64_t fold_counts(struct wire_segment *segment, struct ack_area *area)
{
	uint64_t total = 0, fast[WIRE_NUMBERS] = {0};

	fold_fast(area, fast);
	for (int abi = 0; abi < WIRE_ABIS; abi++) {
		for (int number = 0; number < WIRE_NUMBERS; number++) {
			uint64_t sum = abi == WIRE_ABI_X86_64 ? fast[number] : 0;

			for (int shard = 0; shard < ACK_SHARDS; shard++)
				sum += load(ack_number_count(area, (uint32_t)shard, (uint32_t)abi,
							     (uint32_t)number));
			__atomic_store_n(&segment->counts[abi][number], sum, __ATOMIC_RELAXED);
			total += sum;
		}
	}
	return total;
}

uint64_t ack_session_news(const struct ack_session *session)
{
	const struct wire_header *h = &session->segment->header;

	return __atomic_load_n(&h->ring_head, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&h->ring_tail, __ATOMIC_ACQUIRE);
}

void ack_session_fold(struct ack_session *session)
{
	struct wire_segment *segment = session->segment;
	uint64_t total = fold_counts(segment, session->area);

	__atomic_store_n(&segment->header.stops, total, __ATOMIC_RELAXED);
	for (int i = 0; i < WIRE_SHAPES; i++) {
		uint32_t id =
			__atomic_load_n(ack_shape_id(session->area, (uint32_t)i), __ATOMIC_RELAXED);
		uint64_t sum = 0;

		if (id == 0 || id > WIRE_SHAPES)
			continue;
		for (uint32_t shard = 0; shard < ACK_SHARDS; shard++)
			sum += load(ack_trapped_count(session->area, id - 1, shard)) +
			       load(ack_fast_count(session->area, id - 1, shard));
		__atomic_store_n(&segment->shapes[i].count, sum, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&segment->header.folds, segment->header.folds + 1, __ATOMIC_RELEASE);
}

/* The learner clears a record before it says that it took it: what looks like a hole may be on its
 * way out. True if the learner went on, or the record stands there after all. */
static bool is_taken(const struct wire_header *h, const struct wire_record *record, uint64_t cursor,
		     int *looks)
{
	for (; *looks < HOLE_LOOKS; ++*looks) {
		if (__atomic_load_n(&h->ring_tail, __ATOMIC_ACQUIRE) > cursor ||
		    (record->slots > 0 &&
		     __atomic_load_n(&record->commit, __ATOMIC_ACQUIRE) == cursor + 1))
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

void ack_session_repair(struct ack_session *session)
{
	struct wire_segment *segment = session->segment;
	uint64_t head = __atomic_load_n(&segment->header.ring_head, __ATOMIC_ACQUIRE);
	uint64_t cursor = __atomic_load_n(&segment->header.ring_tail, __ATOMIC_ACQUIRE);
	bool hole = false;
	int looks = 0;

	if (cursor > head || head - cursor > WIRE_RING_SLOTS)
		return; /* somebody has scribbled over the cursors; the learner finds it out */
	while (cursor < head) {
		struct wire_record *record = (void *)segment->ring[cursor % WIRE_RING_SLOTS];

		uint64_t tail = __atomic_load_n(&segment->header.ring_tail, __ATOMIC_ACQUIRE);

		if (tail > cursor) {
			cursor = tail;
			hole = false;
			continue;
		}
		if (record->commit == cursor + 1 && record->slots > 0) {
			cursor += record->slots;
			hole = false;
			continue;
		}
		if (!hole && is_taken(&segment->header, record, cursor, &looks))
			continue;
		record->kind = WIRE_KIND_PADDING;
		record->slots = 1;
		record->texts = 0;
		if (!hole) /* a record that was under way when its writer was killed */
			segment_lose(segment, WIRE_LOSS_RING_FULL);
		hole = true;
		__atomic_store_n(&record->commit, cursor + 1, __ATOMIC_RELEASE);
		cursor++;
	}
}
