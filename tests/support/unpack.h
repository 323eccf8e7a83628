// Archives of test data.
#ifndef ZEUS_BSO_TESTS_SUPPORT_UNPACK_H_
#define ZEUS_BSO_TESTS_SUPPORT_UNPACK_H_

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace zeus::bso::testing {

// Unpacks a tar.gz archive into a directory that exists.
inline void Unpack(const std::string& archive, const std::string& directory) {
  const std::string command = "tar -xzf '" + archive + "' -C '" + directory + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot unpack " + archive);
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_UNPACK_H_
