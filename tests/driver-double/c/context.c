/* Devices and contexts. */
#include "double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int initialized;
static uint64_t next_id = 1;
static Context *primaries[MAX_DEVICES];
static __thread Context *current;

Context *double_current(void) { return current && current->references > 0 ? current : NULL; }

EXPORT Status cuInit(unsigned flags) {
    ENTER("cuInit");
    if (flags)
        return INVALID_VALUE;
    if (double_device_count == 0)
        return NO_DEVICE;
    initialized = 1;
    return SUCCESS;
}

EXPORT Status cuDriverGetVersion(int *version) {
    ENTER("cuDriverGetVersion");
    *version = double_driver_version;
    return SUCCESS;
}

static const struct {
    Status code;
    const char *name, *text;
} errors[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {UNSUPPORTED_PTX_VERSION, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {INVALID_SOURCE, "CUDA_ERROR_INVALID_SOURCE", "device kernel image is invalid"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {COOPERATIVE_LAUNCH_TOO_LARGE, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "too many blocks in cooperative launch"},
    {STREAM_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {STREAM_CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {STREAM_CAPTURE_ISOLATION, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
     "dependency created on uncaptured work in another stream"},
    {GRAPH_EXEC_UPDATE_FAILURE, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE",
     "the graph update was not performed because it included changes which violated constraints specific to instantiated "
     "graph update"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

static Status describe(Status code, const char **text, int name) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code) {
            *text = name ? errors[i].name : errors[i].text;
            return SUCCESS;
        }
    *text = NULL;
    return INVALID_VALUE;
}

EXPORT Status cuGetErrorName(Status code, const char **text) { return describe(code, text, 1); }

EXPORT Status cuGetErrorString(Status code, const char **text) { return describe(code, text, 0); }

EXPORT Status cuDeviceGetCount(int *count) {
    ENTER("cuDeviceGetCount");
    if (!initialized)
        return NOT_INITIALIZED;
    *count = double_device_count;
    return SUCCESS;
}

EXPORT Status cuDeviceGet(int *device, int ordinal) {
    ENTER("cuDeviceGet");
    if (!initialized)
        return NOT_INITIALIZED;
    if (ordinal < 0 || ordinal >= double_device_count)
        return INVALID_DEVICE;
    *device = ordinal;
    return SUCCESS;
}

EXPORT Status cuDeviceGetAttribute(int *value, unsigned attribute, int device) {
    ENTER("cuDeviceGetAttribute");
    if (device < 0 || device >= double_device_count)
        return INVALID_DEVICE;
    const Device *d = &double_devices[device];
    switch (attribute) {
    case 1: *value = 1024; break;
    case 5: *value = 2147483647; break;
    case 6:
    case 7: *value = 65535; break;
    case 8: *value = 49152; break;
    case 16: *value = d->resident_ctas / 2; break; /* two fit on a multiprocessor */
    case 75: *value = d->major; break;
    case 76: *value = d->minor; break;
    case 97: *value = d->shared_optin; break;
    case 115: *value = d->memory_pools; break;
    default: return INVALID_VALUE;
    }
    return SUCCESS;
}

EXPORT Status cuDeviceGetName(char *name, int length, int device) {
    ENTER("cuDeviceGetName");
    if (device < 0 || device >= double_device_count || length < 1)
        return INVALID_DEVICE;
    snprintf(name, (size_t)length, "Driver Double");
    return SUCCESS;
}

static Context *create(int device, int primary) {
    Context *context = calloc(1, sizeof *context);
    if (!context)
        abort();
    *context = (Context){device, next_id++, 1, primary};
    double_log_line("create context %llu on device %d", (unsigned long long)context->id, device);
    return context;
}

static void destroy(Context *context) {
    /* Kept in memory, so that a later use of the handle is noticed. */
    context->references = 0;
    if (current == context)
        current = NULL;
    double_log_line("destroy context %llu", (unsigned long long)context->id);
}

EXPORT Status cuDevicePrimaryCtxRetain(Context **context, int device) {
    ENTER("cuDevicePrimaryCtxRetain");
    if (device < 0 || device >= double_device_count)
        return INVALID_DEVICE;
    if (primaries[device] && primaries[device]->references > 0) {
        primaries[device]->references++;
    } else if (primaries[device]) {
        /* As the driver may: another context at the same address. */
        *primaries[device] = (Context){device, next_id++, 1, 1};
        double_log_line("create context %llu on device %d", (unsigned long long)primaries[device]->id, device);
    } else {
        primaries[device] = create(device, 1);
    }
    *context = primaries[device];
    return SUCCESS;
}

EXPORT Status cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER("cuDevicePrimaryCtxRelease_v2");
    if (device < 0 || device >= double_device_count || !primaries[device] || primaries[device]->references == 0)
        return INVALID_CONTEXT;
    if (--primaries[device]->references == 0)
        destroy(primaries[device]);
    return SUCCESS;
}

EXPORT Status cuCtxCreate_v2(Context **context, unsigned flags, int device) {
    ENTER("cuCtxCreate_v2");
    (void)flags;
    *context = current = create(device, 0);
    return SUCCESS;
}

EXPORT Status cuCtxDestroy_v2(Context *context) {
    ENTER("cuCtxDestroy_v2");
    if (!context || context->references == 0 || context->primary)
        return INVALID_CONTEXT;
    destroy(context);
    return SUCCESS;
}

EXPORT Status cuCtxGetCurrent(Context **context) {
    ENTER("cuCtxGetCurrent");
    *context = double_current();
    return SUCCESS;
}

EXPORT Status cuCtxSetCurrent(Context *context) {
    ENTER("cuCtxSetCurrent");
    if (context && context->references == 0)
        return INVALID_CONTEXT;
    current = context;
    return SUCCESS;
}

EXPORT Status cuCtxSynchronize(void) {
    ENTER("cuCtxSynchronize");
    if (!double_current())
        return INVALID_CONTEXT;
    double_host_joins_all();
    return SUCCESS;
}

#if DOUBLE_VERSION >= 12000
EXPORT Status cuCtxGetId(Context *context, unsigned long long *id) {
    ENTER("cuCtxGetId");
    if (!context || context->references == 0)
        return INVALID_CONTEXT;
    *id = context->id;
    return SUCCESS;
}
#endif
