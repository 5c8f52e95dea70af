// A clock that TestMaxAge sets forward, for browsers that are started with it in
// LD_PRELOAD. The file CLOCK_AHEAD has the number of seconds.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *file;

// Now, because a process in a sandbox may open no file later.
__attribute__((constructor)) static void map(void) {
	const char *name = getenv("CLOCK_AHEAD");
	int opened = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	if (opened < 0) return;
	void *mapped = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, opened, 0);
	if (mapped != MAP_FAILED) file = mapped;
	close(opened);
}

static int64_t ahead(void) { return file ? *file : 0; }

// Not by the next clock_gettime, which is looked up with the help of malloc: Firefox's
// malloc asks for the time.
int clock_gettime(clockid_t clock, struct timespec *now) {
	int result = syscall(SYS_clock_gettime, clock, now);
	if (result == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE)) now->tv_sec += ahead();
	return result;
}

// A deadline by this clock has to be one by the kernel's. Deadlines by the clock of the
// day are decades later.
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *deadline) {
	static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
	if (!wait) wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	struct timespec real = *deadline;
	if (real.tv_sec < 1000000000) real.tv_sec -= ahead();
	return wait(cond, mutex, &real);
}
