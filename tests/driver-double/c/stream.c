/* Streams, events, and graphs of what a stream captured. */
#include "double.h"

#include <stdlib.h>

typedef struct Event {
    Context *context;
    int alive, recorded;
} Event;

typedef struct {
    int operations;
} Graph;

/* The stream behind a handle that belongs to the context; `NULL` for the default stream. */
Status double_stream(void *handle, Context *context, Stream **stream) {
    *stream = NULL;
    if (!context)
        return INVALID_CONTEXT;
    if (!handle || handle == (void *)2)
        return SUCCESS;
    *stream = handle;
    if (!(*stream)->alive || (*stream)->context != context)
        return INVALID_HANDLE;
    return SUCCESS;
}

EXPORT Status cuStreamCreate(Stream **stream, unsigned flags) {
    ENTER("cuStreamCreate");
    (void)flags;
    Context *context = double_current();
    if (!context)
        return INVALID_CONTEXT;
    *stream = calloc(1, sizeof **stream);
    if (!*stream)
        abort();
    **stream = (Stream){context, 1, 0, 0};
    return SUCCESS;
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
    if (stream && stream->capturing)
        return STREAM_CAPTURE_UNSUPPORTED;
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
    **event = (Event){context, 1, 0};
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
    double_log_line("record");
    return SUCCESS;
}

EXPORT Status cuEventSynchronize(Event *event) {
    ENTER("cuEventSynchronize");
    return event && event->alive ? SUCCESS : INVALID_HANDLE;
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

EXPORT Status cuStreamBeginCapture_v2(Stream *stream, unsigned mode) {
    ENTER("cuStreamBeginCapture_v2");
    (void)mode;
    if (!stream || stream->capturing)
        return STREAM_CAPTURE_UNSUPPORTED;
    stream->capturing = 1;
    stream->captured = 0;
    return SUCCESS;
}

EXPORT Status cuStreamIsCapturing(void *handle, unsigned *status) {
    ENTER("cuStreamIsCapturing");
    Stream *stream;
    Status found = double_stream(handle, double_current(), &stream);
    if (found != SUCCESS)
        return found;
    *status = stream && stream->capturing;
    return SUCCESS;
}

EXPORT Status cuStreamEndCapture(Stream *stream, Graph **graph) {
    ENTER("cuStreamEndCapture");
    if (!stream || !stream->capturing)
        return INVALID_HANDLE;
    stream->capturing = 0;
    *graph = calloc(1, sizeof **graph);
    if (!*graph)
        abort();
    (*graph)->operations = stream->captured;
    double_log_line("captured %d", stream->captured);
    return SUCCESS;
}

EXPORT Status cuGraphInstantiateWithFlags(Graph **executable, Graph *graph, unsigned long long flags) {
    ENTER("cuGraphInstantiateWithFlags");
    (void)flags;
    *executable = malloc(sizeof **executable);
    if (!*executable)
        abort();
    **executable = *graph;
    return SUCCESS;
}

EXPORT Status cuGraphLaunch(Graph *executable, void *handle) {
    ENTER("cuGraphLaunch");
    Stream *stream;
    (void)executable;
    return double_stream(handle, double_current(), &stream);
}

EXPORT Status cuGraphExecDestroy(Graph *executable) {
    ENTER("cuGraphExecDestroy");
    free(executable);
    return SUCCESS;
}

EXPORT Status cuGraphDestroy(Graph *graph) {
    ENTER("cuGraphDestroy");
    free(graph);
    return SUCCESS;
}
