/// A pool of threads that spin briefly for more work and then sleep.
///
/// One 64-bit word is the state of the pool: whether a job is open, how many members work on it, and its number.
/// A member joins by raising the count while the job is open; the caller closes the job when no parts are left and
/// waits for those that joined. Members that sleep or come late are never waited for.
#if defined(__linux__)
#define _GNU_SOURCE  // for the processors a process may run on
#endif
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "CTapestryKernels.h"

enum { MAXIMUM_THREADS = 256, SPINS_OF_MEMBERS = 2000, SPINS_OF_CALLERS = 20000 };

static const uint64_t OPEN = 1ull << 63;
static const uint64_t ONE_JOB = 1ull << 16;
static const uint64_t WORKERS = (1ull << 16) - 1;

static struct {
    _Alignas(64) _Atomic uint64_t state;
    _Alignas(64) atomic_ptrdiff_t next_part;
    ptrdiff_t parts;
    void (*body)(void *context, ptrdiff_t part);
    void *context;

    _Alignas(64) atomic_bool busy;
    atomic_int thread_count;  // 0 until it is asked for
    atomic_int sleepers;
    int members;  // threads started; changed by the holder of `busy` alone
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Whether member `index` has a job to join: an open one other than the `last` it worked on.
static bool has_work(int index, uint64_t last) {
    const uint64_t state = atomic_load(&pool.state);
    return (state & OPEN) && (state & ~WORKERS) != last && index < atomic_load(&pool.thread_count);
}

static void run_parts(void) {
    for (;;) {
        const ptrdiff_t part = atomic_fetch_add(&pool.next_part, 1);
        if (part >= pool.parts) return;
        pool.body(pool.context, part);
    }
}

/// Joins the open job, if it still is open, and returns its number.
static uint64_t join_job(uint64_t last) {
    uint64_t state = atomic_load(&pool.state);
    while ((state & OPEN) && (state & ~WORKERS) != last)
        if (atomic_compare_exchange_weak(&pool.state, &state, state + 1)) {
            run_parts();
            atomic_fetch_sub(&pool.state, 1);
            return state & ~WORKERS;
        }
    return last;
}

static void *member(void *argument) {
    const int index = (int)(intptr_t)argument;
    uint64_t last = 0;
    for (;;) {
        for (int spin = 0; spin < SPINS_OF_MEMBERS && !has_work(index, last); spin++) pause_briefly();
        if (!has_work(index, last)) {
            // A caller opens its job before it looks for sleepers, so one of the two sees the other.
            pthread_mutex_lock(&pool.mutex);
            atomic_fetch_add(&pool.sleepers, 1);
            while (!has_work(index, last)) pthread_cond_wait(&pool.wake, &pool.mutex);
            atomic_fetch_sub(&pool.sleepers, 1);
            pthread_mutex_unlock(&pool.mutex);
        }
        last = join_job(last);
    }
    return NULL;
}

/// A forked child has none of its parent's threads.
static void forget_members(void) {
    pthread_mutex_init(&pool.mutex, NULL);
    pthread_cond_init(&pool.wake, NULL);
    atomic_store(&pool.state, 0);
    atomic_store(&pool.sleepers, 0);
    atomic_store(&pool.busy, false);
    pool.members = 0;
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, forget_members); }

static void start_members(int count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (pool.members < count) {
        pthread_t thread;
        const intptr_t index = pool.members + 1;
        if (pthread_create(&thread, &attributes, member, (void *)index) != 0) break;
        pool.members++;
    }
    pthread_attr_destroy(&attributes);
}

void tapestry_parallel(ptrdiff_t parts, void (*body)(void *context, ptrdiff_t part), void *context) {
    const int threads = tapestry_thread_count();
    if (parts <= 1 || threads <= 1 || atomic_exchange(&pool.busy, true)) {
        for (ptrdiff_t part = 0; part < parts; part++) body(context, part);
        return;
    }
    if (pool.members < threads - 1) start_members(threads - 1);

    pool.body = body;
    pool.context = context;
    pool.parts = parts;
    atomic_store(&pool.next_part, 0);
    const uint64_t job = (atomic_load(&pool.state) + ONE_JOB) | OPEN;
    atomic_store(&pool.state, job);
    if (atomic_load(&pool.sleepers) > 0) {
        pthread_mutex_lock(&pool.mutex);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.mutex);
    }

    run_parts();
    atomic_fetch_and(&pool.state, ~OPEN);
    for (int spin = 0; atomic_load(&pool.state) & WORKERS; spin++) {
        if (spin < SPINS_OF_CALLERS)
            pause_briefly();
        else
            sched_yield();
    }
    atomic_store(&pool.busy, false);
}

static int initial_thread_count(void) {
    const char *wish = getenv("TAPESTRY_THREADS");
    char *end = NULL;
    long wished = wish ? strtol(wish, &end, 10) : 0;
    if (wish && *end) wished = 0;
    if (wish && wished <= 0) fprintf(stderr, "TAPESTRY_THREADS: \"%s\" is no number of threads\n", wish);
    if (wished > 0) return wished < MAXIMUM_THREADS ? (int)wished : MAXIMUM_THREADS;
    long count = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) count = CPU_COUNT(&allowed);
#endif
    return count < 1 ? 1 : count < MAXIMUM_THREADS ? (int)count : MAXIMUM_THREADS;
}

int tapestry_thread_count(void) {
    int count = atomic_load_explicit(&pool.thread_count, memory_order_relaxed);
    if (count == 0) {
        int unset = 0;
        count = initial_thread_count();
        if (!atomic_compare_exchange_strong(&pool.thread_count, &unset, count)) count = unset;
    }
    return count;
}

void tapestry_set_thread_count(int count) {
    atomic_store(&pool.thread_count, count < 1 ? 1 : count < MAXIMUM_THREADS ? count : MAXIMUM_THREADS);
}
