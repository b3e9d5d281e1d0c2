/* SPDX-License-Identifier: Apache-2.0 */
/* patch.c - how a call site is rewritten: what is found, what changes, what is left alone. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

		CHECK(ack_patch_find(page, site, &patch) == 0);
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
		CHECK(ack_patch_find(page, site, &patch) == -1);
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

		CHECK(ack_patch_find(page, 1000, &patch) == -1);
		free(page);
	}
}

static void a_short_jump_never_gets_a_prefix(void)
{
	static const uint8_t prefixed[] = {0x66, 0x0f, 0x1f, 0x80, 0, 0, 0, 0};
	uint8_t *page = page_with(1000, 1020, prefixed, sizeof(prefixed));
	struct ack_patch patch;

	CHECK(ack_patch_find(page, 1000, &patch) == -1);
	page[1020] = 0x2e;
	CHECK(ack_patch_find(page, 1000, &patch) == -1);
	page[1020] = 0x90;
	CHECK(ack_patch_find(page, 1000, &patch) == 0);
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
		{{0xe8, 0, 0, 0, 0}, 0},		/* call */
		{{0x90, 0x90}, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(ack_patch_flags_are_dead(cases[i].code, sizeof(cases[i].code)) ==
		      cases[i].dead);
	for (uint32_t size = 0; size < 2; size++)
		CHECK(!ack_patch_flags_are_dead(cases[3].code, size));
}

static void what_is_no_call_stays(void)
{
	uint8_t *page = page_with(1000, 1020, LONG_NOP, sizeof(LONG_NOP));
	struct ack_patch patch;

	CHECK(ack_patch_find(page, 0, &patch) == -1);
	CHECK(ack_patch_find(page, 1, &patch) == -1);
	CHECK(ack_patch_find(page, ACK_PATCH_PAGE, &patch) == -1);
	CHECK(ack_patch_find(page, 999, &patch) == -1);
	page[998] = 0xcd; /* int $0x05 */
	CHECK(ack_patch_find(page, 1000, &patch) == -1);
	free(page);
}

static void pages_of_garbage_stay_in_bounds(void)
{
	static const uint8_t often[] = {0x0f, 0x1f, 0x84, 0x80, 0,    0,
					0,    0xcc, 0x05, 0xc3, 0x48, 0x3d};
	uint8_t *page = malloc(ACK_PATCH_PAGE), *copy = malloc(ACK_PATCH_PAGE);
	int found = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t site = (uint32_t)(next_random() % (ACK_PATCH_PAGE + 4));
		struct ack_patch patch = {0};

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
		if (ack_patch_find(page, site, &patch) < 0)
			continue;
		found++;
		memcpy(copy, page, ACK_PATCH_PAGE);
		ack_patch_apply(copy, ADDRESS, site, &patch, ADDRESS + 0x123456);
		CHECK(target_of_short(copy, site - 2) == ADDRESS + patch.jump);
		CHECK(target_of_long(copy, patch.jump) == ADDRESS + 0x123456);
	}
	CHECK(found > ROUNDS / 100);
	free(page);
	free(copy);
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
	TEST(pages_of_garbage_stay_in_bounds),
	TEST(a_hop_loads_its_record_and_jumps_by_the_end_of_its_page),
};

int main(void)
{
	return run_tests(tests, sizeof(tests) / sizeof(*tests));
}
