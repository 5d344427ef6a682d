/* A disk that fails as it is told, for a process that is started with LD_PRELOAD.
 *
 * Every write, sync and truncation of a file whose name holds "outbox.db" is counted. A process arms a fault by opening
 * a file that does not exist, "/broken-disk/KIND/N": the N-th from then on fails. "/broken-disk/off" ends it, and says
 * whether it had come to that: it can be opened where a fault was met.
 *
 *   eio   it is not done, and fails once         done     it is done, and said to have failed
 *   torn  a part is done, and it fails           die      it is done, or a part for an odd N, and the process dies
 *   dead  it fails, and so does all that comes   brimful  so, for want of room
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char PREFIX[] = "/broken-disk/";
enum kind { OFF, EIO_ONCE, DONE, TORN, DIE, DEAD, BRIMFUL };
static const char *const NAMES[] = { "off", "eio", "done", "torn", "die", "dead", "brimful" };
static _Atomic int kind = OFF;
static _Atomic long left = 0;
static _Atomic int met = 0;
static _Atomic int odd = 0;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* What becomes of this operation: nothing, or the kind of its fault. */
static enum kind fault(int fd) {
    if (kind == OFF) return OFF;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return OFF;
    path[length] = 0;
    if (!strstr(path, "outbox.db")) return OFF;
    long rest = atomic_fetch_sub(&left, 1) - 1;
    if (rest > 0) return OFF;
    if (rest < 0 && kind != DEAD && kind != BRIMFUL) return OFF;
    met = 1;
    return kind;
}

static int refused(enum kind what) {
    if (what == DIE) _exit(99);
    errno = what == BRIMFUL ? ENOSPC : EIO;
    return -1;
}

static int command(const char *path) {
    const char *word = path + sizeof PREFIX - 1;
    for (int i = 0; i <= BRIMFUL; i++) {
        size_t length = strlen(NAMES[i]);
        if (strncmp(word, NAMES[i], length) || (word[length] && word[length] != '/')) continue;
        int before = atomic_exchange(&met, 0);
        left = word[length] ? atol(word + length + 1) : 0;
        odd = left % 2;
        kind = i;
        if (before) return REAL(open)("/dev/null", O_RDONLY);
    }
    errno = ENOENT;
    return -1;
}

#define OPEN(name)                                                      \
    int name(const char *path, int flags, ...) {                        \
        mode_t mode = 0;                                                \
        if (flags & (O_CREAT | O_TMPFILE)) {                            \
            va_list rest;                                               \
            va_start(rest, flags);                                      \
            mode = va_arg(rest, mode_t);                                \
            va_end(rest);                                               \
        }                                                               \
        if (!strncmp(path, PREFIX, sizeof PREFIX - 1)) return command(path); \
        return REAL(name)(path, flags, mode);                           \
    }
OPEN(open)
OPEN(open64)

#define WRITE(name, parameters, arguments, half)                        \
    ssize_t name parameters {                                           \
        enum kind what = fault(fd);                                     \
        if (what == OFF) return REAL(name) arguments;                   \
        int part = what == TORN || (what == DIE && odd);                \
        int done = what == DONE || (what == DIE && !odd);               \
        if (done && REAL(name) arguments < 0) return -1;                \
        if (part && REAL(name) half < 0) return -1;                     \
        return refused(what);                                           \
    }
WRITE(write, (int fd, const void *from, size_t length), (fd, from, length), (fd, from, length / 2))
WRITE(pwrite, (int fd, const void *from, size_t length, off_t at), (fd, from, length, at), (fd, from, length / 2, at))
WRITE(pwrite64, (int fd, const void *from, size_t length, off64_t at), (fd, from, length, at), (fd, from, length / 2, at))

#define CHANGE(name, parameters, arguments)                             \
    int name parameters {                                               \
        enum kind what = fault(fd);                                     \
        if (what == OFF) return REAL(name) arguments;                   \
        int done = what == DONE || (what == DIE && !odd);               \
        if (done && REAL(name) arguments < 0) return -1;                \
        return refused(what);                                           \
    }
CHANGE(fsync, (int fd), (fd))
CHANGE(fdatasync, (int fd), (fd))
CHANGE(ftruncate, (int fd, off_t length), (fd, length))
CHANGE(ftruncate64, (int fd, off64_t length), (fd, length))
