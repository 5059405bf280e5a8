/* Launches as a C program makes them, for comparison. The functions of the driver are handed in, so that nothing links
 * to libcuda. */
#include <stddef.h>

typedef unsigned Status;
typedef Status LaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                            unsigned block_y, unsigned block_z, unsigned shared, void *stream, void **parameters,
                            void **extra);

/* CUlaunchConfig */
typedef struct {
    unsigned grid[3], block[3], shared;
    void *stream;
    void *attributes;
    unsigned attribute_count;
} Config;

typedef Status LaunchKernelEx(const Config *config, void *function, void **parameters, void **extra);
typedef Status GetCurrent(void **context);

/* An `add` kernel: three pointers, a length, and the hidden pointer. Declared alike in src/peer.rs. */
typedef struct {
    LaunchKernel *launch;
    LaunchKernelEx *launch_ex;
    GetCurrent *get_current;
    void *function;
    void *stream;
    unsigned long long x, y, out;
    int n;
} Add;

Status peer_launch(const Add *add, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        /* Packed for each launch, as a program with changing arguments does. */
        unsigned long long x = add->x, y = add->y, out = add->out, scratch = 0;
        int n = add->n;
        void *parameters[] = {&x, &y, &out, &n, &scratch};
        unsigned grid = ((unsigned)n + 255) / 256;
        Status status = add->launch(add->function, grid, 1, 1, 128, 1, 1, 0, add->stream, parameters, NULL);
        if (status != 0)
            return status;
    }
    return 0;
}

Status peer_launch_ex(const Add *add, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        unsigned long long x = add->x, y = add->y, out = add->out, scratch = 0;
        int n = add->n;
        void *parameters[] = {&x, &y, &out, &n, &scratch};
        Config config = {{((unsigned)n + 255) / 256, 1, 1}, {128, 1, 1}, 0, add->stream, NULL, 0};
        Status status = add->launch_ex(&config, add->function, parameters, NULL);
        if (status != 0)
            return status;
    }
    return 0;
}

/* What it costs to ask which context is current. */
Status peer_get_current(const Add *add, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        void *context;
        Status status = add->get_current(&context);
        if (status != 0)
            return status;
    }
    return 0;
}
