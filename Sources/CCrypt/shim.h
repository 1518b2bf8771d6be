#ifndef CCRYPT_SHIM_H
#define CCRYPT_SHIM_H

#include <crypt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Whether a password has this hash, in any form that libxcrypt knows; costs what the hash says, some 50 ms for bcrypt of cost 10.
 * Compares in constant time. Safe from any thread. */
static inline int ccrypt_matches(const char *password, const char *hash) {
  struct crypt_data *data = (struct crypt_data *)calloc(1, sizeof(struct crypt_data));
  if (data == NULL) return 0;
  const char *made = crypt_r(password, hash, data);
  size_t length = strlen(hash);
  unsigned char difference = made == NULL || made[0] == '*' || strlen(made) != length;
  if (difference == 0)
    for (size_t index = 0; index < length; index++) difference |= (unsigned char)(made[index] ^ hash[index]);
  explicit_bzero(data, sizeof(struct crypt_data));
  free(data);
  return difference == 0;
}

#endif
