/*
 * Kills its program at a chosen step. Loaded before the C library (LD_PRELOAD); the program itself knows nothing of it.
 *
 * A step is a moment at which something becomes true outside the process: a file is about to be made durable (fsync,
 * fdatasync), to be written in one piece (write), to get its name or to lose it (rename, mkdir, unlink); a request is
 * about to go out to a network, or a piece of its answer has come in; a piece of a watched request has come in on the
 * port where the program listens, or its answer is about to go out. Between two steps only memory changes, and memory is
 * gone after a kill, so a kill before each step is a kill at every moment that matters. What else is asked of the program
 * on its port is not counted: somebody watches how it gets on. Nor is what it prints, nor how SQLite writes the pages of a
 * commit (pwrite): a commit without its fsync, or with it, is all or nothing by SQLite's own tests.
 *
 * STEPS_ARM      a file with two numbers, the round and a step, and perhaps the beginning of a moment's name: steps count
 *                while it is there, from 1 in each new round, and the program dies before that step (of that name)
 * STEPS_SAID     a file that gets a line about each death: which moment it was
 * STEPS_PORT     where the program listens
 * STEPS_INWARD   beginning of the path of requests that are watched there, where they are not of the method GET
 * STEPS_OUTWARD  1 where talk to networks counts
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FILES 4096
/* Past so much of one request nothing new can be learnt from another piece of it. */
#define ENOUGH 65536

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static long round_now, passed;
/* By file descriptor: how much of a watched request has come in; 0 where none is watched. */
static long watched[FILES];

static ssize_t plain_write(int file, const void *from, size_t size) {
    REAL(write);
    return real(file, from, size);
}

static void step(const char *kind, const char *what) {
    char text[128] = {0}, name[64] = {0}, line[512];
    long round = 0, die = 0;
    const char *arm = getenv("STEPS_ARM"), *said = getenv("STEPS_SAID");
    int file = arm ? open(arm, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    if (size <= 0 || sscanf(text, "%ld %ld %63[^\n]", &round, &die, name) < 2) return;
    int length = snprintf(line, sizeof line, "%s %s\n", kind, what);
    if (strncmp(line, name, strlen(name)) != 0) return;
    pthread_mutex_lock(&one);
    if (round != round_now) {
        round_now = round;
        passed = 0;
    }
    if (++passed == die) {
        int into = said ? open(said, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
        if (into >= 0 && plain_write(into, line, length) != length) abort();
        kill(getpid(), SIGKILL);
        for (;;) pause(); /* no instruction of this thread runs after it */
    }
    pthread_mutex_unlock(&one);
}

/* The last part of a path: enough to know the file by. */
static const char *last(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void step_of(const char *kind, int file) {
    char link[64], path[512] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, path, sizeof path - 1) < 0) path[0] = 0;
    if (strncmp(path, "/memfd:", 7) == 0) return; /* memory with a name */
    step(kind, last(path));
}

/* The port of an internet socket on our side; 0 where it is something else. */
static int port_of(int file) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(file, (struct sockaddr *)&address, &size) != 0) return 0;
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return 0;
    /* The port stands at the same place in both kinds of address. */
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static int ours(int file) {
    const char *port = getenv("STEPS_PORT");
    return port && port_of(file) == atoi(port);
}

static int outward(int file) {
    const char *counts = getenv("STEPS_OUTWARD");
    return counts && *counts == '1' && port_of(file) != 0 && !ours(file);
}

/* Whether these bytes begin a request to a watched path that changes something; -1 where they begin no request. */
static int begins_watched(const char *bytes, size_t size) {
    static const char *methods[] = {"GET ", "POST ", "PUT ", "DELETE "};
    const char *path = getenv("STEPS_INWARD");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        size_t length = strlen(methods[i]);
        if (size <= length || memcmp(bytes, methods[i], length) != 0) continue;
        return i > 0 && path && *path && size - length >= strlen(path) && memcmp(bytes + length, path, strlen(path)) == 0;
    }
    return -1;
}

static void came_in(int file, const char *bytes, ssize_t size) {
    if (outward(file)) step("answer-of", "the network");
    if (file >= FILES || !ours(file)) return;
    int begins = begins_watched(bytes, size);
    if (begins >= 0) watched[file] = begins;
    if (!watched[file]) return;
    if (watched[file] < ENOUGH) step("request", begins > 0 ? "its beginning" : "a piece of it");
    watched[file] += size;
}

static void goes_out(int file) {
    if (outward(file)) step("request-to", "the network");
    if (file < FILES && watched[file] && ours(file)) step("answer", "the whole of it");
}

int fsync(int file) { REAL(fsync); step_of("fsync", file); return real(file); }
int fdatasync(int file) { REAL(fdatasync); step_of("fsync", file); return real(file); }
int rename(const char *from, const char *to) { REAL(rename); step("rename", last(to)); return real(from, to); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); step("mkdir", last(path)); return real(path, mode); }
int unlink(const char *path) { REAL(unlink); step("unlink", last(path)); return real(path); }

int close(int file) {
    REAL(close);
    if (file >= 0 && file < FILES) watched[file] = 0;
    return real(file);
}

ssize_t write(int file, const void *from, size_t size) {
    struct stat about;
    if (file > 2 && fstat(file, &about) == 0 && S_ISREG(about.st_mode)) step_of("write", file);
    return plain_write(file, from, size);
}

ssize_t send(int file, const void *from, size_t size, int flags) {
    REAL(send);
    goes_out(file);
    return real(file, from, size, flags);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    goes_out(file);
    return real(file, message, flags);
}

ssize_t writev(int file, const struct iovec *from, int count) {
    REAL(writev);
    goes_out(file);
    return real(file, from, count);
}

ssize_t recv(int file, void *to, size_t size, int flags) {
    REAL(recv);
    ssize_t got = real(file, to, size, flags);
    if (got > 0 && !(flags & MSG_PEEK)) came_in(file, to, got);
    return got;
}
