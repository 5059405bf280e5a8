/* Modules and functions. */
#include "double.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status load(Module **module, const void *image, const char **why) {
    *why = "";
    Context *context = double_current();
    if (!context)
        return INVALID_CONTEXT;
    if (!image)
        return INVALID_VALUE;
    const Device *device = &double_devices[context->device];
    int ptx = memcmp(image, ELFMAG, SELFMAG) != 0;
    size_t size = 0;
    Status status;
    if (ptx) {
        size = strlen(image) + 1;
        status = double_check_ptx(image, device, why);
    } else {
        status = double_check_cubin(image, device, &size);
    }
    if (status != SUCCESS)
        return status;
    Module *loaded = calloc(1, sizeof *loaded);
    char *copy = malloc(size);
    if (!loaded || !copy)
        abort();
    memcpy(copy, image, size);
    *loaded = (Module){context, 1, copy, size, ptx, NULL};
    *module = loaded;
    double_log_line("load %s in context %llu", ptx ? "PTX" : "cubin", (unsigned long long)context->id);
    return SUCCESS;
}

EXPORT Status cuModuleLoadData(Module **module, const void *image) {
    ENTER("cuModuleLoadData");
    const char *why;
    return load(module, image, &why);
}

enum { JIT_ERROR_LOG_BUFFER = 5, JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6 };

EXPORT Status cuModuleLoadDataEx(Module **module, const void *image, unsigned count, unsigned *options, void **values) {
    ENTER("cuModuleLoadDataEx");
    const char *why;
    Status status = load(module, image, &why);
    char *log = NULL;
    size_t room = 0;
    for (unsigned i = 0; i < count; i++) {
        if (options[i] == JIT_ERROR_LOG_BUFFER)
            log = values[i];
        else if (options[i] == JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
            room = (size_t)values[i];
        else
            return INVALID_VALUE;
    }
    if (log && room)
        snprintf(log, room, "%s%s", *why ? "ptxas application ptx input, " : "", why);
    return status;
}

EXPORT Status cuModuleUnload(Module *module) {
    ENTER("cuModuleUnload");
    if (!module || !module->loaded || module->context->references == 0)
        return INVALID_HANDLE;
    module->loaded = 0;
    double_module_unloaded(module);
    double_log_line("unload module of context %llu", (unsigned long long)module->context->id);
    return SUCCESS;
}

EXPORT Status cuModuleGetFunction(Function **function, Module *module, const char *name) {
    ENTER("cuModuleGetFunction");
    if (!module || !module->loaded)
        return INVALID_HANDLE;
    Function *found = calloc(1, sizeof *found);
    if (!found)
        abort();
    found->module = module;
    found->max_dynamic_shared = 49152;
    snprintf(found->name, sizeof found->name, "%s", name);
    Status status = module->ptx ? double_ptx_function(module, name, found) : double_cubin_function(module, name, found);
    if (status != SUCCESS) {
        free(found);
        return status;
    }
    *function = found;
    return SUCCESS;
}

enum { MAX_DYNAMIC_SHARED_SIZE_BYTES = 8, NON_PORTABLE_CLUSTER_SIZE_ALLOWED = 14 };

EXPORT Status cuFuncSetAttribute(Function *function, unsigned attribute, int value) {
    ENTER("cuFuncSetAttribute");
    if (!function || !function->module->loaded)
        return INVALID_HANDLE;
    double_log_line("set %s attribute %u to %d", function->name, attribute, value);
    switch (attribute) {
    case MAX_DYNAMIC_SHARED_SIZE_BYTES:
        if (value < 0 || value > double_devices[function->module->context->device].shared_optin)
            return INVALID_VALUE;
        function->max_dynamic_shared = value;
        return SUCCESS;
    case NON_PORTABLE_CLUSTER_SIZE_ALLOWED: function->non_portable_cluster = value; return SUCCESS;
    default: return INVALID_VALUE;
    }
}

#ifndef DOUBLE_WITHOUT_REQUIRED
EXPORT Status cuFuncSetCacheConfig(Function *function, unsigned config) {
    ENTER("cuFuncSetCacheConfig");
    if (!function || config > 3)
        return INVALID_VALUE;
    function->cache_config = config;
    double_log_line("set %s cache config %u", function->name, config);
    return SUCCESS;
}
#endif
