#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdint.h>

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
  const char *tls_key, *tls_certificate;    /* PEM; NULL without TLS. Read before cmhd_start returns, as are the next two */
  const char *tls_authorities;              /* PEM of whom clients' certificates are signed by; NULL to ask for none */
  const char *tls_priorities;               /* as GnuTLS has them */
};

/* NULL and errno on failure. */
static inline struct MHD_Daemon *cmhd_start(const struct cmhd_setup *s) {
  struct MHD_OptionItem tls[5];
  int count = 0;
  if (s->tls_key != NULL && s->tls_certificate != NULL) {
    if (s->tls_priorities != NULL)
      tls[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)s->tls_priorities};
    tls[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)s->tls_key};
    tls[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)s->tls_certificate};
    if (s->tls_authorities != NULL)
      tls[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, (void *)s->tls_authorities};
  }
  tls[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
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
      MHD_OPTION_ARRAY, tls,
      MHD_OPTION_END);
}

/* Of the client's certificate: 0 verified, 1 none was shown, 2 not trusted. */
static inline int cmhd_client_certificate(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info == NULL || info->tls_session == NULL) return 1;
  gnutls_session_t session = (gnutls_session_t)info->tls_session;
  unsigned int count = 0, status = 0;
  if (gnutls_certificate_get_peers(session, &count) == NULL || count == 0) return 1;
  return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0 ? 0 : 2;
}

/* Whether libmicrohttpd was built with TLS. */
static inline int cmhd_has_tls(void) { return MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES; }

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
