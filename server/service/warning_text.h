// Warnings in words.
#ifndef ZEUS_BSO_SERVER_SERVICE_WARNING_TEXT_H_
#define ZEUS_BSO_SERVER_SERVICE_WARNING_TEXT_H_

#include <string>

#include "model/warning.h"

namespace zeus::bso {

struct WarningText {
  std::string message;  // What is the case.
  std::string advice;   // What to do about it.
};

WarningText Describe(const Warning& warning);

// Such as "NOT_CONVERGING".
const char* NameOf(WarningReason reason);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_WARNING_TEXT_H_
