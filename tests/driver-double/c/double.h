/* State of the driver double, shared by its parts.
 *
 * The double has the driver's interface as far as the runtime and cudarc call it. It executes no kernel. It keeps
 * memory, checks what it is given as strictly as a driver, records launches, and fails where it is told to. */
#ifndef DRIVER_DOUBLE_H
#define DRIVER_DOUBLE_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned int Status;

enum {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218,
    UNSUPPORTED_PTX_VERSION = 222,
    INVALID_SOURCE = 300,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    COOPERATIVE_LAUNCH_TOO_LARGE = 720,
    STREAM_CAPTURE_UNSUPPORTED = 900,
    STREAM_CAPTURE_INVALIDATED = 901,
    STREAM_CAPTURE_ISOLATION = 905,
    GRAPH_EXEC_UPDATE_FAILURE = 910,
};

#define MAX_DEVICES 4
#define MAX_PARAMETERS 64
#define MAX_ATTRIBUTES 8

typedef struct {
    int major, minor;
    int shared_optin;
    int memory_pools;
    int resident_ctas; /* how many CTAs of a cooperative grid fit */
} Device;

typedef struct Context {
    int device;
    uint64_t id;
    int references; /* 0: destroyed */
    int primary;
} Context;

typedef struct {
    unsigned offset, size;
} Parameter;

/* What a kernel was given or is of, and when. */
typedef struct Use {
    struct Use *next;
    unsigned stream, operation;
} Use;

typedef struct Module {
    Context *context;
    int loaded;
    char *image; /* a copy of the ELF file, or the text of the PTX */
    size_t size;
    int ptx;
    Use *uses;
} Module;

typedef struct Function {
    Module *module;
    char name[128];
    Parameter parameters[MAX_PARAMETERS];
    int parameter_count;
    unsigned block; /* that the image requires; 0: any */
    unsigned static_shared;
    int max_dynamic_shared;
    int non_portable_cluster;
    unsigned cache_config;
} Function;

/* Streams whose order is followed, the null stream first. */
#define MAX_STREAMS 64

/* What has been done before a point: of each stream, how many of its operations. */
typedef struct {
    unsigned done[MAX_STREAMS];
} Clock;

typedef struct Allocation {
    struct Allocation *next;
    char *start;
    size_t size;
    Context *context;
    uint64_t id;
    Use *uses;
} Allocation;

#define MAX_NODES 64

/* A captured kernel, and the allocations behind its parameters when it was captured. */
typedef struct {
    char function[128];
    Module *module;
    unsigned launch;
    uint64_t allocations[MAX_PARAMETERS];
    int allocation_count;
} Node;

typedef struct Stream {
    Context *context;
    int alive;
    int capturing; /* 1, or 2 where something has ended the capture */
    int captured;  /* operations of the capture */
    unsigned number; /* of its clock; MAX_STREAMS: not followed */
    Clock clock;
    Node nodes[MAX_NODES];
    int node_count;
} Stream;

/* A launch as the tests read it; the same structure is declared in src/record.rs. */
typedef struct {
    char function[128];
    uint32_t grid[3], block[3], shared, attribute_count;
    uint32_t attributes[MAX_ATTRIBUTES][4]; /* id, and the first words of the value */
    uint32_t parameter_count, captured, extended, device;
    uint32_t parameter_offset[MAX_PARAMETERS], parameter_size[MAX_PARAMETERS];
    uint8_t parameter_bytes[1024];
    uint64_t stream;
} Launch;

/* control.c */
extern Device double_devices[MAX_DEVICES];
extern int double_device_count;
extern int double_driver_version;
extern int double_ptx_isa; /* major * 10 + minor */
Status double_enter(const char *function);
int double_lock(void);
void double_unlock(int *locked);
void double_log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
Launch *double_new_launch(unsigned *index);
void double_replay(unsigned index); /* a graph makes a captured launch */

/* Locks until the function returns, counts the call, and returns the error that was asked for. */
#define ENTER(function)                                                                                                \
    int locked __attribute__((cleanup(double_unlock))) = double_lock();                                                \
    Status injected = double_enter(function);                                                                          \
    (void)locked;                                                                                                      \
    if (injected != SUCCESS)                                                                                           \
    return injected

/* context.c */
Context *double_current(void);

/* memory.c: the live allocation that an address is in. */
Allocation *double_allocation(uint64_t address);
Allocation *double_allocation_of(uint64_t id);

/* order.c: which operations run after which. The double runs everything at once; what may run at the same time on a
 * device is known by the clocks. */
Clock *double_clock(Stream *stream); /* the null stream's for NULL */
unsigned double_number(const Stream *stream);
void double_join(Clock *clock, const Clock *other);
void double_host_joins(const Clock *clock); /* the host has waited */
void double_host_joins_all(void);
void double_new_stream(Stream *stream);
unsigned double_operation(Stream *stream); /* one more on the stream; its number */
void double_use(Allocation *allocation, Stream *stream, unsigned operation);
void double_module_use(Module *module, Stream *stream, unsigned operation);
void double_module_unloaded(Module *module);
void double_freed(Allocation *allocation, Stream *stream); /* NULL stream: see below */
void double_freed_by_host(Allocation *allocation);
void double_unordered(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* stream.c */
Status double_stream(void *handle, Context *context, Stream **stream);

/* elf.c: what an image says of itself. */
Status double_check_cubin(const char *image, const Device *device, size_t *size);
Status double_cubin_function(const Module *module, const char *name, Function *function);

/* ptx.c */
Status double_check_ptx(const char *text, const Device *device, const char **why);
Status double_ptx_function(const Module *module, const char *name, Function *function);

#define EXPORT __attribute__((visibility("default")))

#endif
