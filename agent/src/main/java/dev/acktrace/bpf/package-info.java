/** Classic BPF as seccomp runs it: instructions, compiler, interpreter, proof. */
@NullMarked
package dev.acktrace.bpf;

import org.jspecify.annotations.NullMarked;
