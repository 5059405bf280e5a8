/* Graphs of what a stream captured. */
#include "double.h"

#include <stdlib.h>
#include <string.h>

enum { UPDATE_TOPOLOGY_CHANGED = 3 };

typedef struct {
    int operations, node_count;
    Node nodes[MAX_NODES];
} Graph;

/* Also declared in the runtime. */
typedef struct {
    unsigned result;
    void *error_node, *error_from_node;
} UpdateResult;

EXPORT Status cuStreamIsCapturing(void *handle, unsigned *capturing) {
    ENTER("cuStreamIsCapturing");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    *capturing = stream ? (unsigned)stream->capturing : 0;
    return SUCCESS;
}

EXPORT Status cuStreamBeginCapture_v2(Stream *stream, unsigned mode) {
    ENTER("cuStreamBeginCapture_v2");
    (void)mode;
    if (!stream || stream->capturing)
        return STREAM_CAPTURE_UNSUPPORTED;
    stream->capturing = 1;
    stream->captured = stream->node_count = 0;
    return SUCCESS;
}

EXPORT Status cuStreamEndCapture(Stream *stream, Graph **graph) {
    ENTER("cuStreamEndCapture");
    *graph = NULL;
    if (!stream || !stream->capturing)
        return INVALID_HANDLE;
    int ended = stream->capturing == 2;
    stream->capturing = 0;
    if (ended)
        return STREAM_CAPTURE_INVALIDATED;
    *graph = calloc(1, sizeof **graph);
    if (!*graph)
        abort();
    (*graph)->operations = stream->captured;
    (*graph)->node_count = stream->node_count;
    memcpy((*graph)->nodes, stream->nodes, sizeof stream->nodes);
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
    double_log_line("instantiate %d", graph->operations);
    return SUCCESS;
}

#if DOUBLE_VERSION >= 12000
EXPORT Status cuGraphExecUpdate_v2(Graph *executable, Graph *graph, UpdateResult *result) {
    ENTER("cuGraphExecUpdate_v2");
    int same = executable->operations == graph->operations && executable->node_count == graph->node_count;
    for (int i = 0; same && i < graph->node_count; i++)
        same = strcmp(executable->nodes[i].function, graph->nodes[i].function) == 0;
    *result = (UpdateResult){same ? 0 : UPDATE_TOPOLOGY_CHANGED, NULL, NULL};
    if (!same)
        return GRAPH_EXEC_UPDATE_FAILURE;
    *executable = *graph;
    double_log_line("update %d", graph->operations);
    return SUCCESS;
}
#endif

EXPORT Status cuGraphLaunch(Graph *executable, void *handle) {
    ENTER("cuGraphLaunch");
    Stream *stream;
    Status status = double_stream(handle, double_current(), &stream);
    if (status != SUCCESS)
        return status;
    if (stream && stream->capturing) {
        stream->captured++;
        return SUCCESS;
    }
    unsigned operation = double_operation(stream);
    for (int i = 0; i < executable->node_count; i++) {
        const Node *node = &executable->nodes[i];
        double_replay(node->launch);
        double_module_use(node->module, stream, operation);
        if (!node->module->loaded)
            double_unordered("a graph launches %s of a module that was unloaded", node->function);
        for (int j = 0; j < node->allocation_count; j++) {
            Allocation *allocation = double_allocation_of(node->allocations[j]);
            if (allocation)
                double_use(allocation, stream, operation);
            else
                double_unordered("a graph launches %s with memory that was freed", node->function);
        }
    }
    double_log_line("launch graph of %d", executable->operations);
    return SUCCESS;
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
