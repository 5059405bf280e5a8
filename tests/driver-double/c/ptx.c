/* PTX: its version, its target, and the parameters of its kernels. */
#include "double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status double_check_ptx(const char *text, const Device *device, const char **why) {
    int major, minor, arch;
    char suffix = 0;
    const char *version = strstr(text, ".version"), *target = strstr(text, ".target");
    *why = "line 1; fatal   : Missing .version directive at start of file";
    if (!version || sscanf(version, ".version %d.%d", &major, &minor) != 2)
        return INVALID_PTX;
    *why = "line 1; fatal   : Missing .target directive";
    if (!target || sscanf(target, ".target sm_%d%c", &arch, &suffix) < 1)
        return INVALID_PTX;
    *why = "line 1; fatal   : Unsupported .version";
    if (major * 10 + minor > double_ptx_isa)
        return UNSUPPORTED_PTX_VERSION;
    *why = "";
    int number = device->major * 10 + device->minor;
    if (arch > number || (suffix == 'a' && arch != number))
        return NO_BINARY_FOR_GPU;
    return SUCCESS;
}

static unsigned size_of(const char *declaration) {
    static const struct {
        const char *type;
        unsigned size;
    } types[] = {{".u64", 8}, {".s64", 8}, {".b64", 8}, {".f64", 8}, {".u32", 4}, {".s32", 4}, {".b32", 4},
                 {".f32", 4}, {".u16", 2}, {".s16", 2}, {".b16", 2}, {".u8", 1},  {".s8", 1}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strstr(declaration, types[i].type))
            return types[i].size;
    const char *bytes = strchr(declaration, '[');
    return bytes ? (unsigned)atoi(bytes + 1) : 0;
}

Status double_ptx_function(const Module *module, const char *name, Function *function) {
    char pattern[160];
    snprintf(pattern, sizeof pattern, ".entry %s(", name);
    const char *at = strstr(module->image, pattern);
    if (!at)
        return NOT_FOUND;
    at += strlen(pattern);
    const char *end = strchr(at, ')');
    unsigned offset = 0;
    while (end && (at = strstr(at, ".param")) && at < end && function->parameter_count < MAX_PARAMETERS) {
        char line[160];
        size_t length = strcspn(at, ",\n");
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        unsigned size = size_of(line + strlen(".param"));
        offset = (offset + size - 1) / size * size;
        function->parameters[function->parameter_count++] = (Parameter){offset, size};
        offset += size;
        at += length;
    }
    const char *block = end ? strstr(end, ".reqntid") : NULL;
    if (block)
        sscanf(block, ".reqntid %u", &function->block);
    return SUCCESS;
}
