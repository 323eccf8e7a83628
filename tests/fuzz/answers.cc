#include "tests/fuzz/answers.h"

#include <cmath>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "model/error.h"
#include "tests/fuzz/finding.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;

void CheckNumber(double number, const FieldDescriptor& field) {
  if (field.name() == "metric" || field.name() == "last_metric") return;  // As reported.
  const bool may_be_infinite = absl::EndsWith(field.name(), "_precision");
  Expect(std::isfinite(number) || (may_be_infinite && number > 0), absl::StrCat(field.full_name(), " is ", number));
}

void CheckValues(const Message& message) {
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const Reflection& reflection = *message.GetReflection();
    const bool repeated = field.is_repeated();
    if (field.has_presence() && !reflection.HasField(message, &field)) continue;
    const int count = repeated ? reflection.FieldSize(message, &field) : 1;
    for (int j = 0; j < count; ++j) {
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_DOUBLE:
          CheckNumber(
              repeated ? reflection.GetRepeatedDouble(message, &field, j) : reflection.GetDouble(message, &field),
              field);
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          // Most trials have neither.
          if (field.enum_type() == v1::TrialFailure_descriptor() || field.enum_type() == v1::EndReason_descriptor())
            break;
          Expect((repeated ? reflection.GetRepeatedEnumValue(message, &field, j)
                           : reflection.GetEnumValue(message, &field)) != 0,
                 absl::StrCat(field.full_name(), " is not specified"));
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          CheckValues(repeated ? reflection.GetRepeatedMessage(message, &field, j)
                               : reflection.GetMessage(message, &field));
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace

void CheckStatus(const grpc::Status& status, Rows rows) {
  if (status.ok()) return;
  google::rpc::Status details;
  Expect(details.ParseFromString(status.error_details()), "the details of an error cannot be read");
  int count = 0;
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    ++count;
    Expect(info.domain() == "zeus.bso", absl::StrCat("an error of domain '", info.domain(), "'"));
    const bool is_corrupted = rows == Rows::kOwn && info.reason() == ReasonName(Reason::kStorageCorrupted);
    Expect(!info.reason().empty() && info.reason() != ReasonName(Reason::kInternal) && !is_corrupted,
           absl::StrCat("an error of reason '", info.reason(), "': ", status.error_message()));
  }
  Expect(count == 1,
         absl::StrCat("an error with ", count, " reasons: ", status.error_code(), " ", status.error_message()));
}

void CheckResponse(const google::protobuf::MethodDescriptor& method, const std::string& response, Rows rows) {
  const std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(method.output_type())->New());
  Expect(message->ParseFromString(response), absl::StrCat("a response of ", method.full_name(), " cannot be read"));
  if (rows == Rows::kOwn) CheckValues(*message);
}

void CheckEvents(const std::vector<std::string>& events) {
  std::optional<v1::JobEvent> last;
  for (const std::string& bytes : events) {
    v1::JobEvent event;
    event.ParseFromString(bytes);
    const std::string what = absl::StrCat("an event: ", event.ShortDebugString());
    Expect(event.event_case() != v1::JobEvent::EVENT_NOT_SET, what);
    if (last.has_value()) {
      Expect(!last->has_job_deleted(), what);
      // Some commits change nothing that there is an event for, so that revisions are left out.
      const bool goes_on = event.job_uid() == last->job_uid() && event.revision() >= last->revision();
      Expect(goes_on || (event.has_present_state() && event.present_state().missed_changes()), what);
    }
    last = event;
  }
}

bool IsRefusedByGrpc(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNIMPLEMENTED && status.error_message().empty() &&
         status.error_details().empty();
}

}  // namespace zeus::bso::fuzz
