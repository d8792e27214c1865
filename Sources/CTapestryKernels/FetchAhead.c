#include "FetchAhead.h"

#include "CTapestryKernels.h"

_Thread_local fetch_queue tapestry_fetches;

bool tapestry_fetch_ahead(const void *memory, ptrdiff_t bytes) {
    fetch_queue *queue = &tapestry_fetches;
    if (queue->last - queue->first == MOST_FETCHES) return false;
    const ptrdiff_t lines = (bytes + LINE_BYTES - 1) / LINE_BYTES;
    if (lines > 0) queue->items[queue->last++ % MOST_FETCHES] = (waiting_fetch){memory, lines};
    return true;
}

ptrdiff_t tapestry_waiting_fetches(void) { return (ptrdiff_t)(tapestry_fetches.last - tapestry_fetches.first); }

void tapestry_forget_fetches(void) { tapestry_fetches.first = tapestry_fetches.last; }
