#include "cbuild.h"

#ifndef CACHEGAUGE_REVISION
#define CACHEGAUGE_REVISION ""
#endif

const char *cbuild_revision(void) { return CACHEGAUGE_REVISION; }
