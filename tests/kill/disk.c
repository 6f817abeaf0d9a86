/* A disk whose power may be cut: loaded before the C library, it notes what each file in
 * one folder was when it was last synced, and which names the folder had. What is written
 * and not synced is nowhere; a real disk may keep some of it, which is SIGKILL's case.
 *
 * As with ext4, syncing a file also keeps a name that nothing had; what a name is changed
 * to, and that it is gone, is kept when the folder is synced.
 *
 * DISK_FOLDER is what is looked at, DISK_KEPT holds files/INODE and names/NAME, a link to
 * one of them. Each changes by a rename, so that the cut may come at any moment. While
 * there is DISK_KEPT/fails, no -wal can be synced.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(int good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

static void at(char *path, const char *where, const char *name)
{
    int len = snprintf(path, PATH_MAX, "%s/%s/%s", getenv("DISK_KEPT"), where, name);
    check(len < PATH_MAX, "a path");
}

/* So that two threads are not in each other's way. */
static void passing(char *path)
{
    char name[32];
    snprintf(name, sizeof name, "passing.%d", (int)gettid());
    at(path, ".", name);
}

static void keep_name(const char *name, ino_t inode, int over)
{
    char target[64], link[PATH_MAX], now[PATH_MAX];
    at(link, "names", name);
    if (!over && faccessat(AT_FDCWD, link, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return;
    snprintf(target, sizeof target, "../files/%lu", (unsigned long)inode);
    passing(now);
    check(symlink(target, now) == 0, "symlink");
    check(rename(now, link) == 0, "rename");
}

static void keep_file(int fd, const char *path, const char *name)
{
    static __thread char bytes[1 << 16];
    char now[PATH_MAX], file[PATH_MAX], number[32];
    struct stat stat;
    off_t offset = 0;
    ssize_t len;
    check(fstat(fd, &stat) == 0, "fstat");
    if (stat.st_nlink == 0)
        return;
    /* Not the caller's own, which may be open for writing alone. SQLite's locks on the
     * file go with this one; nobody else is there to mind. */
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0 && errno == ENOENT)
        return;
    check(from >= 0, path);
    passing(now);
    int to = open(now, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(to >= 0, now);
    while ((len = pread(from, bytes, sizeof bytes, offset)) > 0) {
        check(write(to, bytes, len) == len, "write");
        offset += len;
    }
    check(len == 0 && close(to) == 0 && close(from) == 0, "copy");
    snprintf(number, sizeof number, "%lu", (unsigned long)stat.st_ino);
    at(file, "files", number);
    check(rename(now, file) == 0, "rename");
    keep_name(name, stat.st_ino, 0);
}

static void keep_names(const char *folder)
{
    char path[PATH_MAX];
    struct dirent *entry;
    struct stat stat;
    DIR *dir = opendir(folder);
    check(dir != NULL, folder);
    while ((entry = readdir(dir)))
        if (fstatat(dirfd(dir), entry->d_name, &stat, 0) == 0 && S_ISREG(stat.st_mode))
            keep_name(entry->d_name, stat.st_ino, 1);
    at(path, "names", "");
    DIR *names = opendir(path);
    check(names != NULL, path);
    while ((entry = readdir(names))) {
        if (entry->d_name[0] != '.' && faccessat(dirfd(dir), entry->d_name, F_OK, 0) != 0)
            check(unlinkat(dirfd(names), entry->d_name, 0) == 0, "unlink");
    }
    closedir(names);
    closedir(dir);
}

static int fails(const char *path)
{
    char flag[PATH_MAX];
    const char *end = strrchr(path, '-');
    at(flag, ".", "fails");
    return end && strcmp(end, "-wal") == 0 && access(flag, F_OK) == 0;
}

/* Nothing is really synced: the machine stays on. */
static int keep(int fd)
{
    const char *folder = getenv("DISK_FOLDER");
    char link[64], path[PATH_MAX];
    size_t start = strlen(folder);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    check(len >= 0, link);
    path[len] = 0;
    if (fails(path)) {
        errno = EIO;
        return -1;
    }
    if (strcmp(path, folder) == 0)
        keep_names(folder);
    else if (strncmp(path, folder, start) == 0 && path[start] == '/' &&
             strchr(path + start + 1, '/') == NULL)
        keep_file(fd, path, path + start + 1);
    return 0;
}

int fsync(int fd)
{
    return keep(fd);
}

int fdatasync(int fd)
{
    return keep(fd);
}
