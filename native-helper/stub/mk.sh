cd /work/wt-ack/native-helper && sh stub/build.sh >/tmp/b.txt && gcc -O1 -g -Wall -D_GNU_SOURCE -Iinclude -o build/ackd stub/driver.c src/ack_launch.c stub/resolve.c stub/elf.c stub/script.c
