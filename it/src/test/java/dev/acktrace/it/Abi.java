package dev.acktrace.it;

/** Which table a system call number belongs to. */
enum Abi {
    X86_64,
    X86,
    X32
}
