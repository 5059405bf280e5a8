/* Tensor maps. What is encoded can be read back; it is not what a GPU reads. */
#include "double.h"

#include <string.h>

#if DOUBLE_VERSION >= 12000

/* Also declared in src/record.rs. */
typedef struct {
    uint64_t address;
    uint64_t data_type : 8, rank : 8, swizzle : 5, small_bug : 1, unused : 2, fill : 8, promotion : 8, interleave : 8;
    uint64_t extents[5];
    uint64_t strides[4];
    uint32_t box[5];
    uint32_t zero;
} TensorMap;

EXPORT Status cuTensorMapEncodeTiled(void *map, unsigned data_type, unsigned rank, void *address,
                                     const uint64_t *extents, const uint64_t *strides, const uint32_t *box,
                                     const uint32_t *element_strides, unsigned interleave, unsigned swizzle,
                                     unsigned promotion, unsigned fill) {
    ENTER("cuTensorMapEncodeTiled");
    _Static_assert(sizeof(TensorMap) <= 128, "fits in a CUtensorMap");
    if (!map || (uintptr_t)map % 64 || data_type > 15 || rank < 1 || rank > 5 || (uintptr_t)address % 16)
        return INVALID_VALUE;
    TensorMap encoded = {0};
    for (unsigned i = 0; i < rank; i++) {
        if (extents[i] == 0 || extents[i] > 1ull << 32 || box[i] == 0 || box[i] > 256 || element_strides[i] != 1)
            return INVALID_VALUE;
        encoded.extents[i] = extents[i];
        encoded.box[i] = box[i];
        if (i + 1 < rank) {
            if (strides[i] % 16 || strides[i] >= 1ull << 40)
                return INVALID_VALUE;
            encoded.strides[i] = strides[i];
        }
    }
    encoded.address = (uint64_t)address;
    encoded.data_type = data_type;
    encoded.rank = rank;
    encoded.swizzle = swizzle;
    encoded.small_bug = 1; /* bit 21 of this word: what the runtime has to clear for small tensors */
    encoded.fill = fill;
    encoded.promotion = promotion;
    encoded.interleave = interleave;
    memset(map, 0, 128);
    memcpy(map, &encoded, sizeof encoded);
    return SUCCESS;
}
#else
/* Every file declares something. */
typedef int driver_double_has_no_tensor_maps;
#endif
