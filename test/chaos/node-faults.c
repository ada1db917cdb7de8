// Loaded before libc into a node (LD_PRELOAD): makes its fsync and fdatasync slow or failing and its wall clock wrong, as the
// shared page named by NODE_FAULTS says at that moment. fault-control.mjs writes that page and has the same layout.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct page {
  _Atomic int64_t sync_delay_us;
  // So many syncs still fail with EIO, without having been carried out.
  _Atomic int64_t sync_errors;
  _Atomic int64_t clock_offset_ns;
  // What has been done, for whoever wants proof.
  _Atomic int64_t syncs;
  _Atomic int64_t syncs_failed;
  _Atomic int64_t syncs_delayed;
  _Atomic int64_t clock_reads_shifted;
};

static struct page *faults;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void load(void) {
  real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("NODE_FAULTS");
  if (path == NULL) return;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) abort();
  void *mapped = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) abort();
  close(file);
  faults = mapped;
}

static int sync_with(long call, int file) {
  if (faults != NULL) {
    atomic_fetch_add(&faults->syncs, 1);
    int64_t delay_us = atomic_load(&faults->sync_delay_us);
    if (delay_us > 0) {
      atomic_fetch_add(&faults->syncs_delayed, 1);
      usleep((useconds_t)delay_us);
    }
    int64_t left = atomic_load(&faults->sync_errors);
    while (left > 0)
      if (atomic_compare_exchange_weak(&faults->sync_errors, &left, left - 1)) {
        atomic_fetch_add(&faults->syncs_failed, 1);
        errno = EIO;
        return -1;
      }
  }
  return (int)syscall(call, file);
}

int fsync(int file) { return sync_with(SYS_fsync, file); }
int fdatasync(int file) { return sync_with(SYS_fdatasync, file); }

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t clock, struct timespec *at) {
  int done = real_clock_gettime != NULL ? real_clock_gettime(clock, at) : (int)syscall(SYS_clock_gettime, clock, at);
  if (done != 0 || faults == NULL || !is_wall(clock)) return done;
  int64_t offset = atomic_load(&faults->clock_offset_ns);
  if (offset == 0) return 0;
  atomic_fetch_add(&faults->clock_reads_shifted, 1);
  int64_t ns = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec + offset;
  at->tv_sec = ns / 1000000000;
  at->tv_nsec = ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int done = clock_gettime(CLOCK_REALTIME, &now);
  if (done == 0) {
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
  }
  return done;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
