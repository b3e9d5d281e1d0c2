/* SPDX-License-Identifier: Apache-2.0 */
/* task.c - a hash of tids; records come from chunks and go back to a list, never to the heap. */
#include "task.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 256

static struct task **bucket_of(struct tasks *tasks, pid_t tid)
{
	return &tasks->buckets[(unsigned)tid % TASK_BUCKETS];
}

struct task *task_find(struct tasks *tasks, pid_t tid)
{
	struct task *task = *bucket_of(tasks, tid);

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

static bool refill(struct tasks *tasks)
{
	struct task *chunk = calloc(CHUNK, sizeof(*chunk));

	if (!chunk)
		return false;
	for (int i = 0; i < CHUNK; i++) {
		chunk[i].next = tasks->free;
		tasks->free = &chunk[i];
	}
	return true;
}

struct task *task_add(struct tasks *tasks, pid_t tid, pid_t tgid)
{
	struct task **bucket = bucket_of(tasks, tid);
	struct task *task;

	if (!tasks->free && !refill(tasks))
		return NULL;
	task = tasks->free;
	tasks->free = task->next;
	memset(task, 0, sizeof(*task));
	task->tid = tid;
	task->tgid = tgid;
	task->next = *bucket;
	*bucket = task;
	tasks->count++;
	return task;
}

void task_remove(struct tasks *tasks, struct task *task)
{
	struct task **link = bucket_of(tasks, task->tid);

	while (*link && *link != task)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = task->next;
	task->next = tasks->free;
	tasks->free = task;
	tasks->count--;
	tasks->orphans -= task->orphan;
	tasks->held -= task->held;
}

void task_adopted(struct tasks *tasks, pid_t tid)
{
	tasks->untold[tasks->untold_next++ % TASK_UNTOLD] = tid;
}

bool task_was_adopted(struct tasks *tasks, pid_t tid)
{
	for (unsigned i = 0; i < TASK_UNTOLD; i++)
		if (tasks->untold[i] == tid) {
			tasks->untold[i] = 0;
			return true;
		}
	return false;
}

void task_each(struct tasks *tasks, void (*visit)(struct task *task, void *context), void *context)
{
	for (unsigned i = 0; i < TASK_BUCKETS && tasks->count; i++) {
		struct task *next;

		for (struct task *task = tasks->buckets[i]; task; task = next) {
			next = task->next;
			visit(task, context);
		}
	}
}
