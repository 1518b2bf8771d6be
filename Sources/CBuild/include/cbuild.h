#ifndef CBUILD_H
#define CBUILD_H

/* What was built beyond the version in the sources, such as "g1a2b3c4"; empty where nobody said. Lives as long as the process. */
const char *cbuild_revision(void);

#endif
