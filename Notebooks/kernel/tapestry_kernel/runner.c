/// Runs the cells of a notebook, each a dynamic library, in one process after the other.
///
/// Before a cell runs, the process forks a backup: a copy that waits, and shares all memory until one of the two writes
/// to it. If the cell ends, the backup is killed. If the process dies in the cell, by a trap, an interrupt or whatever
/// else, the backup finds the pipe between them closed and goes on in its place, with everything as it was before the cell.
/// The process that goes on as usual is never a copy, so threads, which a copy has not, live as long as no cell fails.
///
/// Called with the descriptors of commands, answers and events, and with libraries to load first. Commands are lines,
/// `run PATH<tab>SYMBOL`; events are JSON, a line each; an answer is one byte, and says that a message has been taken.
/// Any thread may wait for an answer, and only the main one for a command, so neither takes what the other waits for.
#if defined(__linux__)
#define _GNU_SOURCE  // for dladdr and RTLD_NEXT
#endif
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LONGEST_COMMAND = 8192,
    MOST_FRAMES = 64,
    LONGEST_PATH = 400,
    /// Room for a frame whose path consists of characters that are written as two.
    FRAME_JSON = 2 * LONGEST_PATH + 64,
    FRAMES_JSON = MOST_FRAMES * FRAME_JSON,
    MOST_THROWS = 8,
    SIGNAL_STACK = 1 << 16,
};

static int commands, answers, events;
static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t in_cell = 0;
static bool is_restored = false;
/// Whether this is the copy of a process in which Dispatch had threads, which it has not.
static bool lacks_queues = false;

static void write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(1);
        bytes += written;
        count -= (size_t)written;
    }
}

static void send_event(const char *json) {
    write_all(events, json, strlen(json));
    write_all(events, "\n", 1);
}

/// Text as a string in JSON. May be called in a signal handler.
static void quote(char *quoted, size_t size, const char *text) {
    size_t length = 0;
    for (; *text && length + 8 < size; text++) {
        if (*text == '"' || *text == '\\') quoted[length++] = '\\';
        quoted[length++] = (unsigned char)*text < 32 ? ' ' : *text;
    }
    quoted[length] = 0;
}

/// Reads a command without its end of line. False at the end of all commands.
static bool read_command(char *line) {
    size_t count = 0;
    for (;;) {
        char byte;
        const ssize_t got = read(commands, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        if (byte == '\n') break;
        if (count + 1 < LONGEST_COMMAND) line[count++] = byte;
    }
    line[count] = 0;
    return true;
}

static bool read_answer(void) {
    char byte;
    ssize_t got;
    while ((got = read(answers, &byte, 1)) < 0 && errno == EINTR) continue;
    return got > 0;
}

/// Sends a message to the notebook, and waits until it has been taken: what is printed afterwards comes afterwards.
/// A thread that goes on when its cell has ended waits for the next one.
__attribute__((visibility("default"))) void tapestry_notebook_send(const char *json) {
    pthread_mutex_lock(&sending);
    fflush(stdout);
    send_event(json);
    if (!read_answer()) _exit(0);
    pthread_mutex_unlock(&sending);
}

/// Answers to a process that died before it had read them.
static void forget_answers(void) {
    struct pollfd waiting = {.fd = answers, .events = POLLIN};
    while (poll(&waiting, 1, 0) > 0 && read_answer()) continue;
}

// MARK: - Errors that are thrown

/// Where a thread threw an error.
typedef struct {
    /// The object that the error is in; NULL of a typed throw, which needs none.
    const void *error;
    const void *type;
    int count;
    void *frames[MOST_FRAMES];
} Throw;

/// What Swift's run-time library says of an error.
typedef struct {
    const void *value, *type, *conformance;
} ErrorValue;

/// The last few throws, since others may come and be caught on an error's way up. Once one that nobody catches has reached
/// the end of a cell, its place is left.
static _Thread_local Throw throws[MOST_THROWS];
static _Thread_local size_t throw_count = 0;
/// The error that reached the end of a cell.
static const void *uncaught = NULL;
static void (*get_error_value)(const void *error, void **scratch, ErrorValue *value);

static const void *type_of(const void *error) {
    void *scratch;
    ErrorValue value = {0};
    if (error && get_error_value) get_error_value(error, &scratch, &value);
    return value.type;
}

static void append_throw(const void *error, const void *type) {
    Throw *latest = &throws[throw_count++ % MOST_THROWS];
    latest->error = error;
    latest->type = type;
    latest->count = backtrace(latest->frames, MOST_FRAMES);
}

static void note_throw(void *error) { append_throw(error, type_of(error)); }

static void note_typed_throw(void *value, const void *type, const void *conformance) {
    (void)value, (void)conformance;
    append_throw(NULL, type);
}

/// The throw of the error that nobody caught, or the last one if that error is not known. NULL if there was none.
/// Another error's object may have lain where this one's does, so the types are compared as well.
static const Throw *fatal_throw(void) {
    const void *type = type_of(uncaught);
    for (size_t back = 1; back <= throw_count && back <= MOST_THROWS; back++) {
        const Throw *found = &throws[(throw_count - back) % MOST_THROWS];
        if (!uncaught || (found->type == type && (!found->error || found->error == uncaught))) return found;
    }
    return NULL;
}

#if defined(__linux__)
/// What a cell calls with the error at its end, in the place of Swift's own function, which is called in turn.
__attribute__((visibility("default"))) void swift_errorInMain(const void *error) {
    uncaught = error;
    void (*end)(const void *) = (void (*)(const void *))(uintptr_t)dlsym(RTLD_NEXT, "swift_errorInMain");
    if (!end) {
        // A cell that is not written in Swift may come without Swift's run-time library.
        fputs("Fatal error: Error raised at top level, and nothing is there to say which\n", stderr);
        abort();
    }
    end(error);
}
#endif

/// Swift's run-time library calls these hooks at every `throw`. Without them, an error has its cell and no line.
static void watch_throws(void) {
    get_error_value =
        (void (*)(const void *, void **, ErrorValue *))(uintptr_t)dlsym(RTLD_DEFAULT, "swift_getErrorValue");
    void (*_Atomic *hook)(void *) = (void (*_Atomic *)(void *))dlsym(RTLD_DEFAULT, "_swift_willThrow");
    if (hook) *hook = note_throw;
    void (*_Atomic *typed_hook)(void *, const void *, const void *) =
        (void (*_Atomic *)(void *, const void *, const void *))dlsym(RTLD_DEFAULT, "_swift_willThrowTypedImpl");
    if (typed_hook) *typed_hook = note_typed_throw;
}

// MARK: - The end of a process

static void flush_if_possible(FILE *file) {
    // The signal may have come while this file was locked.
    if (ftrylockfile(file) != 0) return;
    fflush(file);
    funlockfile(file);
}

/// Appends frames as a JSON array, each the library's path, the offset in it, and whether that is `exact` itself: of callers
/// the address is the one to return to, behind the call.
static size_t append_frames(char *json, size_t length, size_t size, void *const *frames, int count, const void *exact) {
    const char *separator = "";
    json[length++] = '[';
    for (int frame = 0; frame < count && length + FRAME_JSON < size; frame++) {
        Dl_info image;
        if (!dladdr(frames[frame], &image) || !image.dli_fname || strlen(image.dli_fname) > LONGEST_PATH) continue;
        const uintptr_t offset = (uintptr_t)frames[frame] - (uintptr_t)image.dli_fbase;
        char path[2 * LONGEST_PATH + 16];
        quote(path, sizeof path, image.dli_fname);
        length += (size_t)snprintf(json + length, size - length, "%s[\"%s\", %llu, %s]", separator, path,
                                   (unsigned long long)offset, frames[frame] == exact ? "true" : "false");
        separator = ", ";
    }
    json[length++] = ']';
    return length;
}

/// Says where the cell was, as places in the libraries that the notebook can look up, and ends the process.
static void die(int signal, siginfo_t *information, void *context) {
    (void)context;
    // An interrupt that comes when the cell has just ended finds nothing to interrupt, and no backup.
    if (signal == SIGINT && !in_cell) return;
    static char json[256 + 2 * FRAMES_JSON];
    // On a line of its own, also where the signal came in the middle of another event.
    size_t length = (size_t)snprintf(json, sizeof json, "\n{\"event\": \"died\", \"signal\": %d", signal);
    if (signal != SIGINT) {
        void *frames[MOST_FRAMES];
        const int count = backtrace(frames, MOST_FRAMES);
        length += (size_t)snprintf(json + length, sizeof json - length, ", \"frames\": ");
        length = append_frames(json, length, length + FRAMES_JSON, frames, count, information->si_addr);
        length += (size_t)snprintf(json + length, sizeof json - length, ", \"thrown\": ");
        const Throw *thrown = fatal_throw();
        length = append_frames(json, length, length + FRAMES_JSON, thrown ? thrown->frames : NULL,
                               thrown ? thrown->count : 0, NULL);
    }
    snprintf(json + length, sizeof json - length, "}");
    flush_if_possible(stdout);
    flush_if_possible(stderr);
    send_event(json);
    _exit(128 + signal);
}

/// A cell that calls `exit` ends the process, too.
static void say_exited(void) {
    if (in_cell) send_event("{\"event\": \"exited\"}");
}

static void watch_signals(void) {
    static char stack[SIGNAL_STACK];
    // A stack that overflowed is none to run a handler on.
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternative, NULL);
    void *frame;
    backtrace(&frame, 1);  // Loads what it needs now, and not in a handler.
    struct sigaction action = {.sa_sigaction = die, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER};
    const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(SIGINT, &action, NULL);
}

// MARK: - Cells

static void say_ready(const char *event) {
    char json[128];
    snprintf(json, sizeof json, "{\"event\": \"%s\", \"pid\": %d, \"lacksQueues\": %s}", event, (int)getpid(),
             lacks_queues ? "true" : "false");
    send_event(json);
}

/// Whether Dispatch, on which tasks run as well, has made threads.
static bool has_queues(void) {
    bool (*is_multithreaded)(void) = (bool (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "_dispatch_is_multithreaded");
    return is_multithreaded && is_multithreaded();
}

static void run_cell(const char *path, const char *symbol) {
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    int (*entry)(int, char **) = library ? (int (*)(int, char **))(uintptr_t)dlsym(library, symbol) : NULL;
    if (!entry) {
        char json[4096], message[3900];
        const char *problem = dlerror();
        quote(message, sizeof message, problem ? problem : "the cell has no entry");
        snprintf(json, sizeof json, "{\"event\": \"unloadable\", \"message\": \"%s\"}", message);
        send_event(json);
        return;
    }
    char *arguments[] = {"cell", NULL};
    throw_count = 0;
    entry(1, arguments);
    fflush(NULL);
}

/// Waits in the copy until the other process is no more. Returns in the one that runs the cell at once, with the copy's
/// process, and in the copy, if it has to go on, with 0.
static pid_t fork_backup(int *line) {
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0) return -1;
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    const bool had_queues = has_queues();
    const pid_t backup = fork();
    if (backup != 0) {
        close(ends[0]);
        *line = ends[1];
        return backup;
    }
    close(ends[1]);
    char byte;
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR) continue;
    close(ends[0]);
    pthread_mutex_init(&sending, NULL);
    is_restored = true;
    lacks_queues = lacks_queues || had_queues;
    say_ready("restored");
    return 0;
}

static void run_with_backup(char *path, char *symbol) {
    int line = -1;
    if (is_restored) forget_answers();
    is_restored = false;
    const pid_t backup = fork_backup(&line);
    if (backup == 0) return;
    in_cell = 1;
    run_cell(path, symbol);
    in_cell = 0;
    if (backup > 0) {
        kill(backup, SIGKILL);
        while (waitpid(backup, NULL, 0) < 0 && errno == EINTR) continue;
        close(line);
    }
    // In turn with messages of other threads, which are not cut in two.
    pthread_mutex_lock(&sending);
    send_event("{\"event\": \"done\"}");
    pthread_mutex_unlock(&sending);
}

int main(int count, char **arguments) {
    if (count < 4) return 2;
    commands = atoi(arguments[1]);
    answers = atoi(arguments[2]);
    events = atoi(arguments[3]);
    fcntl(commands, F_SETFD, FD_CLOEXEC);
    fcntl(answers, F_SETFD, FD_CLOEXEC);
    fcntl(events, F_SETFD, FD_CLOEXEC);
    setvbuf(stdout, NULL, _IOLBF, 0);
    watch_signals();
    atexit(say_exited);
    for (int i = 4; i < count; i++)
        if (!dlopen(arguments[i], RTLD_NOW | RTLD_GLOBAL)) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
    watch_throws();
    say_ready("ready");
    char command[LONGEST_COMMAND];
    while (read_command(command)) {
        char *symbol = strchr(command, '\t');
        if (strncmp(command, "run ", 4) != 0 || !symbol) continue;
        *symbol++ = 0;
        run_with_backup(command + 4, symbol);
    }
    _exit(0);
}
