/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - from the kernel's exec of the stub to the first instruction of the
 * image. Takes over what the execution left in the segment, arms SIGSYS, loads
 * the image, makes stack, name and memory descriptor those of the image, jumps.
 */
#include "load.h"
#include "masks.h"
#include "stack.h"
#include "stub.h"
#include <linux/auxvec.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#define HWCAP2_FSGSBASE_   2
#define BREAK_RANDOM_PAGES 8192 /* 32 MiB, as the kernel's arch_randomize_brk */

ACK_HOT uint64_t ack_entry;

static uint64_t auxiliary_value(const uint64_t *kernel, uint64_t type)
{
	const uint64_t *at = kernel + 1 + kernel[0] + 1;

	while (*at)
		at++;
	for (at++; at[0] != AT_NULL; at += 2)
		if (at[0] == type)
			return at[1];
	return 0;
}

/* There is nothing to fall back to: as the kernel does behind the point of no return. */
static ACK_COLD void give_up(void)
{
	uint64_t none = 0;

	sys4(__NR_rt_sigprocmask, 2, address_of(&none), 0, 8);
	sys3(__NR_kill, (uint64_t)sys1(__NR_getpid, 0), SIGSEGV, 0);
	for (;;)
		sys1(__NR_exit_group, 127);
}

static ACK_COLD void fail_launch(const struct ack_exec *exec, enum wire_failure step, long error)
{
	struct ack_told told = {step, (int32_t)-error};

	sys3(__NR_write, (uint64_t)exec->told, address_of(&told), sizeof(told));
	for (;;)
		sys1(__NR_exit_group, 125);
}

/* The number at the end of /dev/fd/N: where the stub's descriptors are. */
static int base_of(const char *name)
{
	int number = -1;

	for (; name && *name; name++) {
		if (*name < '0' || *name > '9')
			number = -1;
		else
			number = (number < 0 ? 0 : number * 10) + (*name - '0');
	}
	return number - ACK_FD_STUB;
}

static int map_shared(int descriptor)
{
	long at = sys6(__NR_mmap, ACK_SEGMENT_ADDRESS, ACK_SHARED_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED_NOREPLACE, (uint64_t)descriptor, 0);

	return at == ACK_SEGMENT_ADDRESS ? 0 : -1;
}

/* One that is read first is mapped with those around it that are there. */
static void see(const void *page)
{
	(void)*(const volatile uint8_t *)page;
}

static ACK_COLD void install_filter(const struct ack_exec *exec)
{
	struct ack_area *area = ack_area();
	struct sock_fprog program = {(unsigned short)area->filter_count, area->filter};
	long result = sys6(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);

	if (result < 0)
		fail_launch(exec, WIRE_FAILURE_NO_NEW_PRIVS, result);
	result = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		      address_of(&program));
	if (result == -EINVAL)
		result = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, address_of(&program));
	if (result < 0)
		fail_launch(exec, WIRE_FAILURE_FILTER, result);
}

/* The kernel puts the file name at the very top of the stack, and the top somewhere below the end
 * of memory, unless nothing is to be random: by personality, or by kernel.randomize_va_space. */
static int is_randomized(const char *name)
{
	return address_of(name) + strlen(name) + 1 != ACK_TASK_SIZE - sizeof(void *);
}

static uint64_t mix_seed(const uint64_t *kernel, const char *name)
{
	uint64_t seed = 0, random = auxiliary_value(kernel, AT_RANDOM);
	uint32_t low, high;

	if (!is_randomized(name))
		return 0;
	/* AT_RANDOM belongs to the target: only a one-way mix of it is used. */
	memcpy(&seed, (const void *)(uintptr_t)random, random ? 8 : 0);
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	seed ^= (uint64_t)high << 32 | low;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ULL;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebULL;
	return seed ^ seed >> 31 ? seed ^ seed >> 31 : 1;
}

static const char *base_name(const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	return name;
}

/* Where the image's file is, for /proc/self/exe and for the report. Without a descriptor of it the
 * kernel has loaded it. */
static void find_exe(const struct ack_exec *exec)
{
	char name[ACK_DESCRIPTOR_NAME] = "/proc/self/exe";
	uint32_t known = exec->canonical % sizeof(exec->text);
	const char *given = exec->text + (known ? known : exec->file % sizeof(exec->text));
	long size = -ENOSYS;

	if (exec->image >= 0)
		ack_name_descriptor(name, (uint32_t)exec->image);
	if (!ack_process.confined && !known)
		size = sys3(__NR_readlink, address_of(name), address_of(ack_process.exe),
			    sizeof(ack_process.exe) - 1);
	if (size <= 0) {
		size = (long)strlen(given);
		if (size >= (long)sizeof(ack_process.exe))
			size = sizeof(ack_process.exe) - 1;
		memcpy(ack_process.exe, given, (size_t)size);
	}
	ack_process.exe[size] = '\0';
	ack_process.exe_size = (uint32_t)size;
}

/* What /proc/PID/{cmdline,environ,auxv,stat,maps} show, and where the heap begins. */
static void describe_memory(const struct ack_loaded *loaded, const struct ack_stack *stack,
			    uint64_t seed)
{
	const struct ack_elf *elf = &loaded->elf;
	uint64_t heap = (elf->break_start + loaded->bias + ACK_PAGE - 1) & ~(ACK_PAGE - 1);
	struct prctl_mm_map map = {
		.start_code = elf->code_start + loaded->bias,
		.end_code = elf->code_end + loaded->bias,
		.start_data = elf->data_start + loaded->bias,
		.end_data = elf->data_end + loaded->bias,
		.start_stack = address_of(stack->pointer),
		.arg_start = stack->argument_start,
		.arg_end = stack->argument_end,
		.env_start = stack->environment_start,
		.env_end = stack->environment_end,
		.auxv = (__u64 *)stack->auxiliary,
		.auxv_size = (uint32_t)stack->auxiliary_size,
		.exe_fd = (uint32_t)-1,
	};

	if (seed)
		heap += (1 + (seed >> 32) % BREAK_RANDOM_PAGES) * ACK_PAGE;
	map.start_brk = map.brk = ack_process.heap = heap;
	sys6(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, address_of(&map), sizeof(map), 0, 0);
}

static void take_over(const uint64_t *kernel, const struct ack_exec *exec)
{
	see(ack_segment());
	see(&ack_area()->filter_count);
	if (exec->flags & ACK_EXEC_CONFINED)
		ack_confine();
	ack_has_rdpid = ack_area()->has_rdpid;
	ack_process.has_fsgsbase = !!(auxiliary_value(kernel, AT_HWCAP2) & HWCAP2_FSGSBASE_);
	*(volatile uint64_t *)ack_sites = 0; /* a page that is read first is faulted in twice */
	ack_process.sigsys.handler = exec->flags & ACK_EXEC_SIGSYS_IGNORED ? 1 : 0;
	if (exec->flags & ACK_EXEC_SIGSYS_BLOCKED) /* else a page need not be touched */
		ack_thread_begin(1);
	if (exec->flags & ACK_EXEC_PENDING)
		ack_keep_pending((const siginfo_t *)exec->pending);
	find_exe(exec);
}

static const char *name_of(const struct ack_exec *exec)
{
	return exec->text + exec->called % sizeof(exec->text);
}

static void make_stack(uint64_t *kernel, const struct ack_exec *exec,
		       const struct ack_loaded *loaded, struct ack_stack *stack)
{
	struct ack_stack_change change = {
		.file_name = name_of(exec),
		.prefix_count = exec->prefix_count < ACK_STACK_PREFIX ? exec->prefix_count
								      : ACK_STACK_PREFIX,
		.header_address = loaded->header_address,
		.header_count = loaded->elf.count,
		.base = loaded->base,
		.entry = loaded->entry,
	};

	for (size_t i = 0; i < change.prefix_count; i++)
		change.prefix[i] = exec->text + exec->prefix[i] % sizeof(exec->text);
	ack_stack_change(kernel, &change, stack);
	if (loaded->elf.executable_stack)
		sys3(__NR_mprotect, address_of(stack->pointer) & ~(ACK_PAGE - 1), ACK_PAGE,
		     PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
}

static ACK_COLD void launch(const struct ack_exec *exec)
{
	struct wire_header *header = &ack_segment()->header;
	struct ack_call call = {.abi = WIRE_ABI_X86_64, .number = __NR_execve};
	uint64_t hash = ack_process.image_hash;
	struct ack_sighting seen;

	/* The launcher is no part of the target: its execve has a shape without an image. */
	ack_process.image_hash = 0;
	ack_count(call.abi, call.number);
	seen = ack_look(&call);
	if (seen.fingerprint)
		ack_publish(&call, seen.fingerprint, WIRE_FLAG_LAUNCH, 0);
	ack_process.image_hash = hash;
	sys1(__NR_close, (uint64_t)exec->told);
	__atomic_store_n(&header->state, WIRE_STATE_RUNNING, __ATOMIC_RELEASE);
}

/* The first image is one that only the kernel can load. */
static ACK_COLD void launch_native(uint64_t *kernel, struct ack_exec *exec)
{
	const uint64_t *argv = kernel + 1, *envp = argv + kernel[0] + 1;
	const uint64_t arguments[6] = {address_of(exec->name), address_of(argv), address_of(envp)};
	int32_t refused = 0;
	long result;

	sys3(__NR_fcntl, (uint64_t)exec->told, 2 /* F_SETFD */, 1 /* FD_CLOEXEC */);
	result = ack_hand_over(exec, __NR_execve, arguments, &refused);
	if (refused)
		ack_loss(WIRE_LOSS_IMAGE_REFUSED);
	fail_launch(exec, WIRE_FAILURE_EXEC, result);
}

/* The kernel has loaded an image of a task that was traced, and the tracer the stub. */
ACK_COLD uint64_t ack_adopt_main(uint64_t *kernel, struct ack_exec *exec)
{
	uint64_t blocked = ACK_SIGSYS_BIT;

	ack_process.base = ack_area()->base;
	ack_process.pid = (int32_t)sys1(__NR_getpid, 0);
	take_over(kernel, exec);
	ack_install();
	if (exec->flags & ACK_EXEC_SIGSYS_BLOCKED) /* one that is pending is kept, now */
		sys4(__NR_rt_sigprocmask, 1 /* SIG_UNBLOCK */, address_of(&blocked), 0, 8);
	ack_publish_image(exec->previous_image);
	ack_entry = exec->entry;
	ack_exec_give_back(exec);
	return address_of(kernel);
}

/* Called by arch.S with the stack as the kernel made it. Returns the target's stack pointer. */
uint64_t ack_main(uint64_t *kernel)
{
	const char *name = (const char *)(uintptr_t)auxiliary_value(kernel, AT_EXECFN);
	struct ack_loaded loaded;
	struct ack_stack stack;
	struct ack_exec *exec;
	uint64_t seed, mask;

	ack_process.base = base_of(name);
	if (ack_process.base < 0 || map_shared(ack_process.base + ACK_FD_SEGMENT) < 0)
		give_up();
	exec = ack_exec_own();
	if (!exec)
		give_up();
	take_over(kernel, exec);
	ack_install();
	if (exec->flags & ACK_EXEC_LAUNCH)
		install_filter(exec);
	if (exec->flags & ACK_EXEC_NATIVE)
		launch_native(kernel, exec);
	ack_publish_image(exec->previous_image);
	seed = mix_seed(kernel, name);
	if (ack_load(exec->image, exec->interpreter, exec->interpreter_identity, seed, &loaded) <
	    0) {
		ack_loss(WIRE_LOSS_IMAGE_REFUSED);
		give_up();
	}
	if (exec->nameless)
		ack_hold_image(exec->image);
	sys1(__NR_close, (uint64_t)exec->image);
	make_stack(kernel, exec, &loaded, &stack);
	if (!ack_process.confined) {
		describe_memory(&loaded, &stack, seed);
		sys3(__NR_prctl, PR_SET_NAME, address_of(base_name(name_of(exec))), 0);
	}
	if (exec->flags & ACK_EXEC_LAUNCH)
		launch(exec);
	mask = ack_mask_for_kernel(exec->mask);
	ack_exec_give_back(exec);
	ack_entry = loaded.start;
	sys4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, address_of(&mask), 0, 8);
	return address_of(stack.pointer);
}
