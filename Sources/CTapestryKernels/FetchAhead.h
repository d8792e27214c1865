/// What products fetch ahead, for the loops that do it.
#ifndef FETCH_AHEAD_H
#define FETCH_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_BYTES = 64, MOST_FETCHES = 32 };

/// Lines of memory that wait to be fetched.
typedef struct {
    const char *next;
    ptrdiff_t lines;
} waiting_fetch;

/// A ring: the items from number `first` on, before `last`.
typedef struct {
    waiting_fetch items[MOST_FETCHES];
    size_t first, last;
} fetch_queue;

extern _Thread_local fetch_queue tapestry_fetches;

/// A run of lines on their way; after the last one, that one again, which costs nothing.
typedef struct {
    const char *next, *last;
    ptrdiff_t step;
} fetch_run;

static inline bool fetches_wait(void) { return tapestry_fetches.first != tapestry_fetches.last; }

/// As many of the lines that wait as there will be steps, at most.
static inline fetch_run begin_fetches(ptrdiff_t steps) {
    waiting_fetch *item = &tapestry_fetches.items[tapestry_fetches.first % MOST_FETCHES];
    const ptrdiff_t lines = item->lines < steps ? item->lines : steps;
    const fetch_run run = {item->next, item->next + (lines - 1) * LINE_BYTES, LINE_BYTES};
    item->next += lines * LINE_BYTES;
    item->lines -= lines;
    tapestry_fetches.first += item->lines == 0;
    return run;
}

static inline void fetch_line(fetch_run *run) {
    __builtin_prefetch(run->next, 0, 2);
    run->step = run->next == run->last ? 0 : run->step;
    run->next += run->step;
}

#endif
