// Every field of every unary request, over the wire, with every kind of wrong value that its type has: what the server
// answers stands in field_table.txt, a line a field. After each call the server goes on, and a refused one has changed
// nothing.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/text_format.h"
#include "model/status_macros.h"
#include "server/api/conversion/convert.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/service/zeus_service.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr char kSpec[] = R"(
  spec { job_id: "new" batch_sizes: [16, 32] default_batch_size: 32 max_power: 300 number_of_gpus: 1 gpu_model: "V100" })";
constexpr char kTrial[] = R"(job_id: "job" batch_size: 32 trial_number: 1 )";
constexpr char kArm[] = "batch_size: 16 param_mean: -1 param_precision: 1 reward_precision: 1 num_observations: 1 ";

// A request of each unary method that is answered with OK where MakeReady was called before.
const std::map<std::string, std::string>& ValidRequests() {
  static const auto* const requests = new std::map<std::string, std::string>{
      {"RegisterJob", kSpec},
      {"ProfileJob", R"(job_id: "curves" profiles { batch_size: 32 seconds: 1 joules: 10 relative_error: 0.1 })"},
      {"StartTrial", R"(job_id: "job")"},
      {"ReportResult", absl::StrCat(kTrial, "time_seconds: 1 energy_joules: 1 metric: 0.1 current_epoch: 1")},
      {"Heartbeat", kTrial},
      {"EndTrial", kTrial},
      {"UpdateJob", R"(spec { job_id: "job" gpu_model: "V100" } update_mask { paths: "gpu_model" })"},
      {"VoidTrial", R"(job_id: "curves" batch_size: 32 trial_number: 1 reason: "why")"},
      {"ResetBatchSize", R"(job_id: "job" batch_size: 32)"},
      {"DeleteJob", R"(job_id: "job")"},
      {"ListJobs", ""},
      {"ListTrials", R"(job_id: "job")"},
      {"ExplainJob", R"(job_id: "job")"},
      {"GetArms", R"(job_id: "job")"},
      {"GetArm", R"(job_id: "job" batch_size: 32)"},
      {"GetExplorationsOfJob", R"(job_id: "job")"},
      {"UpdateTrial", absl::StrCat(kTrial, "status: TRIAL_STATUS_FAILED")},
      {"UpdateArmState", R"(trial_number: 1 arm { job_id: "job" batch_size: 32 })"},
      {"UpdateExpDefaultBatchSize", R"(job_id: "job" batch_size: 32)"},
      {"CreateTrial", R"(job_id: "job" batch_size: 32 type: TRIAL_TYPE_MAB)"},
      {"GetRandomChoices", R"(job_id: "job" choices: 1)"},
      {"GetNormal", R"(job_id: "job")"},
      {"GetJob", R"(job_id: "job")"},
      {"GetTrial", kTrial},
      {"CreateJob", kSpec},
      {"GetTrialResultsOfBatchSize", R"(job_id: "job" batch_size: 32)"},
      {"CreateArms", absl::StrCat(R"(job_id: "job" arms { )", kArm, "}")},
      {"UpdateJobStage", R"(job_id: "job" stage: STAGE_MAB)"},
  };
  return *requests;
}

// A field, as the fields that lead to it from the request.
using Path = std::vector<const FieldDescriptor*>;

// A wrong value: the bytes of the request, all of it, once the field was cleared from it.
struct WrongValue {
  std::string name;
  std::string bytes;
};

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

enum WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

std::string Tag(int field_number, WireType type) { return Varint(static_cast<uint64_t>(field_number) << 3 | type); }

std::string Sized(int field_number, const std::string& bytes) {
  return absl::StrCat(Tag(field_number, kBytes), Varint(bytes.size()), bytes);
}

std::string Fixed64(int field_number, double value) {
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), &value, sizeof(value));
  return absl::StrCat(Tag(field_number, kFixed64), bytes);
}

// What a field of this type may wrongly be, encoded with its tag.
std::vector<WrongValue> WrongValues(const FieldDescriptor& field) {
  const int number = field.number();
  const auto integer = [&](int64_t value) {
    return absl::StrCat(Tag(number, kVarint), Varint(static_cast<uint64_t>(value)));
  };
  std::vector<WrongValue> cases = {{"missing", ""}};
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      cases.push_back({"too long", Sized(number, std::string(10'000, 'x'))});
      cases.push_back({"not UTF-8", Sized(number, "\xff\xfe")});
      cases.push_back({"control character", Sized(number, std::string("a\0b", 3))});
      cases.push_back({"of another type", integer(1)});
      break;
    case FieldDescriptor::TYPE_DOUBLE:
      for (const auto& [name, value] :
           std::vector<std::pair<std::string, double>>{{"0", 0},
                                                       {"negative", -1},
                                                       {"NaN", std::numeric_limits<double>::quiet_NaN()},
                                                       {"infinite", std::numeric_limits<double>::infinity()},
                                                       {"-infinite", -std::numeric_limits<double>::infinity()},
                                                       {"greatest", std::numeric_limits<double>::max()}}) {
        cases.push_back({name, Fixed64(number, value)});
      }
      cases.push_back({"of another type", integer(1)});
      break;
    case FieldDescriptor::TYPE_ENUM:
      for (const auto& [name, value] :
           std::vector<std::pair<std::string, int>>{{"0", 0}, {"negative", -1}, {"unknown", 99}}) {
        cases.push_back({name, integer(value)});
      }
      cases.push_back({"of another type", Sized(number, "x")});
      break;
    case FieldDescriptor::TYPE_MESSAGE:
      cases.push_back({"empty", Sized(number, "")});
      cases.push_back({"cut off", absl::StrCat(Tag(number, kBytes), Varint(100), "x")});
      cases.push_back({"of another type", integer(1)});
      break;
    default:
      for (const auto& [name, value] :
           std::vector<std::pair<std::string, int64_t>>{{"0", 0},
                                                        {"negative", -1},
                                                        {"least", std::numeric_limits<int64_t>::min()},
                                                        {"greatest", std::numeric_limits<int64_t>::max()}}) {
        cases.push_back({name, integer(value)});
      }
      cases.push_back({"of another type", Sized(number, "x")});
  }
  if (field.is_repeated()) {
    std::string many;
    for (int i = 0; i < 1025; ++i) {
      const int64_t value = i + 1;
      absl::StrAppend(&many, field.type() == FieldDescriptor::TYPE_MESSAGE ? Sized(number, "") : integer(value));
    }
    cases.push_back({"too many", many});
  }
  return cases;
}

// The message with the field at the end of `path` cleared and `bytes` in its place.
std::string Replace(const Message& message, const Path& path, size_t depth, const std::string& bytes) {
  const std::unique_ptr<Message> rest(message.New());
  rest->CopyFrom(message);
  const FieldDescriptor* const field = path[depth];
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  reflection.ClearField(rest.get(), field);
  if (depth + 1 == path.size()) return rest->SerializeAsString() + bytes;
  const Message& inner =
      field->is_repeated() ? reflection.GetRepeatedMessage(message, field, 0) : reflection.GetMessage(message, field);
  return rest->SerializeAsString() + Sized(field->number(), Replace(inner, path, depth + 1, bytes));
}

// All fields below a type of message.
void CollectPaths(const Descriptor& type, const Path& above, std::vector<Path>& paths) {
  for (int i = 0; i < type.field_count(); ++i) {
    Path path = above;
    path.push_back(type.field(i));
    paths.push_back(path);
    if (type.field(i)->type() == FieldDescriptor::TYPE_MESSAGE)
      CollectPaths(*type.field(i)->message_type(), path, paths);
  }
}

std::string Name(const Path& path) {
  return absl::StrJoin(path, ".", [](std::string* text, const FieldDescriptor* field) { text->append(field->name()); });
}

// "OK", or the reason of the error; or the code of one that gRPC gave, for bytes that are no such message.
std::string DescribeReply(const testing::Reply<std::string>& reply) {
  if (reply.ok()) return "OK";
  const auto infos = reply.all_details<google::rpc::ErrorInfo>();
  return infos.empty() ? absl::StrCat("code ", static_cast<int>(reply.code())) : infos.front().reason();
}

class FieldTable {
 public:
  // A line a field: what each wrong value is answered with.
  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    for (const auto* const service : {v1::RegisterJobRequest::descriptor()->file()->service(0),
                                      v1::GetJobRequest::descriptor()->file()->service(0)}) {
      for (int i = 0; i < service->method_count(); ++i) {
        const MethodDescriptor& method = *service->method(i);
        if (!method.client_streaming() && !method.server_streaming()) AddMethod(method, lines);
      }
    }
    return lines;
  }

 private:
  void AddMethod(const MethodDescriptor& method, std::vector<std::string>& lines) {
    const std::unique_ptr<Message> valid(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
    REQUIRE(google::protobuf::TextFormat::ParseFromString(ValidRequests().at(method.name()), valid.get()));
    const std::string prefix = absl::StrCat(method.service()->name(), ".", method.name(), " ");
    std::vector<Path> paths;
    CollectPaths(*method.input_type(), {}, paths);
    for (const Path& path : paths) {
      const std::string field = Name(path);
      std::vector<std::string> outcomes;
      for (const WrongValue& wrong : WrongValues(*path.back())) {
        CAPTURE(prefix, field, wrong.name);
        outcomes.push_back(absl::StrCat(wrong.name, " ", Outcome(method, Replace(*valid, path, 0, wrong.bytes))));
      }
      lines.push_back(absl::StrCat(prefix, field, ": ", absl::StrJoin(outcomes, ", ")));
    }
    lines.push_back(absl::StrCat(
        prefix, "and an unknown field: ", Outcome(method, valid->SerializeAsString() + Sized(10'000, "unknown"))));
  }

  // Calls, and checks that a refused call has changed nothing.
  std::string Outcome(const MethodDescriptor& method, const std::string& request) {
    MakeReady();
    const std::string before = State();
    const auto reply = testing::GenericCall(
        server_.client().channel(), absl::StrCat("/", method.service()->full_name(), "/", method.name()), {}, request);
    if (!reply.ok()) CHECK(State() == before);
    return DescribeReply(reply);
  }

  // A job with a running trial of the bandit and an arm, and one of the curves policy with a trial that has ended.
  void MakeReady() {
    const absl::Status status = server_.store().Transact([](storage::Session& session) -> absl::Status {
      ZeusService service(session, absl::FromUnixSeconds(1'700'000'000));
      for (const char* const job_id : {"job", "curves", "new"}) {
        ZB_RETURN_IF_ERROR(service.DeleteJob(job_id).status());
      }
      ZB_RETURN_IF_ERROR(service.CreateJob(api::FromProto(testing::MakeSpecMessage())).status());
      v1::JobSpec curves = testing::MakeSpecMessage("curves");
      curves.set_policy(v1::POLICY_CURVES);
      ZB_RETURN_IF_ERROR(service.CreateJob(api::FromProto(curves)).status());
      ZB_RETURN_IF_ERROR(service.CreateTrial("job", 32, TrialType::kMab).status());
      ZB_RETURN_IF_ERROR(service.CreateTrial("curves", 32, TrialType::kMab).status());
      ZB_RETURN_IF_ERROR(service.UpdateTrial({"curves", 32, 1}, {.status = TrialStatus::kFailed}).status());
      return service.CreateArms("job", std::vector<GaussianTsArm>{{.batch_size = 32}});
    });
    REQUIRE_THAT(status, testing::IsOk());
  }

  // All that clients can see.
  std::string State() {
    std::string state;
    storage::Session session = server_.store().store().Begin();
    const auto add = [&state](const auto& value, auto message) {
      api::ToProto(value, message);
      state += message.ShortDebugString() + "\n";
      return true;
    };
    std::vector<std::string> jobs;
    REQUIRE_THAT(session.ScanJobs("", "",
                                  [&](const Job& job, const std::optional<JobSummary>&) {
                                    jobs.push_back(job.spec.job_id);
                                    return add(job, v1::Job());
                                  }),
                 testing::IsOk());
    for (const std::string& job : jobs) {
      REQUIRE_THAT(session.ScanTrials(job, 0, [&](const Trial& trial) { return add(trial, v1::Trial()); }),
                   testing::IsOk());
      state += absl::StrCat(testing::Value(session.ReadArms(job)).size(), " arms\n");
    }
    return state;
  }

  testing::TestServer server_;
};

TEST_CASE("Every field of every request answers wrong values as the table says") {
  std::vector<std::string> expected;
  std::ifstream file(ZEUS_BSO_TEST_DATA_DIR "/server/grpc/field_table.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') expected.push_back(line);
  }
  const std::vector<std::string> actual = FieldTable().Lines();
  for (size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) CHECK(actual[i] == expected[i]);
  CHECK(actual.size() == expected.size());
  if (actual.size() != expected.size()) WARN(absl::StrJoin(actual, "\n"));
}

}  // namespace
}  // namespace zeus::bso::rpc
