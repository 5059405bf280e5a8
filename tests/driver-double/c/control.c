/* What the tests set and read, the lock, and the errors that are asked for. */
#include "double.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Device double_devices[MAX_DEVICES] = {
    {9, 0, 232448, 1, 264},
    {9, 0, 232448, 1, 264},
    {9, 0, 232448, 1, 264},
    {9, 0, 232448, 1, 264},
};
int double_device_count = 1;
int double_driver_version = DOUBLE_VERSION;
int double_ptx_isa = 90;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int double_lock(void) { return pthread_mutex_lock(&mutex) == 0; }

void double_unlock(int *locked) {
    if (*locked)
        pthread_mutex_unlock(&mutex);
}

/* Calls, by name. */
#define MAX_NAMES 128
static struct {
    char name[48];
    unsigned calls;
    unsigned fail_from, fail_count;
    Status failure;
} names[MAX_NAMES];
static int name_count;

static int find(const char *name) {
    for (int i = 0; i < name_count; i++)
        if (strcmp(names[i].name, name) == 0)
            return i;
    if (name_count == MAX_NAMES)
        abort();
    snprintf(names[name_count].name, sizeof names[0].name, "%s", name);
    return name_count++;
}

Status double_enter(const char *function) {
    int i = find(function);
    unsigned call = ++names[i].calls;
    if (names[i].fail_count > 0 && call >= names[i].fail_from && call - names[i].fail_from < names[i].fail_count)
        return names[i].failure;
    return SUCCESS;
}

/* The `count` calls from the `nth` from now on fail. */
EXPORT void double_fail(const char *function, unsigned nth, unsigned count, Status code) {
    double_lock();
    int i = find(function);
    names[i].fail_from = names[i].calls + nth;
    names[i].fail_count = count;
    names[i].failure = code;
    pthread_mutex_unlock(&mutex);
}

EXPORT unsigned double_calls(const char *function) {
    double_lock();
    unsigned calls = names[find(function)].calls;
    pthread_mutex_unlock(&mutex);
    return calls;
}

EXPORT void double_set_device(int index, int major, int minor, int shared_optin, int memory_pools, int resident_ctas) {
    double_devices[index] = (Device){major, minor, shared_optin, memory_pools, resident_ctas};
}

EXPORT void double_set_device_count(int count) { double_device_count = count; }

EXPORT void double_set_ptx_isa(int isa) { double_ptx_isa = isa; }

EXPORT void double_set_driver_version(int version) { double_driver_version = version; }

/* Launches, and those that graphs made of captured ones. */
typedef struct {
    Launch *all;
    unsigned count, room;
} Launches;
static Launches launches, replays;

static Launch *add(Launches *list) {
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->all = realloc(list->all, list->room * sizeof *list->all);
        if (!list->all)
            abort();
    }
    Launch *launch = &list->all[list->count++];
    memset(launch, 0, sizeof *launch);
    return launch;
}

Launch *double_new_launch(unsigned *index) {
    *index = launches.count;
    return add(&launches);
}

void double_replay(unsigned index) { *add(&replays) = launches.all[index]; }

EXPORT unsigned double_launch_count(int replayed) {
    double_lock();
    unsigned count = (replayed ? replays : launches).count;
    pthread_mutex_unlock(&mutex);
    return count;
}

EXPORT int double_launch(int replayed, unsigned index, Launch *launch) {
    double_lock();
    const Launches *list = replayed ? &replays : &launches;
    int found = index < list->count;
    if (found)
        *launch = list->all[index];
    pthread_mutex_unlock(&mutex);
    return found;
}

/* What happened, a line each. */
static char *text;
static size_t text_length, text_room;

void double_log_line(const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || length > (int)sizeof line - 2)
        abort();
    line[length++] = '\n';
    if (text_length + (size_t)length + 1 > text_room) {
        text_room = (text_room + (size_t)length + 1) * 2;
        text = realloc(text, text_room);
        if (!text)
            abort();
    }
    memcpy(text + text_length, line, (size_t)length);
    text_length += (size_t)length;
    text[text_length] = 0;
}

/* Copies what was logged since the last call; the length that it needs is returned. */
EXPORT size_t double_take_log(char *buffer, size_t room) {
    double_lock();
    size_t length = text_length;
    if (length <= room) {
        if (length)
            memcpy(buffer, text, length);
        text_length = 0;
    }
    pthread_mutex_unlock(&mutex);
    return length;
}
