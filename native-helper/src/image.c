/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - executed programs and their ids. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "supervisor.h"
#include "tally.h"

static ssize_t executable_of(pid_t tid, char *path, size_t size)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)tid);
	return readlink(link, path, size);
}

/* Would the file have given privilege, had there not been no_new_privs? */
static bool is_privileged(pid_t tid)
{
	char link[64], process[64];
	struct stat file, task;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)tid);
	snprintf(process, sizeof(process), "/proc/%d", (int)tid);
	if (stat(link, &file) < 0 || stat(process, &task) < 0)
		return false;
	if ((file.st_mode & S_ISUID) && file.st_uid != task.st_uid)
		return true;
	if ((file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    file.st_gid != task.st_gid)
		return true;
	return task.st_uid != 0 && getxattr(link, "security.capability", NULL, 0) > 0;
}

static struct image_slot *image_slot(struct supervisor *s, uint64_t hash)
{
	struct image_slot *slot = &s->control->images[hash % IMAGE_SLOTS];

	while (slot->hash && slot->hash != hash)
		slot = slot + 1 < s->control->images + IMAGE_SLOTS ? slot + 1 : s->control->images;
	return slot;
}

static bool image_publish(struct supervisor *s, struct task *task, uint32_t id, uint64_t hash,
			  const char *path, size_t length)
{
	struct wire_record record = {
		.kind = WIRE_KIND_IMAGE,
		.pid = task->tgid,
		.tid = task->tid,
		.arguments = {task->image, hash},
		.image = id,
	};
	struct text text = {
		.kind = WIRE_TEXT_IMAGE,
		.argument = 255,
		.length = (uint32_t)length,
		.bytes = path,
	};

	return supervisor_publish(s, &record, &text, 1);
}

/* Beside stubs, which give ids too. */
static void image_shared(struct supervisor *s, struct task *task, uint64_t hash, const char *path,
			 size_t length)
{
	bool is_new = false;
	uint32_t id = tally_image(s, hash, &is_new);

	if (id && is_new)
		image_publish(s, task, id, hash, path, length);
	if (!id)
		segment_lose(s->segment, WIRE_LOSS_IMAGES_FULL);
	task->image = id;
	task->image_hash = id ? hash : 0;
}

void image_update(struct supervisor *s, struct task *task, bool executed)
{
	struct wire_header *h = &s->segment->header;
	char path[PATH_MAX];
	ssize_t length = executable_of(task->tid, path, sizeof(path));
	struct image_slot *slot;
	uint64_t hash;

	if (length <= 0) {
		if (errno == EACCES || errno == EPERM)
			segment_lose(s->segment, WIRE_LOSS_TEXT); /* a file that nobody may read */
		task->image = 0;
		task->image_hash = 0;
		return;
	}
	if (executed && is_privileged(task->tid))
		segment_note(s->segment, WIRE_NOTE_PRIVILEGED_IMAGE);
	hash = fingerprint_path(path, (size_t)length);
	if (s->ack) {
		image_shared(s, task, hash, path, (size_t)length);
		return;
	}
	slot = image_slot(s, hash);
	if (!slot->hash) {
		uint32_t id = h->images + 1;

		if (id >= WIRE_IMAGES || s->silent ||
		    !image_publish(s, task, id, hash, path, (size_t)length)) {
			if (id >= WIRE_IMAGES)
				segment_lose(s->segment, WIRE_LOSS_IMAGES_FULL);
			task->image = 0;
			task->image_hash = 0;
			return;
		}
		h->images = id;
		slot->hash = hash;
		slot->id = id;
	}
	task->image = slot->id;
	task->image_hash = hash;
}
