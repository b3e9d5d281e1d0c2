set -e
cd "$(dirname "$0")"; mkdir -p ../build/stub
CF="-std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion -ffreestanding -fno-stack-protector -mgeneral-regs-only -fcf-protection=none -fno-pic -fno-pie -mno-red-zone -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fomit-frame-pointer -mcmodel=small -I../include -I."
for f in arch.S mem.c elf.c script.c masks.c stack.c sites.c memory.c threads.c report.c frames.c signals.c clone.c guard.c names.c resolve.c exec.c special.c trap.c load.c start.c; do gcc $CF -c $f -o ../build/stub/${f%.*}.o; done
gcc -static -nostdlib -no-pie -Wl,-T,stub.ld -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -o ../build/acktrace-stub ../build/stub/*.o
readelf -lSW ../build/acktrace-stub | head -60
