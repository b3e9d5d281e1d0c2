/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learner.c - the smallest learner: what `acktrace-helper front` starts in the tests. Sends one
 * command, reads the ring, prints records as text, ends with the target's status.
 *
 * learner [OPTION...] -- COMMAND [ARG...]
 *   -o FILE           records go there (else stderr)
 *   --mode N --flags N --salvage PATH --terminal PATH --attach PID
 *   --allow NR        the filter allows this number
 *   --data NR:DATA    the filter reports this number with that RET_DATA
 *   --errno NR:N      the filter itself answers that errno
 *   --path NR:ARG     facts: this argument is a path
 *   --sockaddr NR:ARG:LENGTH
 *   --mask NR:ARG:HEX facts: these bits belong to the shape
 *   --verdict NR:V:E  when a shape of this number is seen, give it verdict V and errno E
 *   --ask             hold unknown shapes; --answer NR:V:E answers once; others get verdict 1
 *   --deaf            never read the ring; --die MS: SIGKILL itself; --leave MS: exit(0)
 *   --end MS, --detach MS, --signal MS:N: send that command then
 *   --tighten MS:NR:ACTION  stack a filter then that answers this number so, and allows the rest;
 *                     may be given twice; --force: also where the target has filters of its own
 *   --garbage N       send a malformed command of kind N instead
 *   --times N         launch N times
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define RULES 64

struct rule {
	unsigned number, a, b;
	uint32_t action;
};

static struct wire_segment *segment;
static int doorbell, commands;
static FILE *out;
static struct wire_launch launch = {.mode = WIRE_MODE_TRACE};
static struct rule filters[RULES], verdicts[RULES], answers[RULES];
static int filter_count, verdict_count, answer_count, times = 1, garbage;
static bool ask, deaf;
static long die_ms = -1, leave_ms = -1, end_ms = -1, detach_ms = -1, signal_ms = -1;
static int signal_number;
static struct {
	long ms;
	unsigned number;
	uint32_t action;
} tightens[2];
static int tighten_count, tightened;
static uint32_t tighten_flags;
static const char *salvage, *terminal;
static uint64_t tail;
static long epoch;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void fail(const char *what)
{
	fprintf(stderr, "learner: %s: %s\n", what, strerror(errno));
	exit(90);
}

static int reopen(const char *number, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%s", number);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	close(atoi(number));
	return fd;
}

static void join_front(void)
{
	char *value = getenv("ACKTRACE_FRONT"), *copy, *part;
	int fd;

	if (!value)
		fail("no ACKTRACE_FRONT");
	copy = strdup(value);
	part = strtok(copy, ",");
	fd = reopen(part, O_RDWR);
	segment = mmap(NULL, sizeof(*segment), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (segment == MAP_FAILED || segment->header.magic != WIRE_MAGIC)
		fail("segment");
	doorbell = reopen(strtok(NULL, ","), O_RDONLY);
	commands = reopen(strtok(NULL, ","), O_WRONLY);
	segment->header.ask = ask;
	segment->header.learner_ready = 1;
}

/* ---- options --------------------------------------------------------------- */

static struct rule parse(const char *text)
{
	struct rule rule = {0, 0, 0, 0};

	sscanf(text, "%u:%u:%x", &rule.number, &rule.a, &rule.b);
	return rule;
}

static void set_facts(const char *option, const char *text)
{
	struct rule rule = parse(text);
	struct wire_call_facts *facts = &segment->facts[0][rule.number % WIRE_NUMBERS];

	if (strcmp(option, "--mask") == 0) {
		facts->mask[rule.a % 6] = rule.b;
	} else if (strcmp(option, "--path") == 0) {
		facts->text[rule.a % 6] = WIRE_TEXT_PATH;
	} else {
		facts->text[rule.a % 6] = WIRE_TEXT_SOCKADDR;
		facts->length[rule.a % 6] = (uint8_t)rule.b;
	}
}

/* What the filter says of a call that is to be reported; --mode comes first. */
static uint32_t reported = SECCOMP_RET_TRACE;

static void take_mode(const char *text)
{
	launch.mode = (uint32_t)atoi(text);
	if (launch.mode == WIRE_MODE_ACK)
		reported = SECCOMP_RET_TRAP;
}

static void add_filter(const char *option, const char *text)
{
	struct rule rule = parse(text);

	rule.action = strcmp(option, "--allow") == 0   ? SECCOMP_RET_ALLOW
		      : strcmp(option, "--errno") == 0 ? SECCOMP_RET_ERRNO | rule.a
						       : reported | rule.a;
	filters[filter_count++ % RULES] = rule;
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void option(const char *o, const char *v)
{
	if (is(o, "-o"))
		out = fopen(v, "we");
	else if (is(o, "--mode"))
		take_mode(v);
	else if (is(o, "--flags"))
		launch.flags = (uint32_t)atoi(v);
	else if (is(o, "--salvage"))
		salvage = v;
	else if (is(o, "--terminal"))
		terminal = v;
	else if (is(o, "--attach"))
		launch.pid = atoi(v);
	else if (is(o, "--allow") || is(o, "--data") || is(o, "--errno"))
		add_filter(o, v);
	else if (is(o, "--path") || is(o, "--sockaddr") || is(o, "--mask"))
		set_facts(o, v);
	else if (is(o, "--verdict"))
		verdicts[verdict_count++ % RULES] = parse(v);
	else if (is(o, "--answer"))
		answers[answer_count++ % RULES] = parse(v);
	else if (is(o, "--die"))
		die_ms = atol(v);
	else if (is(o, "--leave"))
		leave_ms = atol(v);
	else if (is(o, "--end"))
		end_ms = atol(v);
	else if (is(o, "--detach"))
		detach_ms = atol(v);
	else if (is(o, "--signal"))
		sscanf(v, "%ld:%d", &signal_ms, &signal_number);
	else if (is(o, "--tighten") && tighten_count < 2 &&
		 sscanf(v, "%ld:%u:%x", &tightens[tighten_count].ms,
			&tightens[tighten_count].number, &tightens[tighten_count].action) == 3)
		tighten_count++;
	else if (is(o, "--garbage"))
		garbage = atoi(v);
	else if (is(o, "--times"))
		times = atoi(v);
	else
		fail(o);
}

/* ---- commands -------------------------------------------------------------- */

static void send_all(const void *bytes, size_t size)
{
	if (write(commands, bytes, size) != (ssize_t)size)
		fail("command");
}

static void command(uint32_t kind, const void *payload, uint32_t size)
{
	struct wire_command head = {kind, size};

	send_all(&head, sizeof(head));
	if (size)
		send_all(payload, size);
}

/* The calls of the stub, those that cannot be trapped, and 32-bit programs. Returns how many
 * instructions. */
static unsigned let_the_stub_pass(struct sock_filter *program)
{
	const struct sock_filter pass[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 60 /* exit */, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 219 /* restart_syscall */, 5, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(WIRE_ACK_RANGE_SIZE - 1)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WIRE_ACK_RANGE_START, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		/* 32-bit programs have a tracer */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, WIRE_ACK_NARROW_START, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};

	memcpy(program, pass, sizeof(pass));
	return sizeof(pass) / sizeof(*pass);
}

static void send_launch(char **arguments)
{
	static char payload[65536];
	struct sock_filter program[RULES * 2 + 20];
	unsigned n = launch.mode == WIRE_MODE_ACK ? let_the_stub_pass(program) : 0;
	char *at = payload + sizeof(launch);

	program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    offsetof(struct seccomp_data, nr));
	for (int i = 0; i < filter_count; i++) {
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							    filters[i].number, 0, 1);
		program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, filters[i].action);
	}
	program[n++] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, launch.mode == WIRE_MODE_ENFORCE ? SECCOMP_RET_ALLOW : reported);
	if (!launch.pid) {
		launch.filter_count = n;
		memcpy(at, program, n * sizeof(*program));
		at += n * sizeof(*program);
		for (; *arguments; arguments++, launch.argument_count++)
			at = stpcpy(at, *arguments) + 1;
	}
	if (salvage) {
		launch.salvage_size = (uint32_t)strlen(salvage) + 1;
		at = stpcpy(at, salvage) + 1;
	}
	if (terminal) {
		launch.terminal_size = (uint32_t)strlen(terminal) + 1;
		at = stpcpy(at, terminal) + 1;
	}
	memcpy(payload, &launch, sizeof(launch));
	command(launch.pid ? WIRE_COMMAND_ATTACH : WIRE_COMMAND_LAUNCH, payload,
		(uint32_t)(at - payload));
	launch.argument_count = 0;
}

static void send_tighten(void)
{
	struct {
		struct wire_tighten head;
		struct sock_filter program[4];
	} payload = {
		.head = {tighten_flags, 4, 100 + (uint32_t)tightened, 0},
		.program =
			{
				BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					 offsetof(struct seccomp_data, nr)),
				BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, tightens[tightened].number, 0,
					 1),
				BPF_STMT(BPF_RET | BPF_K, tightens[tightened].action),
				BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
			},
	};

	tightened++;
	command(WIRE_COMMAND_TIGHTEN, &payload, sizeof(payload));
}

static void send_garbage(int kind)
{
	static char bytes[4096];
	struct wire_launch wrong = launch;
	struct wire_command huge = {WIRE_COMMAND_LAUNCH, WIRE_COMMAND_MAX + 1};

	memset(bytes, 0xa5, sizeof(bytes));
	switch (kind) {
	case 1: /* no such kind */
		send_all(bytes, 64);
		break;
	case 2: /* too large */
		send_all(&huge, sizeof(huge));
		break;
	case 3: /* shorter than it says */
		wrong.filter_count = 4000;
		wrong.argument_count = 1;
		command(WIRE_COMMAND_LAUNCH, &wrong, sizeof(wrong));
		break;
	case 4: /* arguments without a NUL */
		wrong.filter_count = 1;
		wrong.argument_count = 3;
		memcpy(bytes, &wrong, sizeof(wrong));
		command(WIRE_COMMAND_LAUNCH, bytes, 200);
		break;
	case 5: /* a filter shorter than it says */
		memset(bytes, 0, sizeof(bytes));
		bytes[sizeof(uint32_t)] = 4;
		command(WIRE_COMMAND_TIGHTEN, bytes, sizeof(struct wire_tighten) + 24);
		break;
	default: /* an answer of the wrong size */
		command(WIRE_COMMAND_ANSWER, bytes, 3);
		break;
	}
}

/* ---- the ring -------------------------------------------------------------- */

static void print_texts(const struct wire_record *record)
{
	const char *at = (const char *)(record + 1);

	for (unsigned i = 0; i < record->texts; i++) {
		struct wire_text_head head;

		memcpy(&head, at, sizeof(head));
		fprintf(out, " text=%u:%u:", head.kind, head.argument);
		for (uint32_t j = 0; j < head.length; j++) {
			unsigned char c = (unsigned char)at[sizeof(head) + j];

			fprintf(out, c > ' ' && c < 127 ? "%c" : "\\%02x", c);
		}
		at += sizeof(head) + ((head.length + 7) & ~7u);
	}
}

static const struct rule *rule_for(const struct rule *rules, int count, uint32_t number)
{
	for (int i = 0; i < count; i++)
		if (rules[i].number == number)
			return &rules[i];
	return NULL;
}

static void react(const struct wire_record *record)
{
	const struct rule *verdict = rule_for(verdicts, verdict_count, record->number);
	const struct rule *answer = rule_for(answers, answer_count, record->number);

	if (verdict && !answer) {
		for (int i = 0; i < WIRE_SHAPE_PROBES; i++) {
			struct wire_shape *shape =
				&segment->shapes[wire_shape_slot(record->fingerprint, (uint32_t)i)];

			if (__atomic_load_n(&shape->fingerprint, __ATOMIC_ACQUIRE) ==
			    record->fingerprint) {
				shape->verdict_errno = verdict->b;
				__atomic_store_n(&shape->verdict, verdict->a, __ATOMIC_RELEASE);
			}
		}
	}
	if (record->flags & WIRE_FLAG_HELD) {
		struct wire_answer a = {record->tid, answer ? answer->a : WIRE_VERDICT_ACKNOWLEDGED,
					answer ? answer->b : 0};

		if (verdict && !answer)
			command(WIRE_COMMAND_LOOK, NULL, 0);
		else
			command(WIRE_COMMAND_ANSWER, &a, sizeof(a));
	}
}

static void drain(void)
{
	static const char *const kinds[] = {"PADDING", "IMAGE",	    "CALL",
					    "EXIT",    "TIGHTENED", "REFUSED"};

	while (!deaf && tail < __atomic_load_n(&segment->header.ring_head, __ATOMIC_ACQUIRE)) {
		const struct wire_record *r =
			(const struct wire_record *)segment->ring[tail % WIRE_RING_SLOTS];

		if (__atomic_load_n(&r->commit, __ATOMIC_ACQUIRE) != tail + 1)
			break; /* reserved, not yet there */
		if (r->slots < 1 || r->slots > WIRE_RECORD_SLOTS || r->kind > WIRE_KIND_REFUSED)
			fail("the ring makes no sense");
		if (r->kind != WIRE_KIND_PADDING) {
			fprintf(out,
				"%s flags=%x arch=%x nr=%u image=%u pid=%d tid=%d result=%lld "
				"args=%llx,%llx,%llx",
				kinds[r->kind], r->flags, r->arch, r->number, r->image, r->pid,
				r->tid, (long long)r->result, (unsigned long long)r->arguments[0],
				(unsigned long long)r->arguments[1],
				(unsigned long long)r->arguments[2]);
			print_texts(r);
			fputc('\n', out);
		}
		if (r->kind == WIRE_KIND_CALL)
			react(r);
		tail += r->slots;
		__atomic_store_n(&segment->header.ring_tail, tail, __ATOMIC_RELEASE);
	}
	fflush(out);
}

static void timers(void)
{
	long ms = now_ms() - epoch;

	if (die_ms >= 0 && ms >= die_ms)
		raise(SIGKILL);
	if (leave_ms >= 0 && ms >= leave_ms)
		_exit(0);
	if (end_ms >= 0 && ms >= end_ms) {
		command(WIRE_COMMAND_END, NULL, 0);
		end_ms = -1;
	}
	if (detach_ms >= 0 && ms >= detach_ms) {
		command(WIRE_COMMAND_DETACH, NULL, 0);
		detach_ms = -1;
	}
	if (tightened < tighten_count && ms >= tightens[tightened].ms)
		send_tighten();
	if (signal_ms >= 0 && ms >= signal_ms) {
		struct wire_signal s = {signal_number};

		command(WIRE_COMMAND_SIGNAL, &s, sizeof(s));
		signal_ms = -1;
	}
}

static void follow(uint32_t launches)
{
	struct wire_header *h = &segment->header;
	char bytes[64];

	for (;;) {
		struct pollfd wait = {.fd = doorbell, .events = POLLIN};
		uint32_t state;

		__atomic_store_n(&h->learner_waits, 1, __ATOMIC_SEQ_CST);
		state = __atomic_load_n(&h->state, __ATOMIC_SEQ_CST);
		drain();
		if (state >= WIRE_STATE_ENDED &&
		    __atomic_load_n(&h->launches, __ATOMIC_SEQ_CST) == launches)
			return;
		if (poll(&wait, 1, 20) > 0 && read(doorbell, bytes, sizeof(bytes)) == 0) {
			fprintf(out, "EOF\n");
			fclose(out);
			_exit(80);
		}
		timers();
	}
}

static int report(void)
{
	struct wire_header *h = &segment->header;
	int status = h->root_status;

	fprintf(out,
		"STATE %u failure=%u errno=%d status=%d tasks=%llu peak=%u live=%u exec=%llu "
		"images=%u shapes=%llu stops=%llu\n",
		h->state, h->failure_step, h->failure_errno, status, (unsigned long long)h->tasks,
		h->peak_tasks, h->live_tasks, (unsigned long long)h->executions, h->images,
		(unsigned long long)h->shapes, (unsigned long long)h->stops);
	fprintf(out, "LOSSES");
	for (int i = 0; i < WIRE_LOSS_CAUSES; i++)
		fprintf(out, " %llu", (unsigned long long)h->losses[i]);
	fprintf(out, "\nNOTES");
	for (int i = 0; i < WIRE_NOTE_KINDS; i++)
		fprintf(out, " %llu", (unsigned long long)h->notes[i]);
	fputc('\n', out);
	for (int abi = 0; abi < WIRE_ABIS; abi++)
		for (int i = 0; i < WIRE_NUMBERS; i++)
			if (segment->counts[abi][i])
				fprintf(out, "COUNT %d %d %llu\n", abi, i,
					(unsigned long long)segment->counts[abi][i]);
	fclose(out);
	if (h->state == WIRE_STATE_FAILED)
		return h->failure_step == WIRE_FAILURE_EXEC
			       ? (h->failure_errno == ENOENT ? 127 : 126)
			       : 125;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int i = 1;

	out = stderr;
	for (int j = 1; j < argc && !is(argv[j], "--"); j++)
		ask |= is(argv[j], "--ask");
	join_front();
	for (; i < argc && !is(argv[i], "--"); i++) {
		if (is(argv[i], "--ask"))
			continue;
		if (is(argv[i], "--force")) {
			tighten_flags = WIRE_TIGHTEN_FORCE;
			continue;
		}
		if (is(argv[i], "--deaf")) {
			deaf = true;
			continue;
		}
		if (i + 1 >= argc)
			fail(argv[i]);
		option(argv[i], argv[i + 1]);
		i++;
	}
	epoch = now_ms();
	if (garbage) {
		send_garbage(garbage);
		sleep(5);
		return 81;
	}
	for (int n = 0; n < times; n++) {
		send_launch(argv + (i < argc ? i + 1 : argc));
		if (launch.mode == WIRE_MODE_ENFORCE)
			return 0;
		follow((uint32_t)n + 1);
	}
	return report();
}
