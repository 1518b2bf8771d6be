#ifndef CNANOPB_SHIM_H
#define CNANOPB_SHIM_H

#include <pb_encode.h>

#endif
