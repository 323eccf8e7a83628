// docs/operations.md lists which role each method needs, as the code has it.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catch2/catch.hpp"
#include "server/api/access/needed_role.h"
#include "server/api/methods.h"

namespace zeus::bso::api {
namespace {

struct Methods {
  std::vector<std::string> optimizer;
  std::vector<std::string> zeus_service;
};

// Those that need this role.
Methods MethodsOf(Role role) {
  Methods methods;
#define ZB_ADD(Method) \
  if (NeededRole<v1::Method##Request>() == role) methods.optimizer.push_back(#Method);
  ZB_BATCH_SIZE_OPTIMIZER_METHODS(ZB_ADD)
#undef ZB_ADD
#define ZB_ADD(Method) \
  if (NeededRole<v1::Method##Request>() == role) methods.zeus_service.push_back(#Method);
  ZB_ZEUS_SERVICE_METHODS(ZB_ADD)
#undef ZB_ADD
  if (NeededRole<v1::WatchJobRequest>() == role) methods.optimizer.push_back("WatchJob");
  if (NeededRole<v1::SessionRequest>() == role) methods.zeus_service.push_back("Session");
  if (NeededRole<v1::ExportJobRequest>() == role) methods.zeus_service.push_back("ExportJob");
  if (NeededRole<v1::JobRecord>() == role) methods.zeus_service.push_back("ImportJob");
  return methods;
}

std::string Row(Role role) {
  const Methods methods = MethodsOf(role);
  std::string row = absl::StrCat("| `", RoleName(role), "` | ", absl::StrJoin(methods.optimizer, ", "));
  if (role == Role::kReader) absl::StrAppend(&row, ", reflection");
  if (!methods.zeus_service.empty()) {
    absl::StrAppend(&row, "; of ZeusService ", absl::StrJoin(methods.zeus_service, ", "));
  }
  return absl::StrCat(row, " |\n");
}

TEST_CASE("The table of roles in the documentation is that of the code") {
  std::ifstream file(ZEUS_BSO_TEST_DATA_DIR "/../docs/operations.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::string table = absl::StrCat("| role | may call, besides what the roles above may |\n|---|---|\n",
                                         Row(Role::kReader), Row(Role::kTrainer), Row(Role::kAdmin));
  INFO("it should be:\n" << table);
  CHECK(text.find(table) != std::string::npos);
}

}  // namespace
}  // namespace zeus::bso::api
