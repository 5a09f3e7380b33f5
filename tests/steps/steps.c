/*
 * Kills its program at a chosen step. Loaded before the C library (LD_PRELOAD); the program itself knows nothing of it.
 *
 * A step is a moment at which something becomes true outside the process: a file is about to be made durable (fsync,
 * fdatasync), a request is about to go out to a network, or a piece of its answer has come in. Between two steps only
 * memory changes, and memory is gone after a kill, so a kill before each step is a kill at every moment that matters.
 * What others ask of the program on the port where it listens is not counted: they watch how it gets on.
 *
 * STEPS_ARM   a file; steps count while it is there
 * STEPS_DIE   die before this step, counted from 1
 * STEPS_PORT  where the program listens
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long passed;

static void step(void) {
    const char *arm = getenv("STEPS_ARM"), *die = getenv("STEPS_DIE");
    if (arm && die && access(arm, F_OK) == 0 && atomic_fetch_add(&passed, 1) + 1 == atol(die)) {
        kill(getpid(), SIGKILL);
        for (;;) pause(); /* no instruction of this thread runs after it */
    }
}

/* An internet socket that is not of those who ask the program. */
static int outward(int file) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    const char *port = getenv("STEPS_PORT");
    if (getsockname(file, (struct sockaddr *)&address, &size) != 0) return 0;
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return 0;
    /* The port stands at the same place in both kinds of address. */
    return !port || ntohs(((struct sockaddr_in *)&address)->sin_port) != atoi(port);
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int file) { REAL(fsync); step(); return real(file); }
int fdatasync(int file) { REAL(fdatasync); step(); return real(file); }

ssize_t send(int file, const void *from, size_t size, int flags) {
    REAL(send);
    if (outward(file)) step();
    return real(file, from, size, flags);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    if (outward(file)) step();
    return real(file, message, flags);
}

ssize_t writev(int file, const struct iovec *from, int count) {
    REAL(writev);
    if (outward(file)) step();
    return real(file, from, count);
}

ssize_t recv(int file, void *to, size_t size, int flags) {
    REAL(recv);
    ssize_t got = real(file, to, size, flags);
    if (got > 0 && !(flags & MSG_PEEK) && outward(file)) step();
    return got;
}
