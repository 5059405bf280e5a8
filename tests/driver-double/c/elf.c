/* Cubins: an ELF file, its architecture, and the attributes of its kernels.
 *
 * Layout of the attributes as in triton-runner-build, which reads the same. */
#include "double.h"

#include <elf.h>
#include <string.h>

#define MACHINE_CUDA 190

Status double_check_cubin(const char *image, const Device *device, size_t *size) {
    Elf64_Ehdr header;
    memcpy(&header, image, sizeof header);
    if (header.e_machine != MACHINE_CUDA || header.e_ident[EI_CLASS] != ELFCLASS64)
        return INVALID_IMAGE;
    unsigned arch, exact;
    switch (header.e_ident[EI_OSABI]) {
    case 0x33:
        arch = header.e_flags & 0xff;
        exact = header.e_flags & 0x800;
        break;
    case 0x41:
        arch = (header.e_flags >> 8) & 0xff;
        exact = header.e_flags & 0x8;
        break;
    default: return INVALID_IMAGE;
    }
    unsigned number = (unsigned)(device->major * 10 + device->minor);
    if (arch != number && (exact || arch / 10 != number / 10 || arch > number))
        return NO_BINARY_FOR_GPU;
    /* The section headers come last. */
    *size = header.e_shoff + (size_t)header.e_shnum * header.e_shentsize;
    size_t programs = header.e_phoff + (size_t)header.e_phnum * header.e_phentsize;
    if (programs > *size)
        *size = programs;
    return SUCCESS;
}

static const char *section(const Module *module, const char *prefix, const char *name, size_t *size) {
    Elf64_Ehdr header;
    memcpy(&header, module->image, sizeof header);
    Elf64_Shdr names;
    memcpy(&names, module->image + header.e_shoff + (size_t)header.e_shstrndx * header.e_shentsize, sizeof names);
    for (unsigned i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr found;
        memcpy(&found, module->image + header.e_shoff + (size_t)i * header.e_shentsize, sizeof found);
        const char *full = module->image + names.sh_offset + found.sh_name;
        size_t length = strlen(prefix);
        if (strncmp(full, prefix, length) == 0 && strcmp(full + length, name) == 0) {
            *size = found.sh_size;
            return module->image + found.sh_offset;
        }
    }
    return NULL;
}

enum { FORMAT_SIZED = 4, REQNTID = 0x10, KPARAM_INFO = 0x17 };

Status double_cubin_function(const Module *module, const char *name, Function *function) {
    size_t size;
    const char *info = section(module, ".nv.info.", name, &size);
    if (!info)
        return NOT_FOUND;
    for (size_t at = 0; at + 4 <= size;) {
        unsigned char format = (unsigned char)info[at], code = (unsigned char)info[at + 1];
        uint16_t length;
        memcpy(&length, info + at + 2, sizeof length);
        const char *payload = info + at + 4;
        at += 4;
        if (format != FORMAT_SIZED)
            continue;
        at += length;
        if (code == REQNTID && length == 12) {
            memcpy(&function->block, payload, sizeof function->block);
        } else if (code == KPARAM_INFO && length == 12) {
            uint16_t ordinal, offset;
            uint32_t word;
            memcpy(&ordinal, payload + 4, sizeof ordinal);
            memcpy(&offset, payload + 6, sizeof offset);
            memcpy(&word, payload + 8, sizeof word);
            if (ordinal >= MAX_PARAMETERS)
                return INVALID_IMAGE;
            function->parameters[ordinal] = (Parameter){offset, word >> 18};
            if (function->parameter_count <= ordinal)
                function->parameter_count = ordinal + 1;
        }
    }
    if (section(module, ".nv.shared.", name, &size))
        function->static_shared = (unsigned)size;
    return SUCCESS;
}
