/* SPDX-License-Identifier: Apache-2.0 */
/* What binfmt_misc says of an image, by the rules that the kernel shows
 * (admin-guide/binfmt-misc.rst). */
#include "misc.h"
#include "sys.h"
#include <asm/errno.h>
#include <linux/fcntl.h>

#define PLACE	  "/proc/sys/fs/binfmt_misc/"
#define RULE_MAX  1024
#define NAMES_MAX 2048
#define OPEN	  02000000 /* O_RDONLY | O_CLOEXEC */

struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* What stands behind a word at the beginning of a line; NULL if no line begins so. */
static const char *line_of(const char *rule, const char *word)
{
	for (;;) {
		const char *at = rule, *letter = word;

		while (*letter && *at == *letter) {
			at++;
			letter++;
		}
		if (*letter == '\0')
			return at;
		while (*rule && *rule != '\n')
			rule++;
		if (*rule++ == '\0')
			return NULL;
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte of a hexadecimal text; -1: there is none. */
static int byte_at(const char *hex, size_t i)
{
	int high = digit(hex[0]), low;

	for (size_t k = 0; k < 2 * i && high >= 0; k++)
		high = digit(*++hex);
	low = high < 0 ? -1 : digit(hex[1]);
	return low < 0 ? -1 : high << 4 | low;
}

static int magic_fits(const char *rule, const unsigned char *head, size_t head_size)
{
	const char *magic = line_of(rule, "magic "), *mask = line_of(rule, "mask ");
	const char *from = line_of(rule, "offset ");
	size_t offset = 0, i;

	if (!magic || byte_at(magic, 0) < 0)
		return 0;
	for (; from && *from >= '0' && *from <= '9' && offset < head_size; from++)
		offset = offset * 10 + (size_t)(*from - '0');
	for (i = 0; byte_at(magic, i) >= 0; i++) {
		int bits = mask ? byte_at(mask, i) : 0xff;

		if (offset + i >= head_size || bits < 0 ||
		    ((head[offset + i] ^ byte_at(magic, i)) & bits))
			return 0;
	}
	return 1;
}

static int extension_fits(const char *rule, const char *name)
{
	const char *extension = line_of(rule, "extension ."), *last = NULL;

	for (; *name; name++)
		if (*name == '.')
			last = name + 1;
	if (!extension || !last)
		return 0;
	while (*last && *last == *extension) {
		last++;
		extension++;
	}
	return *last == '\0' && (*extension == '\n' || *extension == '\0');
}

int ack_misc_fits(const char *rule, const unsigned char *head, size_t head_size, const char *name)
{
	const char *enabled = line_of(rule, "enabled");

	return enabled == rule + 7 &&
	       (extension_fits(rule, name) || magic_fits(rule, head, head_size));
}

static int rule_fits(int directory, const char *rule_name, const unsigned char *head,
		     size_t head_size, const char *name)
{
	char rule[RULE_MAX];
	long n, fd = sys4(__NR_openat, (uint64_t)directory, address_of(rule_name), OPEN, 0);

	if (fd < 0)
		return 0;
	n = sys3(__NR_read, (uint64_t)fd, address_of(rule), sizeof(rule) - 1);
	sys1(__NR_close, (uint64_t)fd);
	rule[n > 0 ? n : 0] = '\0';
	return ack_misc_fits(rule, head, head_size, name);
}

int ack_misc_takes(const unsigned char *head, size_t head_size, const char *name)
{
	_Alignas(8) char names[NAMES_MAX];
	long n, directory = sys4(__NR_openat, (uint64_t)AT_FDCWD, address_of(PLACE), OPEN, 0);
	int fits = 0;

	if (directory < 0)
		return 0;
	while (!fits && (n = sys3(__NR_getdents64, (uint64_t)directory, address_of(names),
				  sizeof(names))) > 0) {
		for (long at = 0; at < n && !fits;) {
			const struct directory_entry *entry = (const void *)(names + at);

			if (entry->name[0] != '.' && entry->size)
				fits = rule_fits((int)directory, entry->name, head, head_size,
						 name);
			at += entry->size ? entry->size : n;
		}
	}
	sys1(__NR_close, (uint64_t)directory);
	return fits;
}
