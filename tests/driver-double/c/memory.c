/* Memory: each allocation is host memory of its own, so that copies work and a wrong address is noticed. */
#include "double.h"

#include <stdlib.h>
#include <string.h>

static Allocation *allocations;
static unsigned live, peak;
static uint64_t next_id = 1;

Allocation *double_allocation(uint64_t address) {
    for (Allocation *at = allocations; at; at = at->next)
        if (address >= (uint64_t)at->start && address < (uint64_t)at->start + at->size)
            return at;
    return NULL;
}

Allocation *double_allocation_of(uint64_t id) {
    for (Allocation *at = allocations; at; at = at->next)
        if (at->id == id)
            return at;
    return NULL;
}

static Status allocate(uint64_t *address, size_t size, Context *context) {
    if (!context)
        return INVALID_CONTEXT;
    if (size == 0)
        return INVALID_VALUE;
    Allocation *allocation = calloc(1, sizeof *allocation);
    char *start = aligned_alloc(512, (size + 511) / 512 * 512);
    if (!allocation || !start) {
        free(allocation);
        free(start);
        return OUT_OF_MEMORY;
    }
    memset(start, 0xa5, size);
    *allocation = (Allocation){allocations, start, size, context, next_id++, NULL};
    allocations = allocation;
    if (++live > peak)
        peak = live;
    *address = (uint64_t)start;
    return SUCCESS;
}

static Status release(uint64_t address) {
    if (address == 0)
        return SUCCESS;
    for (Allocation **at = &allocations; *at; at = &(*at)->next)
        if ((uint64_t)(*at)->start == address) {
            Allocation *gone = *at;
            *at = gone->next;
            free(gone->start);
            free(gone);
            live--;
            return SUCCESS;
        }
    return INVALID_VALUE;
}

static int covers(uint64_t address, size_t size) {
    for (Allocation *at = allocations; at; at = at->next)
        if (address >= (uint64_t)at->start && address + size <= (uint64_t)at->start + at->size)
            return 1;
    return 0;
}

EXPORT unsigned double_live_allocations(void) { return live; }

EXPORT unsigned double_peak_allocations(void) { return peak; }

EXPORT Status cuMemAlloc_v2(uint64_t *address, size_t size) {
    ENTER("cuMemAlloc_v2");
    Status status = allocate(address, size, double_current());
    if (status == SUCCESS)
        double_log_line("allocate %zu", size);
    return status;
}

EXPORT Status cuMemGetAddressRange_v2(uint64_t *start, size_t *size, uint64_t address) {
    ENTER("cuMemGetAddressRange_v2");
    for (Allocation *at = allocations; at; at = at->next)
        if (address >= (uint64_t)at->start && address < (uint64_t)at->start + at->size) {
            *start = (uint64_t)at->start;
            *size = at->size;
            return SUCCESS;
        }
    return NOT_FOUND;
}

EXPORT Status cuMemFree_v2(uint64_t address) {
    ENTER("cuMemFree_v2");
    double_log_line("free");
    Allocation *allocation = double_allocation(address);
    if (allocation)
        double_freed_by_host(allocation);
    return release(address);
}

EXPORT Status cuMemAllocAsync(uint64_t *address, size_t size, void *handle) {
    ENTER("cuMemAllocAsync");
    Context *context = double_current();
    Stream *stream;
    Status status = double_stream(handle, context, &stream);
    if (status != SUCCESS)
        return status;
    if (!double_devices[context->device].memory_pools)
        return 801;
    /* cudarc asks for empty slices. */
    status = allocate(address, size ? size : 1, context);
    if (status == SUCCESS && stream && stream->capturing)
        stream->captured++;
    if (status == SUCCESS)
        double_log_line("allocate %zu in order", size);
    return status;
}

EXPORT Status cuMemFreeAsync(uint64_t address, void *handle) {
    ENTER("cuMemFreeAsync");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    double_log_line("free in order");
    Allocation *allocation = double_allocation(address);
    if (stream && stream->capturing)
        stream->captured++;
    else if (allocation)
        double_freed(allocation, stream);
    return release(address);
}

EXPORT Status cuMemsetD8Async(uint64_t address, unsigned char value, size_t count, void *handle) {
    ENTER("cuMemsetD8Async");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (!covers(address, count))
        return INVALID_VALUE;
    memset((void *)address, value, count);
    return SUCCESS;
}

EXPORT Status cuMemcpyHtoDAsync_v2(uint64_t target, const void *source, size_t count, void *handle) {
    ENTER("cuMemcpyHtoDAsync_v2");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (!covers(target, count))
        return INVALID_VALUE;
    memcpy((void *)target, source, count);
    return SUCCESS;
}

EXPORT Status cuMemcpyDtoHAsync_v2(void *target, uint64_t source, size_t count, void *handle) {
    ENTER("cuMemcpyDtoHAsync_v2");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (!covers(source, count))
        return INVALID_VALUE;
    memcpy(target, (void *)source, count);
    return SUCCESS;
}
