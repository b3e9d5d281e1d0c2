/* SPDX-License-Identifier: Apache-2.0 */
/* unit.c - the parts without side effects, and the ring, on hostile and ordinary input. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "backtrace.h"
#include "check.h"
#include "command.h"
#include "event.h"
#include "fd.h"
#include "inject.h"
#include "launch.h"
#include "memory.h"
#include "segment.h"
#include "supervisor.h"
#include "task.h"

static struct wire_segment *fresh_segment(void)
{
	struct wire_segment *segment;
	int fd = segment_create(&segment, sizeof(*segment));

	if (fd < 0)
		exit(1);
	close(fd);
	return segment;
}

static void drop(struct wire_segment *segment)
{
	munmap(segment, sizeof(*segment));
}

/* ---- fingerprints ------------------------------------------------------------ */

static void fnv_1a_has_its_published_values(void)
{
	CHECK(fingerprint_path("", 0) == 0xcbf29ce484222325ULL);
	CHECK(fingerprint_path("a", 1) == 0xaf63dc4c8601ec8cULL);
	CHECK(fingerprint_path("foobar", 6) == 0x85944171f73967e8ULL);
}

static void the_mix_is_the_finalizer_of_splitmix64(void)
{
	/* first output of splitmix64 with seed 1234567, as published with its reference code */
	CHECK(fingerprint_mix(1234567 + 0x9e3779b97f4a7c15ULL) == 6457827717110365317ULL);
}

static void bits_outside_the_mask_do_not_make_a_shape(void)
{
	struct call a = {.arch = AUDIT_ARCH_X86_64, .number = 1, .arguments = {1, 2, 3, 4, 5, 6}};
	struct call b = a;
	uint64_t mask[6] = {0, 0, 0xff, 0, 0, 0};

	b.arguments[0] = 99;
	b.arguments[2] |= 0xff00;
	CHECK(fingerprint_call(7, &a, mask) == fingerprint_call(7, &b, mask));
	b.arguments[2] ^= 1;
	CHECK(fingerprint_call(7, &a, mask) != fingerprint_call(7, &b, mask));
	CHECK(fingerprint_call(7, &a, mask) != fingerprint_call(8, &a, mask));
	CHECK(fingerprint_call(7, &a, NULL) == fingerprint_call(7, &b, NULL));
}

static void numbers_are_classified_by_arch_and_bit_30(void)
{
	struct call call = {.arch = AUDIT_ARCH_X86_64, .number = 0x40000000 + 39};

	call_classify(&call);
	CHECK(call.abi == WIRE_ABI_X32 && call.index == 39);
	call = (struct call){.arch = AUDIT_ARCH_X86_64, .number = 0xffffffff};
	call_classify(&call);
	CHECK(call.abi == WIRE_ABI_X86_64 && call.index == 0xffffffff);
	call = (struct call){.arch = AUDIT_ARCH_I386, .number = 0x40000001};
	call_classify(&call);
	CHECK(call.abi == WIRE_ABI_I386 && call.index == 0x40000001);
}

/* ---- wait statuses ------------------------------------------------------------- */

static int stop_status(int signal, int event)
{
	return event << 16 | signal << 8 | 0x7f;
}

static void wait_statuses_become_events(void)
{
	CHECK(event_of_status(0) == EVENT_EXITED);
	CHECK(event_of_status(3 << 8) == EVENT_EXITED);
	CHECK(event_of_status(SIGKILL) == EVENT_KILLED);
	CHECK(event_of_status(stop_status(SIGTRAP, PTRACE_EVENT_SECCOMP)) == EVENT_CALL);
	CHECK(event_of_status(stop_status(SIGTRAP | 0x80, 0)) == EVENT_SYSCALL);
	CHECK(event_of_status(stop_status(SIGTRAP, 0)) == EVENT_SIGNAL);
	CHECK(event_of_status(stop_status(SIGSTOP, 0)) == EVENT_SIGNAL);
	CHECK(event_of_status(stop_status(SIGSTOP, PTRACE_EVENT_STOP)) == EVENT_GROUP_STOP);
	CHECK(event_of_status(stop_status(SIGTTIN, PTRACE_EVENT_STOP)) == EVENT_GROUP_STOP);
	CHECK(event_of_status(stop_status(SIGTRAP, PTRACE_EVENT_STOP)) == EVENT_INTERRUPTED);
	CHECK(event_of_status(stop_status(SIGTRAP, PTRACE_EVENT_VFORK)) == EVENT_NEW_TASK);
	CHECK(event_of_status(stop_status(SIGTRAP, PTRACE_EVENT_EXEC)) == EVENT_EXECUTED);
	CHECK(event_of_status(stop_status(SIGTRAP, PTRACE_EVENT_EXIT)) == EVENT_EXITING);
}

/* ---- tasks ---------------------------------------------------------------------- */

static void forget_odd(struct task *task, void *context)
{
	if (task->tid % 2)
		task_remove(context, task);
}

static void a_visitor_may_remove_what_it_visits(void)
{
	static struct tasks tasks;

	for (pid_t tid = 1; tid <= 10000; tid++)
		CHECK(task_add(&tasks, tid, tid));
	task_each(&tasks, forget_odd, &tasks);
	CHECK(tasks.count == 5000);
	CHECK(!task_find(&tasks, 4097) && task_find(&tasks, 4098));
	/* told of late: once, and not for ever */
	task_adopted(&tasks, 77);
	CHECK(!task_was_adopted(&tasks, 78) && task_was_adopted(&tasks, 77));
	CHECK(!task_was_adopted(&tasks, 77));
	for (pid_t tid = 1; tid <= TASK_UNTOLD + 1; tid++)
		task_adopted(&tasks, tid);
	CHECK(!task_was_adopted(&tasks, 1) && task_was_adopted(&tasks, TASK_UNTOLD + 1));
}

/* ---- the segment ------------------------------------------------------------------ */

static struct wire_record *record_at(struct wire_segment *segment, uint64_t cursor)
{
	return (struct wire_record *)segment->ring[cursor % WIRE_RING_SLOTS];
}

static void records_never_wrap_and_a_full_ring_refuses(void)
{
	struct wire_segment *segment = fresh_segment();
	struct wire_record call = {.kind = WIRE_KIND_CALL};
	char bytes[300];
	struct text text = {WIRE_TEXT_PATH, 0, false, sizeof(bytes), bytes};
	uint64_t tail = 0, published = 0, read = 0;

	memset(bytes, 'x', sizeof(bytes));
	for (int round = 0; round < 200000; round++) {
		text.length = (uint32_t)(next_random() % sizeof(bytes));
		if (segment_publish(segment, &call, &text, next_random() % 2)) {
			published++;
			continue;
		}
		while (tail < segment->header.ring_head) {
			struct wire_record *r = record_at(segment, tail);

			CHECK(r->commit == tail + 1);
			CHECK(tail % WIRE_RING_SLOTS + r->slots <= WIRE_RING_SLOTS);
			read += r->kind == WIRE_KIND_CALL;
			tail += r->slots;
		}
		segment->header.ring_tail = tail;
		CHECK(segment_publish(segment, &call, NULL, 0));
		published++;
	}
	CHECK(segment->header.ring_head - tail <= WIRE_RING_SLOTS);
	CHECK(read <= published && read > 100000);
	drop(segment);
}

static void a_tail_from_the_future_stops_the_ring(void)
{
	struct wire_segment *segment = fresh_segment();
	struct wire_record call = {.kind = WIRE_KIND_CALL};

	segment->header.ring_tail = 1ULL << 60;
	CHECK(!segment_publish(segment, &call, NULL, 0));
	drop(segment);
}

static void texts_that_do_not_fit_are_cut_and_marked(void)
{
	struct wire_segment *segment = fresh_segment();
	struct wire_record call = {.kind = WIRE_KIND_CALL};
	static char bytes[WIRE_TEXT_MAX];
	struct text texts[3];
	struct wire_text_head head;
	char *at;

	memset(bytes, 'y', sizeof(bytes));
	for (int i = 0; i < 3; i++)
		texts[i] = (struct text){WIRE_TEXT_PATH, (uint8_t)i, false, WIRE_TEXT_MAX, bytes};
	CHECK(segment_publish(segment, &call, texts, 3));
	CHECK(record_at(segment, 0)->slots <= WIRE_RECORD_SLOTS);
	CHECK(segment->header.ring_head == record_at(segment, 0)->slots);
	at = (char *)record_at(segment, 0) + WIRE_SLOT_SIZE;
	for (int i = 0; i < record_at(segment, 0)->texts; i++) {
		memcpy(&head, at, sizeof(head));
		CHECK(head.argument == i && (head.length == WIRE_TEXT_MAX || head.truncated));
		at += sizeof(head) + ((head.length + 7) & ~7u);
		CHECK(at <= (char *)record_at(segment, WIRE_RECORD_SLOTS));
	}
	drop(segment);
}

#define FIVE (5 + (100ULL << 32)) /* the later probes go far behind the first */

static void shapes_are_found_again_and_a_full_run_is_told(void)
{
	struct wire_segment *segment = fresh_segment();

	for (uint64_t i = 0; i < WIRE_SHAPE_PROBES; i++) {
		uint64_t fingerprint = FIVE + (i << 16); /* all begin at slot 5 */
		struct wire_shape *shape = segment_shape(segment, fingerprint);

		CHECK(shape && shape->fingerprint == 0);
		segment_shape_insert(segment, shape, fingerprint, i);
		CHECK(segment_shape(segment, fingerprint) == shape);
	}
	CHECK(!segment_shape(segment, FIVE + (1000ULL << 16)));
	CHECK(segment->header.shapes == WIRE_SHAPE_PROBES);
	drop(segment);
}

static void large_numbers_are_counted_until_there_is_no_room(void)
{
	struct wire_segment *segment = fresh_segment();

	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < WIRE_STRAYS + 10; i++) {
			struct call call = {.index = WIRE_NUMBERS + i, .abi = i % WIRE_ABIS};

			segment_count(segment, &call);
		}
	CHECK(segment->strays[3].count == 2 && segment->strays[3].number == WIRE_NUMBERS + 3);
	CHECK(segment->header.losses[WIRE_LOSS_STRAYS_FULL] == 20);
	drop(segment);
}

/* ---- commands ------------------------------------------------------------------------ */

static void feed(struct command_stream *stream, const void *bytes, size_t size)
{
	char *to;
	size_t room = command_room(stream, &to);

	if (room < size)
		exit(1);
	memcpy(to, bytes, size);
	command_added(stream, size);
}

static void commands_come_whole_however_they_are_cut(void)
{
	struct command_stream stream = {0};
	struct wire_command head = {WIRE_COMMAND_LAUNCH, 1000};
	char bytes[sizeof(head) + 1000];
	struct command command;
	int got = 0;

	memset(bytes, 'p', sizeof(bytes));
	memcpy(bytes, &head, sizeof(head));
	for (int round = 0; round < 300; round++)
		for (size_t at = 0; at < sizeof(bytes);) {
			size_t step = 1 + next_random() % 400;

			if (step > sizeof(bytes) - at)
				step = sizeof(bytes) - at;
			feed(&stream, bytes + at, step);
			at += step;
			while (command_next(&stream, &command) == 1) {
				got++;
				CHECK(command.size == 1000 && command.payload[999] == 'p');
			}
		}
	CHECK(got == 300);
	free(stream.bytes);
}

static void command_heads_that_make_no_sense_are_garbage(void)
{
	static const struct wire_command wrong[] = {
		{0, 0}, {9, 0}, {0xffffffff, 4}, {1, WIRE_COMMAND_MAX + 1}, {6, 0xffffffff}};
	struct command command;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct command_stream stream = {0};

		feed(&stream, &wrong[i], sizeof(wrong[i]));
		CHECK(command_next(&stream, &command) == -1);
		free(stream.bytes);
	}
}

static void a_filter_to_stack_is_checked(void)
{
	static struct {
		struct wire_tighten head;
		struct sock_filter filter[FILTER_MAX + 1];
	} payload = {.head = {0, 2, 1, 0}};
	struct command command = {WIRE_COMMAND_TIGHTEN,
				  sizeof(payload.head) + 2 * sizeof(struct sock_filter),
				  (const char *)&payload};

	CHECK(!command_check(&command));
	command.size++;
	CHECK(command_check(&command));
	command.size = sizeof(payload.head) - 1;
	CHECK(command_check(&command));
	payload.head.filter_count = 0;
	command.size = sizeof(payload.head);
	CHECK(command_check(&command));
	payload.head.filter_count = FILTER_MAX + 1;
	command.size = sizeof(payload);
	CHECK(command_check(&command));
	payload.head.filter_count = 0x20000000; /* times eight it is 0 */
	command.size = sizeof(payload.head);
	CHECK(command_check(&command));
	payload.head = (struct wire_tighten){2, 2, 1, 0};
	command.size = sizeof(payload.head) + 2 * sizeof(struct sock_filter);
	CHECK(command_check(&command));
}

static void the_syscall_instruction_and_the_vdso_are_found(void)
{
	static const uint64_t auxv[] = {6, 4096, 33, 0x7fff1000, 0, 0};

	CHECK(inject_find((const unsigned char *)"\x90\x0f\x05\xc3", 4) == 1);
	CHECK(inject_find((const unsigned char *)"\x90\x05\x0f", 3) == -1);
	CHECK(inject_find((const unsigned char *)"", 0) == -1);
	CHECK(inject_vector(auxv, sizeof(auxv), 33) == 0x7fff1000);
	CHECK(inject_vector(auxv, sizeof(auxv), 99) == 0);
	CHECK(inject_vector(auxv, 24, 33) == 0); /* cut off */
	CHECK(inject_vector(auxv, 0, 33) == 0);
}

static void signals_that_can_be_delivered_are_pending_and_not_blocked(void)
{
	CHECK(inject_deliverable("x\nSigPnd:\t0000000000000202\nShdPnd:\t0000000000004000\n"
				 "SigBlk:\t0000000000000200\n") == 0x4002);
	CHECK(inject_deliverable("") == 0);
}

/* A stack of words at 0x10000, and code of nothing but calls at 0x400000. */
struct stack {
	uint64_t words[16];
	unsigned reads;
};

static bool read_stack(void *context, uint64_t address, void *to, size_t size)
{
	struct stack *stack = context;

	stack->reads++;
	if (address >= 0x400000 && address + size <= 0x401000) {
		memset(to, 0xe8, size);
		return true;
	}
	if (address < 0x10000 || address + size > 0x10000 + sizeof(stack->words))
		return false;
	memcpy(to, (char *)stack->words + (address - 0x10000), size);
	return true;
}

static void frames_are_followed_upwards_to_the_first_that_is_none(void)
{
	struct stack stack = {{0x400010, 0, 0x10020, 0x400020, 0x10060, 0x400030, 0, 0, 0, 0, 0, 0,
			       0x123, 0x400040},
			      0};
	uint64_t frames[BACKTRACE_MAX];

	CHECK(backtrace_walk(0x10000, 0x10010, read_stack, &stack, frames) == 4);
	CHECK(frames[0] == 0x400010 && frames[1] == 0x400020 && frames[2] == 0x400030 &&
	      frames[3] == 0x400040);
}

static void a_stack_of_lies_ends_the_walk(void)
{
	struct stack loop = {{7, 0, 0x10010, 0x400020}, 0}, back = {{7, 0, 0x10000, 0x400020}, 0};
	struct stack data = {{7, 0, 0x10020, 0x10000, 0x10030, 0x400020}, 0};
	uint64_t frames[BACKTRACE_MAX];

	CHECK(backtrace_walk(0x10000, 0x10010, read_stack, &loop, frames) == 1);
	CHECK(backtrace_walk(0x10000, 0x10010, read_stack, &back, frames) == 1);
	CHECK(backtrace_walk(0x10000, 0x10010, read_stack, &data, frames) == 0);
	CHECK(backtrace_walk(0x10000, 0x10011, read_stack, &loop, frames) == 0);
	CHECK(backtrace_walk(0, UINT64_MAX - 7, read_stack, &loop, frames) == 0);
	for (int i = 0; i < 10000; i++) {
		struct stack wild = {.reads = 0};
		uint64_t pointer = 0x10000 + next_random() % 0x90;

		for (int j = 0; j < 16; j++) {
			uint64_t r = next_random();

			wild.words[j] = r & 1	? 0x10000 + (r >> 8) % 0x90
					: r & 2 ? 0x400000 + (r >> 8) % 0x1100
						: r;
		}
		CHECK(backtrace_walk(0x10000, pointer, read_stack, &wild, frames) <= BACKTRACE_MAX);
		CHECK(wild.reads <= 2 * BACKTRACE_MAX + 4);
	}
}

static void calls_are_told_from_other_instructions(void)
{
	CHECK(backtrace_is_call((const unsigned char *)"\0\0\0\xe8\1\2\3\4"));
	CHECK(backtrace_is_call((const unsigned char *)"\0\0\0\0\0\0\xff\xd0"));     /* *%rax */
	CHECK(backtrace_is_call((const unsigned char *)"\0\0\xff\x15\1\2\3\4"));     /* *x(%rip) */
	CHECK(backtrace_is_call((const unsigned char *)"\0\0\0\0\0\xff\x50\x08"));   /* *8(%rax) */
	CHECK(backtrace_is_call((const unsigned char *)"\0\0\0\0\xff\x54\x24\x08")); /* *8(%rsp) */
	CHECK(!backtrace_is_call((const unsigned char *)"\0\0\0\0\0\0\xff\xe0"));    /* jmp *%rax */
	CHECK(!backtrace_is_call(
		(const unsigned char *)"\x90\x90\x90\x90\x90\x90\x0f\x05")); /* syscall */
}

static void answers_and_signals_are_checked(void)
{
	struct wire_answer answer = {1, WIRE_VERDICT_DENY, 13};
	struct command command = {WIRE_COMMAND_ANSWER, sizeof(answer), (const char *)&answer};
	int32_t signal = 65;
	struct command send = {WIRE_COMMAND_SIGNAL, sizeof(signal), (const char *)&signal};

	CHECK(!command_check(&command));
	answer.verdict = WIRE_VERDICT_NONE;
	CHECK(command_check(&command));
	answer = (struct wire_answer){0, WIRE_VERDICT_DENY, 13};
	CHECK(command_check(&command));
	answer = (struct wire_answer){1, WIRE_VERDICT_DENY, 4096};
	CHECK(command_check(&command));
	CHECK(command_check(&send));
	signal = 15;
	CHECK(!command_check(&send));
	CHECK(command_check(&(struct command){WIRE_COMMAND_LOOK, 1, "x"}));
}

static size_t build_launch(char *to, const struct wire_launch *head, const char *rest, size_t size)
{
	memcpy(to, head, sizeof(*head));
	memcpy(to + sizeof(*head), rest, size);
	return sizeof(*head) + size;
}

static void a_launch_is_taken_apart(void)
{
	struct wire_launch head = {.mode = WIRE_MODE_TRACE,
				   .filter_count = 1,
				   .argument_count = 2,
				   .salvage_size = 3,
				   .terminal_size = 5};
	static const char rest[] = "FILTER!!ls\0-l\0/s\0/tty"; /* and its last NUL */
	char payload[200];
	struct launch launch;
	size_t size = build_launch(payload, &head, rest, sizeof(rest));

	CHECK(!launch_parse(&launch, WIRE_COMMAND_LAUNCH, payload, size));
	CHECK(!strcmp(launch.arguments[0], "ls") && !strcmp(launch.arguments[1], "-l"));
	CHECK(!launch.arguments[2] && !strcmp(launch.salvage, "/s"));
	CHECK(!strcmp(launch.terminal, "/tty") && launch.filter_count == 1);
	launch_free(&launch);
	for (size_t cut = 0; cut < size; cut++) {
		CHECK(launch_parse(&launch, WIRE_COMMAND_LAUNCH, payload, cut));
		launch_free(&launch);
	}
	CHECK(launch_parse(&launch, WIRE_COMMAND_LAUNCH, payload, size + 1));
	launch_free(&launch);
	CHECK(launch_parse(&launch, WIRE_COMMAND_ATTACH, payload, size));
	launch_free(&launch);
}

static void launches_of_garbage_are_refused_or_harmless(void)
{
	char payload[512];
	struct launch launch;

	for (int round = 0; round < 20000; round++) {
		size_t size = next_random() % sizeof(payload);
		struct wire_launch head = {.mode = 1, .filter_count = 1, .argument_count = 1};

		for (size_t i = 0; i < sizeof(payload); i++)
			payload[i] = (char)(next_random() % 5 ? next_random() : 0);
		if (round % 2)
			memcpy(payload, &head, sizeof(head));
		launch_parse(&launch, round % 3 ? WIRE_COMMAND_LAUNCH : WIRE_COMMAND_ATTACH,
			     payload, size);
		launch_free(&launch);
	}
	CHECK(true);
}

static void candidates_are_those_that_can_be_executed(void)
{
	char **list = launch_candidates("sh", "/nonexistent:/etc:/bin:/usr/bin");

	CHECK(list && !strcmp(list[0], "/bin/sh") && !strcmp(list[1], "/usr/bin/sh") && !list[2]);
	free(list);
	CHECK(!launch_candidates("passwd-that-is-not-there", "/etc:/bin") && errno == ENOENT);
	CHECK(!launch_candidates("", "/bin") && errno == ENOENT);
	CHECK(!launch_candidates("passwd", "/etc") && errno == EACCES);
	CHECK(!launch_candidates("/etc", "/bin") && errno == EACCES);
	CHECK(!launch_candidates("/etc/passwd/x", "/bin") && errno == ENOTDIR);
	list = launch_candidates("/bin/sh", NULL);
	CHECK(list && !strcmp(list[0], "/bin/sh") && !list[1]);
	free(list);
}

/* ---- texts of /proc -------------------------------------------------------------------- */

static void maps_give_file_and_offset(void)
{
	static const char maps[] =
		"00400000-00401000 r-xp 00002000 08:01 11   /bin/a b\n"
		"00500000-00501000 rw-p 00000000 00:00 0 \n"
		"7f00000000-7f00001000 r-xp 00001000 08:01 12 /lib/c (deleted)\n"
		"garbage\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]";
	char name[64];
	uint64_t offset;
	size_t n = maps_find(maps, sizeof(maps) - 1, 0x400010, name, sizeof(name), &offset);

	CHECK(n == 8 && !memcmp(name, "/bin/a b", 8) && offset == 0x2010);
	CHECK(maps_find(maps, sizeof(maps) - 1, 0x500010, name, sizeof(name), &offset) == 0);
	CHECK(maps_find(maps, sizeof(maps) - 1, 0x7f00000fffULL, name, 5, &offset) == 5);
	CHECK(offset == 0x1fff);
	CHECK(maps_find(maps, sizeof(maps) - 1, 0x401000, name, sizeof(name), &offset) == 0);
	CHECK(maps_find(maps, sizeof(maps) - 1, 0xffffffffff600400ULL, name, 64, &offset) == 10);
	CHECK(maps_find("", 0, 0, name, sizeof(name), &offset) == 0);
}

static void strings_end_at_holes_and_bounds(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t end = (uint64_t)(uintptr_t)page + 4096;
	bool truncated;
	char to[64];

	munmap(page + 4096, 4096);
	memcpy(page + 4090, "hello", 6);
	CHECK(memory_read_string(getpid(), end - 6, to, 64, &truncated) == 5 && !truncated);
	page[4095] = 'x';
	CHECK(memory_read_string(getpid(), end - 6, to, 64, &truncated) == 6 && truncated);
	memset(page, 'z', 4096);
	CHECK(memory_read_string(getpid(), end - 4096, to, 64, &truncated) == 64 && truncated);
	CHECK(memory_read_string(getpid(), end, to, 64, &truncated) == -1);
	munmap(page, 4096);
}

static void the_site_of_an_address_is_that_of_the_maps_text(void)
{
	static char maps[1 << 20];
	uint64_t addresses[] = {
		(uint64_t)(uintptr_t)the_site_of_an_address_is_that_of_the_maps_text,
		(uint64_t)(uintptr_t)strlen, (uint64_t)(uintptr_t)&maps, 1};
	size_t length = proc_read(getpid(), "maps", maps, sizeof(maps));

	CHECK(length > 0 && length < sizeof(maps) - 1);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		char asked[4096], read[4096];
		uint64_t asked_offset = 0, read_offset = 0;
		size_t a = memory_site(getpid(), addresses[i], asked, sizeof(asked), &asked_offset);
		size_t r = maps_find(maps, length, addresses[i], read, sizeof(read), &read_offset);

		CHECK(a == r && !memcmp(asked, read, a) && (!a || asked_offset == read_offset));
		CHECK(a > 0 || i >= 2);
	}
}

static void status_fields_are_whole_lines(void)
{
	static const char status[] = "Name:\tTgid: 5\nTgid:\t1234\nPid:\t1235\n";

	CHECK(status_field(status, "Tgid:") == 1234);
	CHECK(status_field(status, "Nothing:") == -1);
	CHECK(status_field("", "Tgid:") == -1);
}

static void cpu_and_load_are_read_from_texts(void)
{
	char stat[1024] = "12 (a) b (c) R";

	for (int field = 4; field <= 52; field++)
		sprintf(stat + strlen(stat), " %d", field + 1000);
	CHECK(affinity_cpu_of_stat(stat) == 1039);
	CHECK(affinity_cpu_of_stat("12 (a) R 1 2") == -1);
	CHECK(affinity_cpu_of_stat("") == -1);
	CHECK(affinity_runnable("0.20 0.18 0.12 3/80 11206\n") == 3);
	CHECK(affinity_runnable("nonsense") == -1);
}

/* ---- running ------------------------------------------------------------------------------ */

static const struct test tests[] = {
	TEST(fnv_1a_has_its_published_values),
	TEST(the_mix_is_the_finalizer_of_splitmix64),
	TEST(bits_outside_the_mask_do_not_make_a_shape),
	TEST(numbers_are_classified_by_arch_and_bit_30),
	TEST(wait_statuses_become_events),
	TEST(a_visitor_may_remove_what_it_visits),
	TEST(records_never_wrap_and_a_full_ring_refuses),
	TEST(a_tail_from_the_future_stops_the_ring),
	TEST(texts_that_do_not_fit_are_cut_and_marked),
	TEST(shapes_are_found_again_and_a_full_run_is_told),
	TEST(large_numbers_are_counted_until_there_is_no_room),
	TEST(commands_come_whole_however_they_are_cut),
	TEST(command_heads_that_make_no_sense_are_garbage),
	TEST(frames_are_followed_upwards_to_the_first_that_is_none),
	TEST(a_stack_of_lies_ends_the_walk),
	TEST(calls_are_told_from_other_instructions),
	TEST(a_filter_to_stack_is_checked),
	TEST(the_syscall_instruction_and_the_vdso_are_found),
	TEST(signals_that_can_be_delivered_are_pending_and_not_blocked),
	TEST(answers_and_signals_are_checked),
	TEST(a_launch_is_taken_apart),
	TEST(launches_of_garbage_are_refused_or_harmless),
	TEST(candidates_are_those_that_can_be_executed),
	TEST(maps_give_file_and_offset),
	TEST(strings_end_at_holes_and_bounds),
	TEST(the_site_of_an_address_is_that_of_the_maps_text),
	TEST(status_fields_are_whole_lines),
	TEST(cpu_and_load_are_read_from_texts),
};

int main(void)
{
	return run_tests(tests, sizeof(tests) / sizeof(*tests));
}
