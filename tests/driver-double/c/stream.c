/* Streams and events. */
#include "double.h"

#include <stdlib.h>

typedef struct Event {
    Context *context;
    int alive, recorded;
    Clock clock; /* of its stream when it was recorded */
} Event;

/* The stream behind a handle that belongs to the context; `NULL` for the default stream. */
Status double_stream(void *handle, Context *context, Stream **stream) {
    *stream = NULL;
    if (!context)
        return INVALID_CONTEXT;
    if ((uintptr_t)handle <= 2)
        return SUCCESS;
    *stream = handle;
    if (!(*stream)->alive || (*stream)->context != context)
        return INVALID_HANDLE;
    return SUCCESS;
}

static Status create(Stream **stream) {
    Context *context = double_current();
    if (!context)
        return INVALID_CONTEXT;
    *stream = calloc(1, sizeof **stream);
    if (!*stream)
        abort();
    (*stream)->context = context;
    (*stream)->alive = 1;
    double_new_stream(*stream);
    return SUCCESS;
}

EXPORT Status cuStreamCreate(Stream **stream, unsigned flags) {
    ENTER("cuStreamCreate");
    (void)flags;
    return create(stream);
}

EXPORT Status cuStreamCreateWithPriority(Stream **stream, unsigned flags, int priority) {
    ENTER("cuStreamCreateWithPriority");
    (void)flags;
    (void)priority;
    return create(stream);
}

EXPORT Status cuStreamDestroy_v2(Stream *stream) {
    ENTER("cuStreamDestroy_v2");
    if (!stream || !stream->alive)
        return INVALID_HANDLE;
    stream->alive = 0;
    return SUCCESS;
}

EXPORT Status cuStreamSynchronize(void *handle) {
    ENTER("cuStreamSynchronize");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (stream && stream->capturing) {
        stream->capturing = 2;
        return STREAM_CAPTURE_UNSUPPORTED;
    }
    double_host_joins(double_clock(stream));
    double_log_line("synchronize");
    return SUCCESS;
}

EXPORT Status cuStreamWaitEvent(void *handle, Event *event, unsigned flags) {
    ENTER("cuStreamWaitEvent");
    (void)flags;
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (!event || !event->alive)
        return INVALID_HANDLE;
    if (stream && stream->capturing) {
        /* An event from outside of the capture. */
        stream->capturing = 2;
        return STREAM_CAPTURE_ISOLATION;
    }
    double_join(double_clock(stream), &event->clock);
    double_log_line("wait");
    return SUCCESS;
}

EXPORT Status cuEventCreate(Event **event, unsigned flags) {
    ENTER("cuEventCreate");
    (void)flags;
    Context *context = double_current();
    if (!context)
        return INVALID_CONTEXT;
    *event = calloc(1, sizeof **event);
    if (!*event)
        abort();
    (*event)->context = context;
    (*event)->alive = 1;
    return SUCCESS;
}

EXPORT Status cuEventDestroy_v2(Event *event) {
    ENTER("cuEventDestroy_v2");
    if (!event || !event->alive)
        return INVALID_HANDLE;
    event->alive = 0;
    return SUCCESS;
}

EXPORT Status cuEventRecord(Event *event, void *handle) {
    ENTER("cuEventRecord");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (!event || !event->alive || event->context != double_current())
        return INVALID_HANDLE;
    event->recorded = 1;
    double_operation(stream);
    event->clock = *double_clock(stream);
    double_log_line("record");
    return SUCCESS;
}

EXPORT Status cuEventSynchronize(Event *event) {
    ENTER("cuEventSynchronize");
    if (!event || !event->alive)
        return INVALID_HANDLE;
    double_host_joins(&event->clock);
    return SUCCESS;
}

static Status elapsed(float *milliseconds, const Event *start, const Event *end) {
    if (!start || !end || !start->recorded || !end->recorded)
        return INVALID_HANDLE;
    *milliseconds = 0.5f;
    return SUCCESS;
}

EXPORT Status cuEventElapsedTime(float *milliseconds, Event *start, Event *end) {
    ENTER("cuEventElapsedTime");
    return elapsed(milliseconds, start, end);
}

EXPORT Status cuEventElapsedTime_v2(float *milliseconds, Event *start, Event *end) {
    ENTER("cuEventElapsedTime_v2");
    return elapsed(milliseconds, start, end);
}
