// What a server must be able to do after the soak: everything.
#ifndef ZEUS_BSO_TESTS_SOAK_AFTERMATH_H_
#define ZEUS_BSO_TESTS_SOAK_AFTERMATH_H_

#include <string>

#include "tests/soak/progress.h"

namespace zeus::bso::testing {

// What the server allows at a time, and a job that it knows.
struct Expected {
  int sessions = 0;
  int watchers = 0;
  std::string job_id;
};

// Checks that a trial can be run, and that as many sessions and watchers can be open as the server allows: none of
// those abandoned is.
void CheckAftermath(const std::string& address, const Expected& expected, Progress& progress);

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SOAK_AFTERMATH_H_
