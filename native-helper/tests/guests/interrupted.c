/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupted.c - every call that a signal can end: with EINTR where the handler does not restart
 * it or the call never is restarted, and to its end where it is. Prints number, times made, and how
 * often signals came in between, for each call; then ok.
 */
#include "guest.h"

#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ROUNDS	 3     /* the first is a first sighting */
#define SIGNAL	 8000  /* microseconds until the signal comes */
#define RELEASE	 20000 /* behind it, until somebody lets the call go on */
#define AGAIN	 100000
#define A_MINUTE 60 /* seconds that no test waits for */

static volatile sig_atomic_t signals;
static int taken[2]; /* a byte for each, for whoever waits for one */
static int ends[2], epoll_fd, pair[2], listener, semaphores, queue, file;
static mqd_t messages;
static uint32_t word;
static pid_t zombie;

static void on_alarm(int signal)
{
	char byte = (char)signal;

	signals++;
	CHECK(write(taken[1], &byte, 1) == 1);
}

static long blocks(int which)
{
	struct timespec long_time = {A_MINUTE, 0};
	struct timeval long_value = {A_MINUTE, 0};
	struct pollfd wait = {.fd = ends[0], .events = POLLIN};
	struct epoll_event event;
	struct sembuf take = {0, -1, 0};
	struct {
		long type;
		char text[8];
	} message;
	struct iovec one = {&message, sizeof(message)};
	struct msghdr head = {.msg_iov = &one, .msg_iovlen = 1};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	uint64_t none = 0;
	struct {
		const uint64_t *mask;
		size_t size;
	} sixth = {&none, 8};
	fd_set set;
	char byte;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	switch (which) {
	/* ended by a signal, whatever its handler says */
	case 0:
		return syscall(SYS_nanosleep, &long_time, &long_time);
	case 1:
		return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &long_time, NULL);
	case 2:
		return syscall(SYS_poll, &wait, 1, A_MINUTE * 1000);
	case 3:
		return syscall(SYS_ppoll, &wait, 1, &long_time, &none, 8);
	case 4:
		return syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &long_value);
	case 5:
		return syscall(SYS_pselect6, ends[0] + 1, &set, NULL, NULL, &long_time, &sixth);
	case 6:
		return syscall(SYS_epoll_wait, epoll_fd, &event, 1, A_MINUTE * 1000);
	case 7:
		return syscall(SYS_epoll_pwait, epoll_fd, &event, 1, A_MINUTE * 1000, &none, 8);
	case 8:
		return syscall(SYS_epoll_pwait2, epoll_fd, &event, 1, &long_time, &none, 8);
	case 9:
		return syscall(SYS_pause);
	case 10:
		return syscall(SYS_rt_sigsuspend, &none, 8);
	case 11:
		return syscall(SYS_rt_sigtimedwait, &none, NULL, &long_time, 8);
	case 12:
		return syscall(SYS_semop, semaphores, &take, 1);
	case 13:
		return syscall(SYS_semtimedop, semaphores, &take, 1, &long_time);
	case 14:
		return syscall(SYS_msgrcv, queue, &message, 8, 0, 0);
	/* restarted where the handler says so, and somebody gives them what they wait for */
	case 15:
		return syscall(SYS_read, ends[0], &byte, 1);
	case 16:
		return syscall(SYS_readv, ends[0], &one, 1);
	case 17:
		return syscall(SYS_recvfrom, pair[0], &byte, 1, 0, NULL, NULL);
	case 18:
		return syscall(SYS_recvmsg, pair[0], &head, 0);
	case 19:
		return syscall(SYS_accept4, listener, NULL, NULL, 0);
	case 20:
		return syscall(SYS_wait4, zombie, NULL, 0, NULL);
	case 21:
		return syscall(SYS_waitid, P_PID, zombie, NULL, WEXITED, NULL);
	case 22:
		return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	case 23:
		return syscall(SYS_flock, file, LOCK_EX);
	case 24:
		return syscall(SYS_fcntl, file, F_SETLKW, &lock);
	case 25:
		return syscall(SYS_mq_timedreceive, messages, &message, 8, NULL, NULL);
	default:
		return -2;
	}
}

static const int numbers[] = {
	SYS_nanosleep,	  SYS_clock_nanosleep, SYS_poll,	  SYS_ppoll,
	SYS_select,	  SYS_pselect6,	       SYS_epoll_wait,	  SYS_epoll_pwait,
	SYS_epoll_pwait2, SYS_pause,	       SYS_rt_sigsuspend, SYS_rt_sigtimedwait,
	SYS_semop,	  SYS_semtimedop,      SYS_msgrcv,	  SYS_read,
	SYS_readv,	  SYS_recvfrom,	       SYS_recvmsg,	  SYS_accept4,
	SYS_wait4,	  SYS_waitid,	       SYS_futex,	  SYS_flock,
	SYS_fcntl,	  SYS_mq_timedreceive,
};
#define CALLS	    ((int)(sizeof(numbers) / sizeof(*numbers)))
#define RESTARTABLE 15

/* Until the signal has come, and a moment more. */
static void wait_for_the_signal(void)
{
	char byte;

	CHECK(read(taken[0], &byte, 1) == 1);
	usleep(RELEASE);
}

/* Who holds what is waited for: a child, so that locks of files are not the program's own. It lets
 * go when it is told to, and ends. */
static pid_t start_holder(int which, int *started)
{
	int told[2];
	char byte;
	pid_t child;

	CHECK(pipe(told) == 0);
	child = fork();
	CHECK(child >= 0);
	if (child > 0) {
		close(told[1]);
		CHECK(read(told[0], &byte, 1) == 1);
		close(told[0]);
		*started = 1;
		return child;
	}
	int mine = open("/proc/self/exe", O_RDONLY);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct sockaddr_un address;
	socklen_t length = sizeof(address);

	close(mine);
	if (which == 23) {
		mine = open("interrupted.tmp", O_RDWR);
		CHECK(flock(mine, LOCK_EX) == 0);
	} else if (which == 24) {
		CHECK(fcntl(file, F_SETLK, &lock) == 0);
	}
	CHECK(write(told[1], "s", 1) == 1);
	wait_for_the_signal();
	switch (which) {
	case 15:
	case 16:
		CHECK(write(ends[1], "x", 1) == 1);
		break;
	case 17:
	case 18:
		CHECK(write(pair[1], "x", 1) == 1);
		break;
	case 19:
		CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
		CHECK(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
			      length) == 0);
		break;
	case 25:
		CHECK(mq_send(messages, "x", 1, 0) == 0);
		break;
	default:
		break; /* its end is what is waited for, or frees the lock */
	}
	_exit(0);
}

static void *wake(void *nothing)
{
	wait_for_the_signal();
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
	return nothing;
}

/* Before anybody waits for the next one. */
static void forget_signals(void)
{
	char bytes[64];
	int there;

	while (ioctl(taken[0], FIONREAD, &there) == 0 && there > 0)
		CHECK(read(taken[0], bytes, sizeof(bytes)) > 0);
}

/* `again`: microseconds after which one more comes, for a call that began behind the first; 0:
 * none. */
static void arm(int flags, long again)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
	struct itimerval timer = {.it_value = {0, SIGNAL}, .it_interval = {0, again}};

	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void disarm(void)
{
	struct itimerval none = {.it_value = {0, 0}};

	CHECK(setitimer(ITIMER_REAL, &none, NULL) == 0);
}

/* Ended by the signal, with EINTR. */
static void ended(int which, int flags)
{
	int before = signals;

	forget_signals();
	zombie = 0;
	word = 0;
	if (which == 20 || which == 21) {
		zombie = fork();
		if (zombie == 0)
			for (;;)
				pause();
	}
	if (which == 23 || which == 24) {
		int started;
		pid_t holder = start_holder(which, &started);

		arm(flags, AGAIN);
		CHECK(blocks(which) == -1 && errno == EINTR && signals > before);
		disarm();
		CHECK(waitpid(holder, NULL, 0) == holder);
		return;
	}
	arm(flags, AGAIN);
	CHECK(blocks(which) == -1 && errno == EINTR && signals > before);
	disarm();
	if (zombie > 0)
		CHECK(kill(zombie, SIGKILL) == 0 && waitpid(zombie, NULL, 0) == zombie);
}

/* Restarted behind the signal, until it has what it waits for. */
static void restarted(int which)
{
	int before = signals, started = 0;
	sigset_t alarm_only;
	pthread_t waker;
	pid_t holder = 0;

	forget_signals();
	if (which == 22) {
		word = 0;
		sigemptyset(&alarm_only);
		sigaddset(&alarm_only, SIGALRM);
		CHECK(pthread_sigmask(SIG_BLOCK, &alarm_only, NULL) == 0);
		CHECK(pthread_create(&waker, NULL, wake, NULL) == 0);
		CHECK(pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL) == 0);
	} else {
		holder = start_holder(which, &started);
		zombie = holder;
	}
	arm(SA_RESTART, 0);
	long result = blocks(which);
	CHECK(result >= 0);
	CHECK(signals == before + 1);
	if (which == 23)
		CHECK(flock(file, LOCK_UN) == 0);
	if (which == 24)
		CHECK(fcntl(file, F_SETLK, &(struct flock){.l_type = F_UNLCK}) == 0);
	if (which == 22)
		CHECK(pthread_join(waker, NULL) == 0);
	else if (which != 20 && which != 21)
		CHECK(waitpid(holder, NULL, 0) == holder);
}

static void open_all(void)
{
	struct epoll_event in = {.events = EPOLLIN};
	struct sockaddr_un nameless = {.sun_family = AF_UNIX};
	struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 8};
	char name[32];

	snprintf(name, sizeof(name), "/interrupted.%d", getpid());
	CHECK(pipe(taken) == 0 && pipe(ends) == 0 &&
	      socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK((epoll_fd = epoll_create1(0)) >= 0);
	CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ends[0], &in) == 0);
	CHECK((listener = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
	CHECK(bind(listener, (struct sockaddr *)&nameless, sizeof(sa_family_t)) == 0);
	CHECK(listen(listener, 5) == 0);
	CHECK((semaphores = semget(IPC_PRIVATE, 1, 0600)) >= 0);
	CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
	CHECK((messages = mq_open(name, O_CREAT | O_RDWR, 0600, &small)) >= 0);
	mq_unlink(name);
	CHECK((file = open("interrupted.tmp", O_CREAT | O_RDWR, 0600)) >= 0);
}

static void close_all(void)
{
	unlink("interrupted.tmp");
	semctl(semaphores, 0, IPC_RMID);
	msgctl(queue, IPC_RMID, NULL);
}

int main(void)
{
	open_all();
	for (int which = 0; which < CALLS; which++) {
		for (int round = 0; round < ROUNDS; round++) {
			ended(which, which < RESTARTABLE && round == 1 ? SA_RESTART : 0);
			if (which >= RESTARTABLE)
				restarted(which);
		}
		printf("%d %d %d\n", numbers[which], ROUNDS * (which < RESTARTABLE ? 1 : 2),
		       which < RESTARTABLE ? 0 : ROUNDS);
	}
	close_all();
	return done();
}
