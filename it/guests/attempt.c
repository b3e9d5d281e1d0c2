/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt - no libc: makes the one system call whose number stands in argv[1],
 * all arguments zero, and ends by exit_group with the errno, 0 for success.
 */
static long call(long number, long first)
{
	long result;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = 0;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(0L), "d"(0L), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

__attribute__((used, noreturn)) static void begin(long *stack)
{
	const char *text = stack[0] > 1 ? (const char *)stack[2] : "";
	long number = 0, result;

	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (*text - '0');
	result = call(number, 0);
	for (;;)
		call(231, result < 0 ? -result : 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
