/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handles events|ipc|passing|execveat|namespaces|rings - kernel objects that are
 * not plain files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void events(void)
{
	struct itimerspec soon = {{0, 0}, {0, 10000000}};
	struct epoll_event event = {.events = EPOLLIN}, found;
	int queue = epoll_create1(EPOLL_CLOEXEC);
	int fds[4];
	sigset_t user;

	sigemptyset(&user);
	sigaddset(&user, SIGUSR1);
	sigprocmask(SIG_BLOCK, &user, NULL);
	fds[0] = eventfd(1, EFD_NONBLOCK);
	fds[1] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	fds[2] = signalfd(-1, &user, SFD_NONBLOCK);
	fds[3] = inotify_init1(IN_NONBLOCK);
	for (int i = 0; i < 4; i++) {
		event.data.u32 = (unsigned int)i;
		epoll_ctl(queue, EPOLL_CTL_ADD, fds[i], &event);
	}
	inotify_add_watch(fds[3], ".", IN_CREATE);
	timerfd_settime(fds[1], 0, &soon, NULL);
	raise(SIGUSR1);
	close(open("watched", O_CREAT | O_WRONLY, 0600));
	for (int seen = 0; seen != 15;) {
		if (epoll_wait(queue, &found, 1, -1) != 1)
			exit(1);
		seen |= 1 << found.data.u32;
		epoll_ctl(queue, EPOLL_CTL_DEL, fds[found.data.u32], NULL);
	}
	unlink("watched");
	printf("all four\n");
}

static void ipc(void)
{
	struct {
		long type;
		char text[8];
	} message = {1, "sysv"};
	struct sembuf up = {0, 1, 0};
	struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 16};
	int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	int lock = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	int box = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	char *page = shmat(memory, NULL, 0);
	char text[16] = "";
	mqd_t queue;

	strcpy(page, "shared");
	printf("%s semaphore %d", page, semop(lock, &up, 1));
	printf(" message %d", msgsnd(box, &message, 8, 0));
	printf(" %zd\n", msgrcv(box, &message, 8, 0, 0));
	shmdt(page);
	shmctl(memory, IPC_RMID, NULL);
	semctl(lock, 0, IPC_RMID);
	msgctl(box, IPC_RMID, NULL);
	queue = mq_open("/acktrace-live", O_RDWR | O_CREAT, 0600, &small);
	if (queue != (mqd_t)-1) {
		mq_send(queue, "posix", 6, 0);
		mq_receive(queue, text, sizeof(text), NULL);
		mq_close(queue);
		mq_unlink("/acktrace-live");
	}
	printf("queue %s\n", queue == (mqd_t)-1 ? strerror(errno) : text);
}

static void passing(void)
{
	char control[CMSG_SPACE(sizeof(int))], byte = 'p';
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int pair[2], fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), status;

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(int));
	if (fork() == 0) {
		message.msg_controllen = sizeof(control);
		if (recvmsg(pair[1], &message, 0) != 1)
			_exit(1);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
		_exit(sendfile(pair[1], fd, NULL, 4) == 4 ? 7 : 8);
	}
	sendmsg(pair[0], &message, 0);
	wait(&status);
	printf("status %d\n", WEXITSTATUS(status));
}

static void by_execveat(void)
{
	char *arguments[] = {"renamed", "after", NULL};
	char buffer[65536];
	int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int copy = memfd_create("copy", MFD_CLOEXEC);
	ssize_t got;

	while ((got = read(program, buffer, sizeof(buffer))) > 0)
		if (write(copy, buffer, (size_t)got) != got)
			exit(1);
	syscall(SYS_execveat, copy, "", arguments, environ, AT_EMPTY_PATH);
	printf("execveat: %s\n", strerror(errno));
}

static void namespaces(void)
{
	printf("unshare %s\n", unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 ? "done" : "refused");
	printf("sethostname %s\n", sethostname("inside", 6) == 0 ? "done" : "refused");
}

static void rings(void)
{
	unsigned char parameters[120] = {0};
	long fd = syscall(SYS_io_uring_setup, 4, parameters);

	printf("io_uring_setup %s\n", fd >= 0 ? "done" : strerror(errno));
	if (fd >= 0)
		printf("io_uring_enter %ld\n", syscall(SYS_io_uring_enter, fd, 0, 0, 0, NULL, 0));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "events") == 0)
		events();
	else if (strcmp(argv[1], "ipc") == 0)
		ipc();
	else if (strcmp(argv[1], "passing") == 0)
		passing();
	else if (strcmp(argv[1], "execveat") == 0)
		by_execveat();
	else if (strcmp(argv[1], "namespaces") == 0)
		namespaces();
	else if (strcmp(argv[1], "rings") == 0)
		rings();
	else
		printf("executed from memory as %s\n", argv[0]);
	return 0;
}
