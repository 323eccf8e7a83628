// Zeus' protocol over a store of its own, with requests that are short to write.
#ifndef ZEUS_BSO_TESTS_SERVER_HTTP_ZEUS_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_HTTP_ZEUS_FIXTURE_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "nlohmann/json.hpp"
#include "server/http/zeus/zeus_protocol.h"
#include "tests/server/http/backend_fixture.h"

namespace zeus::bso::http {

using Json = nlohmann::json;

struct ZeusAnswer {
  int status = 0;
  Fields fields;
  std::string text;
  Json json;  // Null if there is no text.

  std::string Field(absl::string_view name) const { return std::string(fields.Find(name).value_or("")); }
};

class ZeusFixture : public BackendFixture {
 public:
  explicit ZeusFixture(PolicyKind policy = PolicyKind::kZeus, const std::string& roles = "")
      : BackendFixture(roles), protocol_(backend(), workers_, policy) {}
  ~ZeusFixture() { WaitForCalls(); }

  // Sends a request; `target` is a path and perhaps a query.
  ZeusAnswer Send(const std::string& method, absl::string_view target, const std::string& body = "",
                  const Fields& fields = {}) {
    const size_t mark = target.find('?');
    Request request{.method = method, .path = std::string(target.substr(0, mark)), .fields = fields, .body = body};
    if (mark != absl::string_view::npos) request.query = std::string(target.substr(mark + 1));
    ZeusAnswer answer;
    absl::Notification answered;
    protocol_.Handle(request, [&](Response response) {
      answer.status = response.status;
      answer.fields = std::move(response.fields);
      answer.text = std::move(response.body);
      answered.Notify();
    });
    answered.WaitForNotification();
    if (!answer.text.empty()) answer.json = Json::parse(answer.text);
    return answer;
  }

  ZeusAnswer Register(const Json& spec) { return Send("POST", "/jobs", spec.dump()); }
  ZeusAnswer Predict(const std::string& job_id) { return Send("GET", "/jobs/batch_size?job_id=" + job_id); }
  ZeusAnswer Report(const Json& result) { return Send("POST", "/report", result.dump()); }
  ZeusAnswer EndTrial(const Json& trial) { return Send("PATCH", "/trials", trial.dump()); }

 private:
  Workers workers_{2};
  ZeusProtocol protocol_;
};

// A job of three sizes.
inline Json SpecJson(const std::string& job_id = "job") {
  return {{"job_id", job_id}, {"job_id_prefix", "j"}, {"batch_sizes", {64, 16, 32}}, {"default_batch_size", 32},
          {"mab_seed", 5},    {"max_power", 300},     {"number_of_gpus", 1},         {"gpu_model", "V100"}};
}

// A first epoch that has not reached the target.
inline Json ResultJson(const Json& trial) {
  Json result = trial;
  result.update({{"time", 10}, {"energy", 100}, {"metric", 0.1}, {"current_epoch", 1}});
  return result;
}

// "LOCATION TYPE" of each problem of an answer with status 422, joined by "; ".
inline std::string Problems(const ZeusAnswer& answer) {
  if (answer.status != 422) return "status " + std::to_string(answer.status);
  std::string text;
  for (const Json& problem : answer.json["detail"]) {
    for (const Json& step : problem["loc"]) {
      text += (step.is_string() ? step.get<std::string>() : step.dump()) + (step == problem["loc"].back() ? " " : ".");
    }
    text += problem["type"].get<std::string>() + "; ";
  }
  return text.substr(0, text.size() - 2);
}

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_TESTS_SERVER_HTTP_ZEUS_FIXTURE_H_
