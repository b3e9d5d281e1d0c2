/* SPDX-License-Identifier: Apache-2.0 */
/* patch.c - how a call site is rewritten: what is found, what changes, what is left alone. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../stub/flags.h"
#include "../stub/patch.h"
#include "check.h"

#define ADDRESS 0x7f0000123000ULL
#define ROUNDS	200000

static const uint8_t CALL[] = {0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0xc3};
static const uint8_t LONG_NOP[] = {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0};
static const uint8_t NOP[] = {0x0f, 0x1f, 0x80, 0, 0, 0, 0};
static const uint8_t INT3[] = {0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

/* A page (of pushes) with a call before `site` and something at `at`. */
static uint8_t *page_with(uint32_t site, uint32_t at, const void *padding, size_t size)
{
	uint8_t *page = malloc(ACK_PATCH_PAGE);

	memset(page, 0x55, ACK_PATCH_PAGE);
	for (uint32_t i = 0; i < sizeof(CALL) && site - 2 + i < ACK_PATCH_PAGE; i++)
		page[site - 2 + i] = CALL[i];
	if (size)
		memcpy(page + at, padding, size);
	return page;
}

/* The first way to rewrite the call that jumps to whatever hop there is. */
static int find(const uint8_t *page, uint32_t site, struct ack_patch *patch)
{
	uint32_t from = 0;

	return ack_patch_can(page, ACK_PATCH_PAGE, site) &&
	       ack_patch_next(page, ACK_PATCH_PAGE, site, &from, patch) && patch->choices == 0;
}

static uint64_t target_of_short(const uint8_t *page, uint32_t at)
{
	return ADDRESS + at + 2 + (uint64_t)(int64_t)(int8_t)page[at + 1];
}

static uint64_t target_of_long(const uint8_t *page, uint32_t at)
{
	int32_t distance;

	memcpy(&distance, page + at + 1, 4);
	return ADDRESS + at + 5 + (uint64_t)(int64_t)distance;
}

static void a_call_jumps_by_way_of_padding_to_its_hop(void)
{
	const struct {
		const void *bytes;
		size_t size;
		uint32_t jump;
	} paddings[] = {
		{LONG_NOP, sizeof(LONG_NOP), 3}, {NOP, sizeof(NOP), 2}, {INT3, sizeof(INT3), 0}};
	const uint64_t hops[] = {ADDRESS - 0x10000, ADDRESS + 0x7ff00000, ADDRESS - 0x7ff00000};

	for (int i = 0; i < 9; i++) {
		uint32_t site = 1000, at = i % 2 ? 1020 : 900;
		uint8_t *page = page_with(site, at, paddings[i / 3].bytes, paddings[i / 3].size);
		uint8_t *before = page_with(site, at, paddings[i / 3].bytes, paddings[i / 3].size);
		struct ack_patch patch = {0};

		CHECK(find(page, site, &patch));
		CHECK(patch.jump == at + paddings[i / 3].jump);
		ack_patch_apply(page, ADDRESS, site, &patch, hops[i % 3]);
		CHECK(page[site - 2] == 0xeb && page[patch.jump] == 0xe9);
		CHECK(target_of_short(page, site - 2) == ADDRESS + patch.jump);
		CHECK(target_of_long(page, patch.jump) == hops[i % 3]);
		if (paddings[i / 3].bytes == NOP) /* who comes along it skips it */
			CHECK(page[at] == 0xeb &&
			      target_of_short(page, at) == ADDRESS + at + sizeof(NOP));
		if (paddings[i / 3].bytes == LONG_NOP) /* it still is one of that length */
			CHECK(page[at] == 0x0f && page[at + 1] == 0x1f && page[at + 2] == 0x84);
		for (uint32_t k = 0; k < ACK_PATCH_PAGE; k++)
			if ((k < site - 2 || k >= site) &&
			    (k < at || k >= at + paddings[i / 3].size))
				CHECK(page[k] == before[k]);
		/* used once, it is no padding any more */
		memcpy(page + site - 2, CALL, 2);
		CHECK(!find(page, site, &patch));
		free(page);
		free(before);
	}
}

static void a_site_without_padding_in_reach_stays(void)
{
	static const uint32_t places[] = {1000 - 129 - 3, 1000 + 128 - 2, 2000, 4090};
	struct ack_patch patch;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		size_t size = places[i] + sizeof(LONG_NOP) > ACK_PATCH_PAGE
				      ? ACK_PATCH_PAGE - places[i]
				      : sizeof(LONG_NOP);
		uint8_t *page = page_with(1000, places[i], LONG_NOP, size);

		CHECK(!find(page, 1000, &patch));
		free(page);
	}
}

static void a_short_jump_never_gets_a_prefix(void)
{
	static const uint8_t prefixed[] = {0x66, 0x0f, 0x1f, 0x80, 0, 0, 0, 0};
	uint8_t *page = page_with(1000, 1020, prefixed, sizeof(prefixed));
	struct ack_patch patch;

	CHECK(!find(page, 1000, &patch));
	page[1020] = 0x2e;
	CHECK(!find(page, 1000, &patch));
	page[1020] = 0x90;
	CHECK(find(page, 1000, &patch));
	free(page);
}

static void flags_that_may_be_read_keep_a_site(void)
{
	static const struct {
		uint8_t code[12];
		int dead;
	} cases[] = {
		{{0x48, 0x3d, 0, 0xf0, 0xff, 0xff}, 1}, /* cmp $-4096, %rax */
		{{0x3d, 0, 0xf0, 0xff, 0xff}, 1},	/* cmp $-4096, %eax */
		{{0x83, 0xf8, 0xff}, 1},		/* cmp $-1, %eax */
		{{0x85, 0xc0}, 1},			/* test %eax, %eax */
		{{0xf7, 0xd8, 0xc3}, 1},		/* neg %eax */
		{{0xc3}, 1},				/* ret */
		{{0x48, 0x89, 0xc5, 0x48, 0x3d}, 1},	/* mov %rax, %rbp; cmp */
		{{0x89, 0x44, 0x24, 0x20, 0xc3}, 1},	/* mov %eax, 32(%rsp); ret */
		{{0x31, 0xd2}, 1},			/* xor %edx, %edx */
		{{0x72, 0x05}, 0},			/* jc */
		{{0x0f, 0x92, 0xc0}, 0},		/* setc %al */
		{{0x83, 0xd0, 0x00}, 0},		/* adc $0, %eax */
		{{0xf7, 0xd0}, 0},			/* not %eax sets none */
		{{0x9c}, 0},				/* pushf */
		{{0x89, 0xc7, 0x0f, 0x42, 0xc1}, 0},	/* mov; cmovc */
		{{0x90, 0x90, 0x72, 0x05}, 0},
		{{0xe8, 0, 0, 0, 0}, 1}, /* call */
		{{0x90, 0xe8, 0, 0, 0, 0}, 1},
		{{0xff, 0xd0}, 1},				 /* call *%rax */
		{{0xff, 0xc0}, 0},				 /* inc keeps the carry */
		{{0xff, 0xe0}, 0},				 /* jmp *%rax */
		{{0x48, 0x8b, 0x15, 1, 2, 3, 4, 0xc3}, 1},	 /* mov x(%rip), %rdx; ret */
		{{0x48, 0x8b, 0x14, 0x25, 1, 2, 3, 4, 0xc3}, 1}, /* mov x, %rdx; ret */
		{{0x8b, 0x84, 0x24, 1, 2, 3, 4, 0xc3}, 1},	 /* mov x(%rsp), %eax; ret */
		{{0x64, 0x89, 0x02, 0xc3}, 1},			 /* mov %eax, %fs:(%rdx); ret */
		{{0xb8, 1, 2, 3, 4, 0xc3}, 1},			 /* mov $x, %eax; ret */
		{{0x49, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 0xc3}, 1}, /* mov $x, %r8; ret */
		{{0x66, 0xb8, 1, 2, 0xc3}, 0},			 /* mov $x, %ax */
		{{0x80, 0x3b, 0x00}, 1},			 /* cmpb $0, (%rbx) */
		{{0x48, 0x83, 0xc4, 0x28}, 1},			 /* add $40, %rsp */
		{{0x48, 0x83, 0xdc, 0x28}, 0},			 /* sbb $40, %rsp */
		{{0x19, 0xc0}, 0},				 /* sbb %eax, %eax */
		{{0x11, 0xc0}, 0},				 /* adc %eax, %eax */
		{{0xd1, 0xe0}, 0},				 /* shl */
		{{0x0f, 0xb6, 0xc0, 0xc3}, 1},			 /* movzbl %al, %eax; ret */
		{{0x66, 0x0f, 0xef, 0xc0, 0xc3}, 1},		 /* pxor; ret */
		{{0xf3, 0x0f, 0x1e, 0xfa, 0xc3}, 1},		 /* endbr64; ret */
		{{0x66, 0x0f, 0x6c, 0xc0, 0xc3}, 1},		 /* punpcklqdq; ret */
		{{0x0f, 0x05, 0x31, 0xd2}, 1},			 /* syscall; xor */
		{{0x0f, 0x05, 0x72, 0x05}, 0},			 /* syscall; jc */
		{{0xf0, 0x0f, 0xb1, 0x0a}, 1},			 /* lock cmpxchg */
		{{0x5a, 0x48, 0x3d}, 1},			 /* pop %rdx; cmp */
		{{0xeb, 0x02, 0x72, 0x00, 0xc3}, 1},		 /* jmp to the ret */
		{{0xeb, 0x00, 0x72, 0x00, 0xc3}, 0},		 /* jmp to the jc */
		{{0xe9, 2, 0, 0, 0, 0x72, 0x00, 0xc3}, 1},
		{{0xeb, 0x7f, 0xc3}, 0}, /* out of what can be seen */
		{{0xeb, 0xfd, 0xc3}, 0}, /* before it */
		{{0xeb, 0xfe, 0xc3}, 0}, /* for ever */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(ack_flags_are_dead(cases[i].code, sizeof(cases[i].code), 0) == cases[i].dead);
	for (uint32_t size = 0; size < 2; size++)
		CHECK(!ack_flags_are_dead(cases[3].code, size, 0));
}

static void what_is_no_call_stays(void)
{
	static const uint32_t sites[] = {0, 1, 999, 1001, ACK_PATCH_PAGE, ACK_PATCH_PAGE + 1};
	uint8_t *page = page_with(1000, 1020, LONG_NOP, sizeof(LONG_NOP));

	CHECK(ack_patch_can(page, ACK_PATCH_PAGE, 1000));
	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++)
		CHECK(!ack_patch_can(page, ACK_PATCH_PAGE, sites[i]));
	page[998] = 0xcd; /* int $0x05 */
	CHECK(!ack_patch_can(page, ACK_PATCH_PAGE, 1000));
	free(page);
}

/* Where a processor that comes to `at` leaves the changed text; what it may pass is a prefix and
 * jumps. */
static uint64_t way_from(const uint8_t *page, uint32_t at)
{
	for (int i = 0; i < 4; i++) {
		uint32_t jump = at + (page[at] == 0x2e);

		if (page[jump] == 0xe9)
			return target_of_long(page, jump);
		if (page[at] != 0xeb)
			return 0;
		at = (uint32_t)(target_of_short(page, at) - ADDRESS);
	}
	return 0;
}

/* Every way that is offered for a call leads to its hop, and leaves what it does not need. */
static int check_ways(const uint8_t *page, uint32_t site)
{
	uint8_t *copy = malloc(ACK_PATCH_PAGE);
	struct ack_patch patch;
	uint32_t from = 0;
	int ways = 0;

	while (ack_patch_next(page, ACK_PATCH_PAGE, site, &from, &patch)) {
		uint64_t hop = ADDRESS + 0x123456, changed = 0;
		uint32_t end;

		if (patch.choices)
			hop = ack_patch_pun(page, ADDRESS, &patch) + next_random() % patch.choices;
		memcpy(copy, page, ACK_PATCH_PAGE);
		end = ack_patch_apply(copy, ADDRESS, site, &patch, hop);
		CHECK(way_from(copy, site - 2) == hop);
		for (uint32_t i = 0; i < ACK_PATCH_PAGE; i++) {
			changed += copy[i] != page[i];
			CHECK(i < end || copy[i] == page[i]);
		}
		CHECK(changed <= 2 + (patch.choices ? 4 : 7));
		if (patch.choices)
			CHECK(memcmp(copy + patch.jump + 2, page + patch.jump + 2, 3) == 0);
		if (patch.skip)
			CHECK(target_of_short(copy, patch.jump - 2) ==
			      ADDRESS + patch.jump + patch.skip);
		ways++;
	}
	free(copy);
	return ways;
}

static void without_padding_a_jump_borrows_the_bytes_that_follow(void)
{
	uint8_t *page = page_with(1000, 0, NULL, 0);
	struct ack_patch patch;
	uint32_t from = 0;

	CHECK(ack_patch_next(page, ACK_PATCH_PAGE, 1000, &from, &patch));
	CHECK(patch.jump == 998 && patch.choices == 256);
	CHECK(ack_patch_pun(page, ADDRESS, &patch) == ADDRESS + 1003 + 0x013d4800);
	CHECK(ack_patch_next(page, ACK_PATCH_PAGE, 1000, &from, &patch));
	CHECK(patch.jump == 998 && patch.choices == 1);
	CHECK(ack_patch_pun(page, ADDRESS, &patch) == ADDRESS + 1004 - 0x0ffec2b8);
	CHECK(!ack_patch_next(page, ACK_PATCH_PAGE, 1000, &from, &patch));
	CHECK(check_ways(page, 1000) == 2);
	free(page);
}

static void a_jump_is_begun_in_small_padding_that_aligns(void)
{
	static const struct {
		uint8_t bytes[5];
		uint32_t size, jump;
	} paddings[] = {{{0x0f, 0x1f, 0x44, 0, 0}, 5, 3},
			{{0x0f, 0x1f, 0x40, 0}, 4, 2},
			{{0xcc, 0xcc}, 2, 0}};
	struct ack_patch patch;

	for (int i = 0; i < 3; i++) {
		uint32_t at = 1040 - paddings[i].size, from = 0;
		uint8_t *page = page_with(1000, at, paddings[i].bytes, paddings[i].size);
		int ways = 0;

		while (ack_patch_next(page, ACK_PATCH_PAGE, 1000, &from, &patch))
			ways += patch.jump == at + paddings[i].jump && patch.choices;
		CHECK(ways == 2);
		CHECK(check_ways(page, 1000) == 4);
		free(page);
		page = page_with(1000, at - 1, paddings[i].bytes, paddings[i].size);
		CHECK(check_ways(page, 1000) == 2); /* it aligns nothing */
		free(page);
	}
}

static void nothing_is_borrowed_from_behind_the_text(void)
{
	for (uint32_t site = ACK_PATCH_PAGE - 6; site < ACK_PATCH_PAGE; site++) {
		uint8_t *page = page_with(site, 0, NULL, 0);
		uint32_t left = ACK_PATCH_PAGE - site;

		CHECK(check_ways(page, site) == (left >= 3) + (left >= 4));
		free(page);
	}
}

static void pages_of_garbage_stay_in_bounds(void)
{
	static const uint8_t often[] = {0x0f, 0x1f, 0x84, 0x80, 0,    0,
					0,    0xcc, 0x05, 0xc3, 0x48, 0x3d};
	uint8_t *page = malloc(ACK_PATCH_PAGE);
	int found = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t site = (uint32_t)(next_random() % (ACK_PATCH_PAGE + 4));

		if (round % 64 == 0)
			for (int i = 0; i < ACK_PATCH_PAGE; i++)
				page[i] = often[next_random() % sizeof(often)];
		if (site >= 2 && site < ACK_PATCH_PAGE - 1) {
			memcpy(page + site - 2, CALL, 2);
			page[site] = 0xc3;
		}
		if (round % 2 && site > 300 && site < ACK_PATCH_PAGE - 300)
			memcpy(page + site + (int64_t)(next_random() % 400) - 200, LONG_NOP,
			       sizeof(LONG_NOP));
		if (ack_patch_can(page, ACK_PATCH_PAGE, site))
			found += check_ways(page, site);
	}
	CHECK(found > ROUNDS / 100);
	free(page);
}

static void code_of_garbage_is_read_within_its_bounds(void)
{
	static const uint8_t often[] = {0x48, 0x89, 0x0f, 0xb6, 0xeb, 0xe9, 0x66, 0x44,
					0x8b, 0xc7, 0x81, 0xf6, 0x24, 0x05, 0x84, 0x00};

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t size = (uint32_t)(next_random() % 40) + 1;
		uint8_t *code = malloc(size);

		for (uint32_t i = 0; i < size; i++)
			code[i] = often[next_random() % sizeof(often)];
		(void)ack_flags_are_dead(code, size, (uint32_t)(next_random() % (size + 2)));
		free(code);
	}
}

static void a_hop_loads_its_record_and_jumps_by_the_end_of_its_page(void)
{
	for (uint32_t offset = 0; offset + ACK_HOP_SIZE <= 4080; offset += ACK_HOP_SIZE) {
		uint8_t hop[ACK_HOP_SIZE];
		uint32_t record, distance;

		ack_patch_hop(hop, offset, 0x70123456);
		memcpy(&record, hop + 1, 4);
		memcpy(&distance, hop + 7, 4);
		CHECK(hop[0] == 0xb9 && record == 0x70123456);
		CHECK(hop[5] == 0xff && hop[6] == 0x25 && offset + 11 + distance == 4088);
	}
	CHECK(ack_patch_reaches(ADDRESS, ADDRESS - 0x70000000));
	CHECK(!ack_patch_reaches(ADDRESS, ADDRESS - 0x80000000));
	CHECK(!ack_patch_reaches(ADDRESS, 0x70000000));
}

static const struct test tests[] = {
	TEST(a_call_jumps_by_way_of_padding_to_its_hop),
	TEST(a_site_without_padding_in_reach_stays),
	TEST(a_short_jump_never_gets_a_prefix),
	TEST(flags_that_may_be_read_keep_a_site),
	TEST(what_is_no_call_stays),
	TEST(without_padding_a_jump_borrows_the_bytes_that_follow),
	TEST(a_jump_is_begun_in_small_padding_that_aligns),
	TEST(nothing_is_borrowed_from_behind_the_text),
	TEST(pages_of_garbage_stay_in_bounds),
	TEST(code_of_garbage_is_read_within_its_bounds),
	TEST(a_hop_loads_its_record_and_jumps_by_the_end_of_its_page),
};

int main(void)
{
	return run_tests(tests, sizeof(tests) / sizeof(*tests));
}
