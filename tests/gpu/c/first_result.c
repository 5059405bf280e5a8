/* The least that a C program does to add two vectors on the GPU: CUBIN, then 0 if the result is right. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define N 1000

typedef unsigned Status;
typedef unsigned long long Address;

static void *library;

static void *find(const char *name) {
    void *function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "the driver has no %s\n", name);
        exit(2);
    }
    return function;
}

static void check(Status status, const char *what) {
    if (status != 0) {
        fprintf(stderr, "%s: CUDA driver error %u\n", what, status);
        exit(2);
    }
}

#define CALL(type, name, ...) check(((Status(*) type)find(name))(__VA_ARGS__), name)

int main(int count, char **arguments) {
    static char image[1 << 20];
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (!file || fread(image, 1, sizeof image, file) == 0)
        return 2;
    fclose(file);
    library = dlopen("libcuda.so.1", RTLD_NOW);
    if (!library)
        return 2;
    int device;
    void *context, *module, *function;
    CALL((unsigned), "cuInit", 0);
    CALL((int *, int), "cuDeviceGet", &device, 0);
    CALL((void **, int), "cuDevicePrimaryCtxRetain", &context, device);
    CALL((void *), "cuCtxSetCurrent", context);
    CALL((void **, const void *), "cuModuleLoadData", &module, image);
    CALL((void **, void *, const char *), "cuModuleGetFunction", &function, module, "add");

    static float x[N], y[N], out[N];
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 2.0f;
    }
    Address device_x, device_y, device_out, scratch = 0;
    CALL((Address *, size_t), "cuMemAlloc_v2", &device_x, sizeof x);
    CALL((Address *, size_t), "cuMemAlloc_v2", &device_y, sizeof y);
    CALL((Address *, size_t), "cuMemAlloc_v2", &device_out, sizeof out);
    CALL((Address, const void *, size_t), "cuMemcpyHtoD_v2", device_x, x, sizeof x);
    CALL((Address, const void *, size_t), "cuMemcpyHtoD_v2", device_y, y, sizeof y);
    int n = N;
    void *parameters[] = {&device_x, &device_y, &device_out, &n, &scratch};
    CALL((void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **),
         "cuLaunchKernel", function, (N + 255) / 256, 1, 1, 128, 1, 1, 0, NULL, parameters, NULL);
    CALL((void *, Address, size_t), "cuMemcpyDtoH_v2", out, device_out, sizeof out);
    for (int i = 0; i < N; i++)
        if (out[i] != x[i] + y[i])
            return 1;
    puts("right");
    fflush(stdout);
    return 0;
}
