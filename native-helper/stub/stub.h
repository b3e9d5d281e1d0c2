/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stub.h - the stub's own state and parts. Everything here runs inside the
 * target: no C library, no floating point, no thread-local storage, no lock.
 */
#ifndef ACKTRACE_STUB_STUB_H
#define ACKTRACE_STUB_STUB_H

#include "ack.h"
#include "layout.h"
#include "number.h"
#include "sys.h"
#include <asm/errno.h>
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/ucontext.h>
#include <linux/resource.h>

/* ---- state of this process (private memory: fork copies it, vfork and threads share it) ------ */

/* struct sigaction as rt_sigaction takes it. */
struct ack_action {
	uint64_t handler, flags, restorer, mask;
};

/* Pages that every process writes: one where it loads, one where it calls; see stub.ld. */
#define ACK_LOADING __attribute__((section(".loading")))
#define ACK_HOT	    __attribute__((section(".hot")))
/* A function that few programs run: it stands behind the first thunks; see stub.ld. */
#define ACK_COLD __attribute__((cold))
/* The page that the child of a fork finds empty, where the kernel can do that (Linux 4.14). */
#define ACK_WIPED __attribute__((section(".wiped")))

struct ack_process {
	int base;	     /* descriptor ACK_FD_SEGMENT; the others follow */
	int32_t pid;	     /* whose memory this is; stale in a child that no one has asked yet */
	uint32_t image;	     /* id, 0: none */
	uint64_t image_hash; /* FNV-1a of exe */
	uint32_t confined; /* 1: the target has filters of its own: no calls that it did not make */
	uint32_t no_new_privs;	  /* 1: the target asked for it itself */
	struct ack_action sigsys; /* what the target thinks SIGSYS does */
	uint64_t dispatch_start;  /* range that the target's user dispatch lets pass */
	uint64_t dispatch_size;
	uint32_t has_fsgsbase; /* 1: rdfsbase may be executed */
	uint32_t exe_size;     /* bytes of exe, no NUL */
	uint64_t heap;	       /* where it begins */
	uint32_t held; /* descriptor of the executable, where no name leads there; 0: none */
	char held_path[ACK_DESCRIPTOR_NAME]; /* and a name of that */
	char exe[WIRE_TEXT_MAX];	     /* what /proc/self/exe is for the target */
};

extern struct ack_process ack_process;

/* 1: the target has filters of its own, or has set an alternate signal stack, or tried to. */
extern uint32_t ack_not_plain;

/* From now on the process makes no calls that the target did not make. */
static inline void ack_confine(void)
{
	ack_process.confined = 1;
	ack_not_plain = 1;
}

extern uint32_t ack_has_rdpid; /* 1: the processor has rdpid */
extern uint32_t ack_wipes;     /* 1: fork clears the page of ack_cached_pid, and what was told so */
/* A page that fork clears in the child. */
extern volatile int32_t ack_cached_pid;

static inline struct wire_segment *ack_segment(void)
{
	return (struct wire_segment *)(uintptr_t)ACK_SEGMENT_ADDRESS;
}

static inline struct ack_area *ack_area(void)
{
	return (struct ack_area *)(uintptr_t)ACK_AREA_ADDRESS;
}

/* A page that is written first is mapped alone, and copied at once if it has to be; one that is
 * read first comes with fifteen others, which the exit has to unmap. */
static inline void ack_touch(const void *address)
{
	__atomic_fetch_or((uint8_t *)(uintptr_t)address, 0, __ATOMIC_RELAXED);
}

/* Descriptor numbers of the stub. */
static inline int ack_is_hidden(uint64_t descriptor)
{
	int number = (int)descriptor;

	return (number >= ack_process.base && number < ack_process.base + ACK_FDS) ||
	       (ack_process.held && number == (int)ack_process.held);
}

/* Is it an address of the stub's code from one label to before another? */
static inline int is_in(uint64_t address, const char *start, const char *end)
{
	return address - address_of(start) < (uint64_t)(end - start);
}

/* ---- one trapped call --------------------------------------------------- */

struct ack_call {
	struct ucontext *context;
	struct sigcontext *registers;
	uint32_t abi;	 /* enum wire_abi */
	uint32_t number; /* as the kernel got it */
	uint64_t site;	 /* address behind the call instruction */
	int is_known;	 /* 1: its shape is in the table */
	uint64_t arguments[WIRE_ARGUMENTS];
};

/* A call of 64-bit code that was made from `site`, with the arguments that the registers hold. */
static inline struct ack_call ack_call_from(struct ucontext *context, uint32_t number,
					    uint64_t site)
{
	struct sigcontext *r = &context->uc_mcontext;

	return (struct ack_call){
		.context = context,
		.registers = r,
		.abi = WIRE_ABI_X86_64,
		.number = number,
		.site = site,
		.arguments = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9},
	};
}

/* What a part decided about a call. */
enum ack_way {
	ACK_RUN,  /* let the thunk execute it */
	ACK_DONE, /* the result is in rax, or rip points elsewhere */
};

static inline enum ack_way ack_answer(struct ack_call *call, long result)
{
	call->registers->rax = (uint64_t)result;
	return ACK_DONE;
}

/* ---- parts ----------------------------------------------------------------- */

/* memory.c: bytes of the target. Each returns 0 or -EFAULT. */
int ack_read(void *to, uint64_t from, size_t size);
int ack_write(uint64_t to, const void *from, size_t size);
/* The same without a call where it is in the page of the call's signal frame: most masks are. */
int ack_read_near(const struct ack_call *call, void *to, uint64_t from, size_t size);
int ack_write_near(const struct ack_call *call, uint64_t to, const void *from, size_t size);
/* Reads a string of less than `size` bytes with its NUL. Returns its length, -EFAULT or
 * -ENAMETOOLONG. */
long ack_read_text(char *to, uint64_t from, size_t size);
int32_t ack_pid(void);
/* Is the page of ack_cached_pid cleared in children? Tells the kernel to, at first use: a short
 * program does without. */
int ack_is_wiped_on_fork(void);

/* lent.c: a process in the memory of another one. */
struct ack_own {
	int32_t pid; /* 0: not in use */
	uint32_t blocked;
	struct ack_action sigsys;
};
/* A child is about to share this memory and to be a process of its own. */
void ack_memory_is_lent(void);
/* The id of this process if the memory is another one's, else 0. It may take a call to know, so
 * whoever needs it several times hands it on. */
int32_t ack_sharer(void);
int32_t ack_sharer_as(int32_t pid); /* the same of a process that knows its id */
/* A child, or a thread, is about to share the descriptors of its parent. */
void ack_descriptors_are_shared(int is_thread);
/* Has this process, which may be in another one's memory, descriptors that nobody inherits but its
 * own next image? 0: that is not known. */
int ack_has_own_descriptors(int32_t sharer);
/* What such a process has set of SIGSYS; NULL: nothing, or it is no such process. */
struct ack_own *ack_own_state(int32_t sharer, int make);
/* What SIGSYS does in this process; `change`: in order to set it. */
struct ack_action *ack_sigsys_of(int32_t sharer, int change);

/* report.c: counts a call and reports an unknown shape. Returns the verdict on it; sets *unknown to
 * its fingerprint if it has to be reported with its result. */
struct ack_sighting {
	uint64_t key;	      /* fingerprint of the shape */
	uint64_t fingerprint; /* the same if it has to be reported, else 0 */
	uint32_t verdict;     /* enum wire_verdict */
	int32_t verdict_errno;
};
void ack_count(uint32_t abi, uint32_t number);
struct ack_sighting ack_look(const struct ack_call *call);
/* That of the shape of a call. */
uint64_t ack_fingerprint(const struct ack_call *call);
/* The verdict on a shape now, WIRE_VERDICT_NONE if it is not in the table. */
uint32_t ack_verdict(uint64_t fingerprint, int32_t *error);
/* What of a call makes its shape, NULL: the number alone does. */
const struct wire_call_facts *ack_facts(const struct ack_call *call);
/* Where a rewritten site counts calls of a shape, and finds the verdict on it; 0: there is no room.
 */
uint64_t ack_fast_counter(uint64_t fingerprint, uint32_t number, uint64_t *verdict);
/* ack_fast has counted the call of this record, and it will come again. */
void ack_fast_uncount(uint64_t record);
/* Publishes a first sighting; `flags` are WIRE_FLAG_*. Returns 0 if the ring is full. */
int ack_publish(const struct ack_call *call, uint64_t fingerprint, uint16_t flags, int64_t result);
/* A call that will be made where the filter lets it pass: counted and reported in advance. */
void ack_infer(uint32_t number, uint64_t site);
/* Before the process ends, or its threads do: lets records that others of its threads write be
 * finished, within bounds. */
void ack_wait_for_writers(void);
void ack_publish_image(uint32_t previous);
/* `reason`: errno of the seizure that was tried, 0: none was. */
void ack_publish_refused(const char *path, long result, int32_t reason);
void ack_loss(enum wire_loss loss);
void ack_note(enum wire_note note);
/* The front's question: a signal that somebody sent has reached a handler of this process. */
void ack_signal_seen(const siginfo_t *info);

/* where.c: path of the file that is mapped at an address, and the offset in it. Returns the path's
 * length without NUL; 0: no file, or the path is longer than `size`, or the kernel cannot tell. */
uint32_t ack_where(uint64_t address, char *name, uint32_t size, uint64_t *offset);

/* The mapping of an address. */
struct ack_mapping {
	uint64_t start, offset, inode;
	int is_text; /* 1: private, read and execute, of a file that has a name */
	char name[512];
};
/* Returns 0, or -1 if there is none or the kernel cannot tell. */
int ack_mapping_of(uint64_t address, struct ack_mapping *mapping);

/* ask.c: holds the call until somebody has answered, if the learner wants to be asked. */
void ack_ask(const struct ack_call *call, struct ack_sighting *seen);

/* sites.c: thunks. */
uint64_t ack_thunk_for(uint64_t site, int int80);
uint32_t ack_site_index(uint64_t site); /* ACK_SITES: there is no room */
/* The site of a thunk address, 0 if it is none; *started tells whether the call has been executed.
 */
uint64_t ack_site_of(uint64_t address, int *started);

/* look.c */
/* A thunk that looks at the path behind the call, which is its argument `path`, 0 or 1; 0: there is
 * no room. */
uint64_t ack_look_thunk_for(uint64_t site, uint32_t number, int path);
/* The site of such a thunk; as ack_site_of. */
uint64_t ack_look_site_of(uint64_t address, int *started);
/* The call of a thunk has been made: what is left to do, and goes on behind the site. */
void ack_look_finish(struct ucontext *context, uint64_t index, uint64_t result);
void ack_list_finish(struct ucontext *context, uint64_t index, uint64_t size);
/* A signal came behind such a call: finishes it. Returns 0 if it came somewhere else. */
int ack_look_show(struct ucontext *context);

/* frames.c */
struct ack_frame {
	uint64_t result, rdi, rsi, rdx, r10, r8, r9, next, site;
	uint32_t owned;	  /* 1: in use */
	uint32_t purpose; /* enum ack_purpose */
	uint64_t thread, fingerprint;
	uint32_t number, flags;
	uint8_t space[ACK_FRAME_SIZE - 104];
};
enum ack_purpose {
	ACK_PURPOSE_RESTORE = 0,	/* put changed arguments back */
	ACK_PURPOSE_REPORT = 1,		/* publish the call with its result */
	ACK_PURPOSE_CLEAR_HANDLERS = 2, /* the child of clone3 with CLONE_CLEAR_SIGHAND */
	ACK_PURPOSE_BEFORE = 3,		/* a call of the stub's, and then the target's own */
};
/* The child of a fork frees the frames of threads that it does not have. Called before it has a
 * second one. */
void ack_frames_settle(void);
struct ack_frame *ack_frame_take(struct ack_call *call, enum ack_purpose purpose);
void ack_frame_run(struct ack_call *call, struct ack_frame *frame);
void ack_frame_finish(struct ucontext *context, uint32_t index);
/* A signal came on the way through a frame: shows the target its call instruction, or the one
 * behind it with the result, and gives the frame back. */
void ack_frame_show(struct ucontext *context);

/* accelerate.c: call sites that trap often are rewritten, see there and fast.S. */
/* A known call that trapped: after some of them its site is rewritten. */
void ack_accelerate(const struct ack_call *call, uint64_t fingerprint);
/* Makes the record of a call; 0: this one has to trap. */
int ack_fast_describe(const struct ack_call *call, uint64_t fingerprint, uint64_t index,
		      struct ack_fast_call *fast);
int ack_fast_is_same(const struct ack_fast_call *one, const struct ack_fast_call *other);
/* Calls of rewritten sites trap from now on. */
void ack_fast_stop(void);
/* The site of a rewritten call that traps at `address`, 0: it is none. */
uint64_t ack_fast_site(uint64_t address);
/* The site of a thunk whose call is looked at behind it; as ack_site_of. */
uint64_t ack_fast_site_of(uint64_t address, int *started);
/* The site that came to ack_fast with this record. */
uint64_t ack_fast_site_of_record(uint64_t record);
/* Is it in one of those thunks? */
int ack_fast_is_post(uint64_t address);
/* A signal came on the way from a rewritten site to its thunk: shows the call instruction. */
void ack_fast_show(struct ucontext *context);
/* What fast.S found behind an openat or a getdents64. Returns 0 if it was nothing of that kind. */
int ack_fast_post(const siginfo_t *info, struct ucontext *context);

/* threads.c: the virtual SIGSYS bit of each thread's mask, and what is pending for it. */
int ack_thread_blocked(int32_t sharer);
void ack_thread_block(int32_t sharer, int blocked);
void ack_thread_inherit(uint64_t tls);
/* What the mask was when the image began. */
void ack_thread_begin(int blocked);
uint64_t ack_thread_key(void);

/* signals.c */
enum ack_way ack_rt_sigaction(struct ack_call *call);
enum ack_way ack_rt_sigprocmask(struct ack_call *call);
enum ack_way ack_rt_sigpending(struct ack_call *call);
enum ack_way
ack_rt_sigreturn(struct ack_call *call); /* the frame is at rsp; its mask is made virtual */
enum ack_way ack_rt_sigtimedwait(struct ack_call *call);
enum ack_way ack_temporary_mask(struct ack_call *call, int argument, int indirect);
/* A SIGSYS of the target's that waits: what is handed on by exec. Returns 0 if there is none. */
int ack_pending_sigsys(siginfo_t *info);
void ack_keep_pending(const siginfo_t *info);
/* Gives it to the kernel, which has SIGSYS blocked until the handler returns. */
void ack_raise_pending(void);
/* A SIGSYS of the target's own: returns where its handler is not to be entered. */
void ack_deliver_sigsys(siginfo_t *info, struct ucontext *context, uint64_t *frame);
void ack_clear_handlers(void);
/* SIGSYS is ignored from now on, as the target wished; only before an execution. */
void ack_ignore_sigsys(void);
/* As SECCOMP_RET_KILL_PROCESS: by SIGSYS, or by SIGKILL where SIGSYS would not kill. */
void ack_die_by_filter(struct ack_call *call);
uint64_t ack_signal_gate(uint32_t index, struct ucontext *context, const siginfo_t *info);
/* A signal of the target's own came in: cancellation, profilers and unwinders look at the address,
 * so it becomes the target's own, before or behind the call that the thread is about. */
void ack_show(struct ucontext *context);
void ack_install(void);

/* filter.c: seccomp and prctl with a filter of the target's. */
enum ack_way ack_own_filter(struct ack_call *call);

/* clone.c */
enum ack_way ack_clone(struct ack_call *call);
enum ack_way ack_clone3(struct ack_call *call);
/* Has nobody else ever run in this memory, or in that of which it is a fork, at the same time? No
 * thread has, then. Who has lent it to a child of vfork waits for that. */
int ack_is_alone(void);
void ack_gets_company(void);

/* guard.c: calls that would remove the stub or its descriptors, or stop it at each SIGSYS. */
enum ack_way ack_ptrace(struct ack_call *call);
enum ack_way ack_guard_range(struct ack_call *call, uint64_t address, uint64_t size, long result);
enum ack_way ack_shmat(struct ack_call *call);
enum ack_way ack_process_madvise(struct ack_call *call);
enum ack_way ack_set_mm(struct ack_call *call); /* prctl(PR_SET_MM) */
/* mprotect, pkey_mprotect, madvise: as if the stub's range were a hole. */
enum ack_way ack_guard_protection(struct ack_call *call);
/* The target unmaps its alternate signal stack: SIGSYS must not go there any more. */
enum ack_way ack_alternate_stack_gone(struct ack_call *call, uint64_t address, uint64_t size);
enum ack_way ack_guard_descriptor(struct ack_call *call, uint64_t descriptor);
enum ack_way ack_close_range(struct ack_call *call);

/* names.c: /proc/self/exe. */
#define ACK_NO_EXE  0
#define ACK_OWN_EXE (-1)
/* Whose executable a name in /proc is: a process of the target's, ACK_OWN_EXE, ACK_NO_EXE. The name
 * may be in the target's memory or in the stub's. */
int32_t ack_whose_exe(int directory, uint64_t path);
/* The same of a name in the stub's memory. */
int32_t ack_whose_name(int directory, const char *name);
/* Writes the name of that executable, without NUL and cut at `room`. Returns its length or -errno;
 * -EPERM: it cannot be known. */
long ack_exe_of(int32_t pid, uint64_t buffer, uint64_t room);

/* held.c: raises the limit of descriptors, so that some are free behind the stub's. -1: that is not
 * permitted. */
int ack_descriptors_begin(struct rlimit64 *limit);
void ack_descriptors_end(const struct rlimit64 *limit);
/* Keeps a descriptor of the executable, which has no name. */
void ack_hold_image(int image);
/* By which name the executable can be opened. */
const char *ack_exe_path(void);

/* named.c: calls with such a name. */
enum ack_way ack_named(struct ack_call *call);
/* Such a call has been made with the name as it is, and its result is in rax: makes it anew if the
 * name is one of those. */
void ack_named_again(struct ack_call *call);
/* Whether a rewritten site may make such a call: adds to the record by which way, and what of its
 * arguments decides it. Returns 0 if it is no such call. */
int ack_named_record(const struct ack_call *call, struct ack_fast_call *fast);
enum ack_way ack_readlink(struct ack_call *call, int directory, int path, int buffer, int size);

enum ack_way ack_getdents64(struct ack_call *call);
/* Takes the stub's descriptors out of what the call returned; 0: nothing is left, call again. */
long ack_listed(uint64_t directory, uint64_t buffer, long size);
/* Is the process of the target? Its executable is the stub. Under a filter of the target's own:
 * yes. */
int ack_is_of_target(int32_t pid);

/* execs.c: the place of an execution in the area. NULL: none is to be had. */
struct ack_exec *ack_exec_claim(void);
void ack_exec_give_back(struct ack_exec *exec);
/* Another thread of this process is about to execute: waits until it has, or has failed. */
void ack_exec_let_pass(void);
/* Around what opens a descriptor and closes it again: forks of other threads wait a moment. */
void ack_open_begins(void);
void ack_open_ended(void);
/* Everything is filled in: the next image of this process finds itself there. */
void ack_exec_arm(struct ack_exec *exec);
/* The one that led here; NULL: none did. Called once, by a new stub. */
struct ack_exec *ack_exec_own(void);

/* exec.c, resolve.c */
enum ack_way ack_execve(struct ack_call *call);
enum ack_way ack_execveat(struct ack_call *call);

/* handover.c: has a tracer seize this thread, and makes the call, an execution. Returns -errno;
 * *refused is set to the errno of the seizure if nobody traces. What the image gets (mask, flags)
 * stands in `exec`. */
long ack_hand_over(struct ack_exec *exec, uint32_t number, const uint64_t *arguments,
		   int32_t *refused);

/* locked.c */
enum ack_way ack_mlockall(struct ack_call *call);

/* narrow.c: the same for calls of i386. */
enum ack_way ack_narrow(struct ack_call *call);

/* special.c: calls that the stub has to look at. */
enum ack_way ack_special(struct ack_call *call);

/* trap.c, start.c: called by arch.S. */
void ack_sigsys(int signal, siginfo_t *info, struct ucontext *context, uint64_t *frame);
/* A known call from a rewritten site, which the stub has to see; rcx is its record. */
void ack_entered(struct ucontext *context);
uint64_t ack_main(uint64_t *kernel);
long ack_on_stack(void *top, long (*function)(void *), void *argument);
uint64_t ack_adopt_main(uint64_t *kernel, struct ack_exec *exec);
extern uint64_t ack_entry;

/* arch.S */
extern const char ack_thunks[], ack_thunks_int80[], ack_frame_calls[], ack_frame_releases[],
	ack_frame_posts[], ack_gates[], ack_post_end[], ack_sigsys_entry[], ack_restorer[],
	ack_restorer_end[], ack_fast[], ack_fast_posts[], ack_fast_end[], ack_look_thunks[],
	ack_look_stashed[], ack_look_post[], ack_look_scan[], ack_look_restored[], ack_look_tail[],
	ack_look_out[], ack_look_out_restored[], ack_list_post[], ack_list_tail[],
	ack_look_first_thunks[], ack_look_calls[], ack_list_thunks[], ack_fast_slow_calls[],
	ack_early_slow_calls[], ack_leave_open[], ack_leave_end[], ack_enter[], ack_enter_saved[],
	ack_enter_blocked[], ack_enter_open[], ack_enter_left[];
extern const uint64_t ack_fast_vector, ack_handler_mask;
extern uint64_t ack_sites[ACK_SITES], ack_sites_int80[ACK_SITES_INT80],
	ack_look_sites[ACK_LOOK_SITES];
extern uint16_t ack_look_numbers[ACK_LOOK_SITES];
extern uint64_t ack_fast_returns[ACK_FAST_SITES];
extern struct ack_frame ack_frames[ACK_FRAMES];

_Static_assert(sizeof(struct ack_frame) == ACK_FRAME_SIZE, "arch.S knows the size");
_Static_assert(offsetof(struct ucontext, uc_stack) == ACK_CONTEXT_STACK, "leave.S knows it");
_Static_assert(offsetof(struct ucontext, uc_mcontext) == ACK_CONTEXT_REGISTERS, "leave.S knows it");
_Static_assert(offsetof(struct ucontext, uc_sigmask) == ACK_CONTEXT_MASK, "leave.S knows it");
_Static_assert(sizeof(struct ucontext) == ACK_CONTEXT_SIZE, "fast.S knows it");
_Static_assert(offsetof(struct sigcontext, rsp) == 120, "leave.S knows it");
_Static_assert(offsetof(struct sigcontext, cs) == 144, "leave.S knows it");
_Static_assert(offsetof(struct sigcontext, fpstate) == 184, "leave.S knows it");
_Static_assert(ACK_LOOK_SITES <= 256, "fast.S keeps an index in a byte");
_Static_assert(offsetof(struct ack_process, confined) == ACK_PROCESS_CONFINED, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, kind) == ACK_FAST_KIND, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, next) == ACK_FAST_NEXT, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, thunk) == ACK_FAST_THUNK, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, slow) == ACK_FAST_SLOW, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, count) == ACK_FAST_COUNT, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, verdict) == ACK_FAST_VERDICT, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, mask) == ACK_FAST_MASK, "fast.S knows it");
_Static_assert(offsetof(struct ack_fast_call, value) == ACK_FAST_VALUE, "fast.S knows it");

#endif
