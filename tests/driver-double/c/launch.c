/* Launches: checked as a driver checks them, recorded, not executed. */
#include "double.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    unsigned id, padding;
    unsigned value[16];
} Attribute;

typedef struct {
    unsigned grid[3], block[3], shared;
    void *stream;
    const Attribute *attributes;
    unsigned attribute_count;
} Config;

enum { COOPERATIVE = 2, CLUSTER_DIMENSION = 4, CLUSTER_SCHEDULING = 5, PROGRAMMATIC_SERIALIZATION = 6 };

static Status submit(const Config *config, Function *function, void **parameters, void **extra, int extended) {
    Context *context = double_current();
    if (!context)
        return INVALID_CONTEXT;
    if (!function || !function->module->loaded || function->module->context != context)
        return INVALID_HANDLE;
    Stream *stream;
    Status status = double_stream(config->stream, context, &stream);
    if (status != SUCCESS)
        return status;
    if (extra || config->attribute_count > MAX_ATTRIBUTES)
        return INVALID_VALUE;
    static const unsigned limits[3] = {2147483647, 65535, 65535};
    for (int i = 0; i < 3; i++)
        if (config->grid[i] == 0 || config->grid[i] > limits[i])
            return INVALID_VALUE;
    if (config->block[0] == 0 || config->block[1] != 1 || config->block[2] != 1)
        return INVALID_VALUE;
    if (function->block && config->block[0] != function->block)
        return INVALID_VALUE;
    if (config->shared > (unsigned)function->max_dynamic_shared)
        return INVALID_VALUE;

    const Device *device = &double_devices[context->device];
    for (unsigned i = 0; i < config->attribute_count; i++) {
        const Attribute *attribute = &config->attributes[i];
        switch (attribute->id) {
        case COOPERATIVE:
            if (attribute->value[0] &&
                (uint64_t)config->grid[0] * config->grid[1] * config->grid[2] > (uint64_t)device->resident_ctas)
                return COOPERATIVE_LAUNCH_TOO_LARGE;
            break;
        case CLUSTER_DIMENSION: {
            unsigned ctas = 1;
            for (int axis = 0; axis < 3; axis++) {
                if (attribute->value[axis] == 0 || config->grid[axis] % attribute->value[axis])
                    return INVALID_VALUE;
                ctas *= attribute->value[axis];
            }
            if (device->major < 9 || ctas > 16 || (ctas > 8 && !function->non_portable_cluster))
                return INVALID_VALUE;
            break;
        }
        case CLUSTER_SCHEDULING:
        case PROGRAMMATIC_SERIALIZATION: break;
        default: return INVALID_VALUE;
        }
    }
    if (function->parameter_count && !parameters)
        return INVALID_VALUE;
    for (int i = 0; i < function->parameter_count; i++)
        if (!parameters[i])
            return INVALID_VALUE;

    Node node = {0};
    Launch *launch = double_new_launch(&node.launch);
    snprintf(launch->function, sizeof launch->function, "%s", function->name);
    memcpy(launch->grid, config->grid, sizeof launch->grid);
    memcpy(launch->block, config->block, sizeof launch->block);
    launch->shared = config->shared;
    launch->stream = (uint64_t)config->stream;
    launch->extended = (uint32_t)extended;
    launch->device = (uint32_t)context->device;
    launch->attribute_count = config->attribute_count;
    for (unsigned i = 0; i < config->attribute_count; i++) {
        launch->attributes[i][0] = config->attributes[i].id;
        memcpy(&launch->attributes[i][1], config->attributes[i].value, 3 * sizeof(uint32_t));
    }
    launch->parameter_count = (uint32_t)function->parameter_count;
    for (int i = 0; i < function->parameter_count; i++) {
        const Parameter *parameter = &function->parameters[i];
        launch->parameter_offset[i] = parameter->offset;
        launch->parameter_size[i] = parameter->size;
        if (parameter->offset + parameter->size > sizeof launch->parameter_bytes)
            return INVALID_VALUE;
        memcpy(launch->parameter_bytes + parameter->offset, parameters[i], parameter->size);
    }
    memcpy(node.function, launch->function, sizeof node.function);
    node.module = function->module;
    unsigned operation = stream && stream->capturing ? 0 : double_operation(stream);
    if (operation)
        double_module_use(function->module, stream, operation);
    for (int i = 0; i < function->parameter_count; i++) {
        uint64_t address = 0;
        if (function->parameters[i].size != sizeof address)
            continue;
        memcpy(&address, parameters[i], sizeof address);
        Allocation *allocation = double_allocation(address);
        if (!allocation)
            continue;
        if (operation)
            double_use(allocation, stream, operation);
        else
            node.allocations[node.allocation_count++] = allocation->id;
    }
    if (stream && stream->capturing) {
        launch->captured = 1;
        stream->captured++;
        if (stream->node_count < MAX_NODES)
            stream->nodes[stream->node_count++] = node;
    }
    double_log_line("launch %s", function->name);
    return SUCCESS;
}

EXPORT Status cuLaunchKernel(Function *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                             unsigned block_y, unsigned block_z, unsigned shared, void *stream, void **parameters,
                             void **extra) {
    ENTER("cuLaunchKernel");
    Config config = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared, stream, NULL, 0};
    return submit(&config, function, parameters, extra, 0);
}

#if DOUBLE_VERSION >= 11080
EXPORT Status cuLaunchKernelEx(const Config *config, Function *function, void **parameters, void **extra) {
    ENTER("cuLaunchKernelEx");
    return submit(config, function, parameters, extra, 1);
}
#endif
