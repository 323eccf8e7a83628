// Sockets that have a name in the file system.
#ifndef ZEUS_BSO_SERVER_NET_UNIX_SOCKET_H_
#define ZEUS_BSO_SERVER_NET_UNIX_SOCKET_H_

#include <sys/stat.h>

#include <string>

namespace zeus::bso::net {

// Whether somebody listens on a unix socket. To listen there would take its name away from them.
bool IsServed(const std::string& path);

// While it lives, what the process creates is its owner's alone: a socket has its name before a mode can be set.
class OwnerOnlyCreation {
 public:
  OwnerOnlyCreation() : previous_(umask(S_IXUSR | S_IRWXG | S_IRWXO)) {}
  ~OwnerOnlyCreation() { umask(previous_); }
  OwnerOnlyCreation(const OwnerOnlyCreation&) = delete;
  OwnerOnlyCreation& operator=(const OwnerOnlyCreation&) = delete;

 private:
  const mode_t previous_;
};

}  // namespace zeus::bso::net

#endif  // ZEUS_BSO_SERVER_NET_UNIX_SOCKET_H_
