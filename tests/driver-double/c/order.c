/* Which operations run after which: a clock for each stream, and what is freed while it may still be in use. */
#include "double.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Stream null_stream;
static Clock host, all;
static unsigned stream_count = 1;
static unsigned unordered;

Clock *double_clock(Stream *stream) { return stream ? &stream->clock : &null_stream.clock; }

unsigned double_number(const Stream *stream) { return stream ? stream->number : 0; }

void double_join(Clock *clock, const Clock *other) {
    for (unsigned i = 0; i < MAX_STREAMS; i++)
        if (clock->done[i] < other->done[i])
            clock->done[i] = other->done[i];
}

void double_host_joins(const Clock *clock) { double_join(&host, clock); }

void double_host_joins_all(void) { double_join(&host, &all); }

void double_new_stream(Stream *stream) {
    stream->number = stream_count < MAX_STREAMS ? stream_count++ : MAX_STREAMS;
}

unsigned double_operation(Stream *stream) {
    Clock *clock = double_clock(stream);
    unsigned number = double_number(stream);
    /* What the host has waited for was before. */
    double_join(clock, &host);
    if (number == MAX_STREAMS)
        return 0;
    double_join(&all, clock);
    return all.done[number] = ++clock->done[number];
}

static void add_use(Use **uses, Stream *stream, unsigned operation) {
    unsigned number = double_number(stream);
    if (number == MAX_STREAMS)
        return;
    Use *use = malloc(sizeof *use);
    if (!use)
        abort();
    *use = (Use){*uses, number, operation};
    *uses = use;
}

void double_use(Allocation *allocation, Stream *stream, unsigned operation) {
    add_use(&allocation->uses, stream, operation);
}

void double_module_use(Module *module, Stream *stream, unsigned operation) {
    add_use(&module->uses, stream, operation);
}

void double_module_unloaded(Module *module) {
    while (module->uses) {
        Use *use = module->uses;
        if (host.done[use->stream] < use->operation)
            double_unordered("a module is unloaded while a kernel of stream %u may run", use->stream);
        module->uses = use->next;
        free(use);
    }
}

static void freed(Allocation *allocation, const Clock *clock) {
    while (allocation->uses) {
        Use *use = allocation->uses;
        if (clock->done[use->stream] < use->operation)
            double_unordered("memory is freed while a kernel of stream %u may use it", use->stream);
        allocation->uses = use->next;
        free(use);
    }
}

void double_freed(Allocation *allocation, Stream *stream) {
    double_operation(stream);
    freed(allocation, double_clock(stream));
}

void double_freed_by_host(Allocation *allocation) { freed(allocation, &host); }

void double_unordered(const char *format, ...) {
    char line[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    unordered++;
    double_log_line("unordered: %s", line);
}

/* How often something was done that nothing orders with what it needs. */
EXPORT unsigned double_unordered_count(void) {
    double_lock();
    unsigned count = unordered;
    int locked = 1;
    double_unlock(&locked);
    return count;
}
