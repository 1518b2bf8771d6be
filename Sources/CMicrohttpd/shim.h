#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>

/* What cmhd_start needs. libmicrohttpd's start function and its getters are variadic, which Swift cannot call. */
struct cmhd_setup {
  unsigned int flags;                       /* combination of enum MHD_FLAG */
  int listen_fd;                            /* bound and listening; stays the caller's until MHD_stop_daemon */
  unsigned int connection_limit;            /* accepted at once; more wait in the kernel's backlog */
  unsigned int inactivity_timeout;          /* seconds, 0 for none */
  size_t connection_memory;                 /* bytes for one connection's request line and headers */
  void *context;                            /* first argument of every callback below */
  void *(*request_line)(void *, const char *, struct MHD_Connection *);
  MHD_AccessHandlerCallback request;
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection;
  struct MHD_OptionItem *more;              /* ends with MHD_OPTION_END; NULL for none (TLS goes here) */
};

/* NULL and errno on failure. */
static inline struct MHD_Daemon *cmhd_start(const struct cmhd_setup *s) {
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  return MHD_start_daemon(
      s->flags, 0, NULL, NULL, s->request, s->context,
      MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
      MHD_OPTION_CONNECTION_LIMIT, s->connection_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, s->inactivity_timeout,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->connection_memory,
      MHD_OPTION_STRICT_FOR_CLIENT, (int)1,
      MHD_OPTION_URI_LOG_CALLBACK, s->request_line, s->context,
      MHD_OPTION_NOTIFY_COMPLETED, s->completed, s->context,
      MHD_OPTION_NOTIFY_CONNECTION, s->connection, s->context,
      MHD_OPTION_ARRAY, s->more != NULL ? s->more : none,
      MHD_OPTION_END);
}

/* -1 if unknown. */
static inline int cmhd_connection_fd(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info != NULL ? (int)info->connect_fd : -1;
}

/* NULL if unknown; valid as long as the connection. */
static inline const struct sockaddr *cmhd_client_address(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info != NULL ? info->client_addr : NULL;
}

/* What the connection callback stored when the connection started. */
static inline void *cmhd_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info != NULL ? info->socket_context : NULL;
}

#endif
