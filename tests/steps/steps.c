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
 * Where plugins run in a process of their own (`plugin-tier`), it is that one which talks to networks, and those steps are
 * its. It is started with nothing of our environment, so this library puts itself there again. Before it shuts itself in,
 * the tier maps the file of the arms; afterwards it may open nothing and kill nobody. So it counts in that memory, which
 * all share, and at its step it holds still and says so there: a thread of the host, which waits for that word, ends the
 * host, and the tier ends itself. Its request never goes out, as in a host that runs plugins inside.
 *
 * STEPS_ARM      a file of one `struct arms`: while `round` is not 0 steps count, from 1, and the program dies before the
 *                step `die` (of those whose name begins with `name`)
 * STEPS_SAID     a file that gets a line about each death: which moment it was
 * STEPS_PORT     where the program listens
 * STEPS_INWARD   beginning of the path of requests that are watched there, where they are not of the method GET
 * STEPS_OUTWARD  1 where talk to networks counts
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FILES 4096
/* Past so much of one request nothing new can be learnt from another piece of it. */
#define ENOUGH 65536

/* By file descriptor: how much of a watched request has come in; 0 where none is watched. */
static long watched[FILES];

/* What the test writes and all processes of the program share. Of its size knows tests/src/steps.rs, too. */
struct arms {
    _Atomic uint64_t round; /* written last: what stands below is whole when it is not 0 */
    uint64_t die;
    _Atomic uint64_t passed;
    char name[64];
    _Atomic uint32_t held; /* 1 once the tier holds still at its step, 2 once the program ends */
    char moment[128];
};
_Static_assert(sizeof(struct arms) == 224 && offsetof(struct arms, held) == 88, "as tests/src/steps.rs says");
static struct arms *arms;
/* Whether this is the plugin tier. */
static int tier;

static ssize_t plain_write(int file, const void *from, size_t size) {
    REAL(write);
    return real(file, from, size);
}

__attribute__((constructor)) static void begin(void) {
    const char *arm = getenv("STEPS_ARM");
    int file = arm ? open(arm, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *at = mmap(NULL, sizeof *arms, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (at != MAP_FAILED) arms = at;
    tier = getenv("STEPS_TIER") != NULL;
}

static void say(const char *line) {
    const char *said = getenv("STEPS_SAID");
    int into = said ? open(said, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (into >= 0 && plain_write(into, line, strlen(line)) != (ssize_t)strlen(line)) abort();
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause(); /* no instruction of this thread runs after it */
}

/* The tier's end of its death: whatever it would do next it does not do. */
static void hold(const char *line) {
    snprintf(arms->moment, sizeof arms->moment, "%s", line);
    atomic_store(&arms->held, 1);
    syscall(SYS_futex, &arms->held, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (atomic_load(&arms->held) == 1) syscall(SYS_futex, &arms->held, FUTEX_WAIT, 1, NULL, NULL, 0);
    for (;;) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGKILL);
}

/* The host's end of it. */
static void *await(void *nothing) {
    while (atomic_load(&arms->held) != 1)
        syscall(SYS_futex, &arms->held, FUTEX_WAIT, atomic_load(&arms->held), NULL, NULL, 0);
    say(arms->moment);
    atomic_store(&arms->held, 2);
    syscall(SYS_futex, &arms->held, FUTEX_WAKE, 1, NULL, NULL, 0);
    die();
    return nothing;
}

static void watch_the_tier(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, await, NULL) != 0) abort();
}

static void step(const char *kind, const char *what) {
    char line[sizeof arms->moment];
    if (!arms || atomic_load(&arms->round) == 0) return;
    if (snprintf(line, sizeof line, "%s %s\n", kind, what) >= (int)sizeof line) line[sizeof line - 2] = '\n';
    if (strncmp(line, arms->name, strlen(arms->name)) != 0) return;
    if (atomic_fetch_add(&arms->passed, 1) + 1 != arms->die) return;
    if (tier) hold(line);
    atomic_store(&arms->held, 2);
    say(line);
    die();
}

/* The last part of a path: enough to know the file by. */
static const char *last(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void step_of(const char *kind, int file) {
    if (tier) return; /* it may write no file; what it writes is memory with a name */
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

/* The host starts its tier: with us under it. */
int posix_spawnp(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
    REAL(posix_spawnp);
    static const char *passed_on[] = {"LD_PRELOAD", "STEPS_ARM", "STEPS_OUTWARD"};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char text[3][1024], *with[64];
    size_t count = 0;
    if (!arms || !arguments[0] || !arguments[1] || strcmp(arguments[1], "plugin-tier") != 0)
        return real(pid, program, actions, attributes, arguments, environment);
    for (; environment[count] && count < 56; count++) with[count] = environment[count];
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(passed_on[i]);
        snprintf(text[i], sizeof text[i], "%s=%s", passed_on[i], value ? value : "");
        with[count++] = text[i];
    }
    with[count++] = "STEPS_TIER=1";
    with[count] = NULL;
    pthread_once(&once, watch_the_tier);
    return real(pid, program, actions, attributes, arguments, with);
}

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
