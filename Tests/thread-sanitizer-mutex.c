// Tells the thread sanitizer what it cannot see of Swift's `Mutex` on Linux. The quick ways to lock and to unlock are
// compiled into whoever uses a mutex, where the sanitizer follows them. The slow ones, for a mutex that another thread has
// or waits for, are in the toolchain's library, which is not instrumented: every value behind a contended mutex would be
// called a race. These functions take their place, and say what orders what before or after they call them.
//
// Preloaded by thread-sanitizer.sh. On other systems `Mutex` is a lock that the sanitizer knows.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// They are in the program, and not in what it starts.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *mutex

// Synchronization._MutexHandle._lockSlow(UInt32) -> ()
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
// Synchronization._MutexHandle._unlockSlow() -> ()
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void Lock(uint32_t thread, SELF);
typedef SWIFT void Unlock(SELF);

static void *original(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

SWIFT void lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock(uint32_t thread, SELF) {
    ((Lock *)original(LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock(SELF) __asm__(UNLOCK);
SWIFT void unlock(SELF) {
    if (__tsan_release) __tsan_release(mutex);
    ((Unlock *)original(UNLOCK))(mutex);
}
