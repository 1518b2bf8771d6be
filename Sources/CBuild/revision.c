#include "cbuild.h"

#ifndef BUILD_REVISION
#define BUILD_REVISION ""
#endif

const char *cbuild_revision(void) { return BUILD_REVISION; }
