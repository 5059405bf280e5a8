/* Blocks by NVIDIA's occupancy calculator. Arguments: the device; input: threads, registers, shared bytes a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_occupancy.h"

int main(int argc, char **argv)
{
    cudaOccDeviceProp device;
    cudaOccDeviceState state;
    int threads, registers, shared;
    if (argc != 9)
        return 2;
    memset(&device, 0, sizeof device);
    memset(&state, 0, sizeof state);
    device.computeMajor = atoi(argv[1]);
    device.computeMinor = atoi(argv[2]);
    device.maxThreadsPerBlock = 1024;
    device.maxThreadsPerMultiprocessor = atoi(argv[3]);
    device.regsPerBlock = atoi(argv[4]);
    device.regsPerMultiprocessor = atoi(argv[5]);
    device.warpSize = 32;
    device.sharedMemPerBlock = 49152;
    device.sharedMemPerMultiprocessor = atoi(argv[6]);
    device.numSms = 1;
    device.sharedMemPerBlockOptin = atoi(argv[7]);
    device.reservedSharedMemPerBlock = atoi(argv[8]);
    state.carveoutConfig = SHAREDMEM_CARVEOUT_MAX_SHARED;
    while (scanf("%d %d %d", &threads, &registers, &shared) == 3) {
        cudaOccFuncAttributes function;
        cudaOccResult result;
        memset(&function, 0, sizeof function);
        function.maxThreadsPerBlock = 1024;
        function.numRegs = registers;
        function.partitionedGCConfig = PARTITIONED_GC_OFF;
        function.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
        function.maxDynamicSharedSizeBytes = shared;
        function.numBlockBarriers = 1;
        cudaOccError status = cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &function, &state, threads, shared);
        if (status != CUDA_OCC_SUCCESS) {
            fprintf(stderr, "status %d for %d %d %d\n", status, threads, registers, shared);
            return 1;
        }
        printf("%d\n", result.activeBlocksPerMultiprocessor);
    }
    return 0;
}
