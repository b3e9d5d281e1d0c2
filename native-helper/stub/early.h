/* SPDX-License-Identifier: Apache-2.0 */
/*
 * early.h - call sites of the dynamic loader. Every program makes its first calls
 * there, and most end before a site has trapped often enough to be rewritten. So
 * what the first processes learn of them is kept in the area: from then on the
 * stub changes those sites where it maps the loader, before anything runs there.
 */
#ifndef ACKTRACE_STUB_EARLY_H
#define ACKTRACE_STUB_EARLY_H

#include "stub.h"

/* The loader's text, read-execute, as the file has it, has been mapped at [start, start + size);
 * the bytes from `end` on are behind the segment. `identity` is that of the file, 0: not known. */
void ack_early_watch(uint64_t identity, uint64_t start, uint64_t size, uint64_t end);

/* May the sites of this file be changed? Then its text can be mapped so that it may be written. */
int ack_early_is_ready(uint64_t identity);
/* Changes them in the text that is mapped so, as for ack_early_watch. Returns 0 if it is not as it
 * was, and not to be used. */
int ack_early_change(uint64_t start, uint64_t size, uint64_t end);
/* That text is not there any more. */
void ack_early_forget(void);

/* A call has trapped there: is it a site that many processes trap at? */
void ack_early_saw(uint64_t site);
/* The same for a known call. Returns 1 if its site is one of those. */
int ack_early_call(const struct ack_call *call, uint64_t fingerprint);

/* The site of a call that traps at `address`, 0: it is none. */
uint64_t ack_early_site(uint64_t address);
/* The site from which ack_fast was entered with this record, 0: none. */
uint64_t ack_early_site_of_record(uint64_t record);
/* Shows the call instruction, or what is behind it; 0: it is not the way of such a site. */
int ack_early_show(struct sigcontext *registers);

#endif
