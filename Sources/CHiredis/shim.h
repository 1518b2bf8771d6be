#ifndef CACHEGAUGE_CHIREDIS_SHIM_H
#define CACHEGAUGE_CHIREDIS_SHIM_H

#include <hiredis.h>
#include <stdlib.h>

/* hiredis 1.0 widened the element count of arrays and the length that redisFormatCommandArgv answers. */
#if HIREDIS_MAJOR >= 1
typedef size_t cg_element_count;
typedef long long cg_command_length;
#else
typedef int cg_element_count;
typedef int cg_command_length;
#endif

/* hiredis 1.0 made the stack of read tasks an array of pointers. */
static inline int cg_task_type(const redisReader *reader) {
#if HIREDIS_MAJOR >= 1
  return reader->ridx < 0 ? 0 : reader->task[reader->ridx]->type;
#else
  return reader->ridx < 0 ? 0 : reader->rstack[reader->ridx].type;
#endif
}

/* hiredis' reader with a limit on the elements that one reply's arrays declare, all together. The reader's own
 * functions build the reply; only array creation passes through here first, so that an array that is too large is
 * refused before anything is allocated for it. */
typedef struct cg_reader {
  redisReader *reader;
  redisReplyObjectFunctions functions;
  void *(*create_array)(const redisReadTask *, cg_element_count);
  long long maximum_elements;
  long long declared_elements;
  int refused;
} cg_reader;

static inline void *cg_reader_create_array(const redisReadTask *task, cg_element_count elements) {
  cg_reader *self = (cg_reader *)task->privdata;
  if ((long long)elements > self->maximum_elements - self->declared_elements) {
    self->declared_elements += (long long)elements;
    self->refused = 1;
    return NULL;
  }
  self->declared_elements += (long long)elements;
  return self->create_array(task, elements);
}

/* NULL when memory is exhausted. The caller owns the result and frees it with cg_reader_free. */
static inline cg_reader *cg_reader_create(long long maximum_elements) {
  cg_reader *self = (cg_reader *)calloc(1, sizeof(cg_reader));
  if (self == NULL) return NULL;
  self->reader = redisReaderCreate();
  if (self->reader == NULL) {
    free(self);
    return NULL;
  }
  self->functions = *self->reader->fn;
  self->create_array = self->functions.createArray;
  self->functions.createArray = cg_reader_create_array;
  self->maximum_elements = maximum_elements;
  self->reader->fn = &self->functions;
  self->reader->privdata = self;
  self->reader->maxbuf = 0; /* cg_reader_rest lets go of the buffer, and at a better moment */
  return self;
}

static inline void cg_reader_free(cg_reader *self) {
  redisReaderFree(self->reader);
  free(self);
}

static inline int cg_reader_feed(cg_reader *self, const void *bytes, size_t count) {
  return redisReaderFeed(self->reader, (const char *)bytes, count);
}

/* The next complete reply, to be freed with cg_reply_free; NULL when there is none yet or the reader failed. */
static inline redisReply *cg_reader_next(cg_reader *self) {
  void *reply = NULL;
  if (redisReaderGetReply(self->reader, &reply) != REDIS_OK) return NULL;
  if (reply != NULL) self->declared_elements = 0;
  return (redisReply *)reply;
}

/* Lets go of a buffer of more than a kilobyte when everything that was fed is consumed: a connection that waits for its next
 * poll would keep one as large as its largest batch of replies. */
static inline void cg_reader_rest(cg_reader *self) {
  redisReader *reader = self->reader;
  if (reader->err != 0 || reader->pos < reader->len || sdsalloc(reader->buf) <= 1024) return;
  sds empty = sdsempty();
  if (empty == NULL) return;
  sdsfree(reader->buf);
  reader->buf = empty;
  reader->pos = reader->len = 0;
}

static inline void cg_reply_free(redisReply *reply) { freeReplyObject(reply); }

static inline int cg_reader_failed(const cg_reader *self) { return self->reader->err != 0; }
static inline const char *cg_reader_error(const cg_reader *self) { return self->reader->errstr; }

/* Whether the item that is still incomplete is a bulk string: then its length stands first in what is pending. */
static inline int cg_reader_awaits_bulk(const cg_reader *self) {
  return cg_task_type(self->reader) == REDIS_REPLY_STRING;
}

/* What is fed but not consumed; the type byte of the item that is still incomplete is consumed already. */
static inline const char *cg_reader_pending(const cg_reader *self) { return self->reader->buf + self->reader->pos; }
static inline size_t cg_reader_pending_count(const cg_reader *self) { return self->reader->len - self->reader->pos; }

#endif
