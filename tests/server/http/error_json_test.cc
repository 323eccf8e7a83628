#include <string>

#include "absl/strings/escaping.h"
#include "catch2/catch.hpp"
#include "google/rpc/error_details.pb.h"
#include "model/error.h"
#include "nlohmann/json.hpp"
#include "server/http/connect/error.h"

namespace zeus::bso::http {

// Its details were once read after they were freed.
TEST_CASE("An error has its reason and its fields as details") {
  const nlohmann::json error = nlohmann::json::parse(ErrorJson(MakeFieldError({{"job_id", "must not be empty"}})));
  CHECK(error["code"] == "invalid_argument");
  REQUIRE(error["details"].size() == 2);
  std::string bytes;
  REQUIRE(absl::Base64Unescape(std::string(error["details"][0]["value"]), &bytes));
  google::rpc::ErrorInfo info;
  REQUIRE(info.ParseFromString(bytes));
  CHECK(info.reason() == "INVALID_FIELD");
  CHECK(error["details"][1]["type"] == "google.rpc.BadRequest");
}

TEST_CASE("An error of the protocol has no reason, a defect of the server has one") {
  CHECK(ErrorJson(absl::UnimplementedError("no")) == R"({"code":"unimplemented","message":"no"})");
  CHECK(nlohmann::json::parse(ErrorJson(absl::InternalError("bug")))["details"].size() == 1);
}

}  // namespace zeus::bso::http
