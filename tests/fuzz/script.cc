#include "tests/fuzz/script.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/text_format.h"
#include "tests/fuzz/finding.h"
#include "zeus/bso/storage/v1/records.pb.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::fuzz {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using google::protobuf::TextFormat;
using storage::Table;

constexpr absl::string_view kEndingWith = "ending with 0x";

// 16 bits of FNV-1a: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
uint16_t NumberOf(absl::string_view name) {
  uint32_t hash = 2166136261;
  for (const char byte : name) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619;
  return static_cast<uint16_t>(hash >> 16 ^ hash);
}

const Message* RecordOf(Table table) {
  namespace records = storage::v1;
  switch (table) {
    case Table::kJobs:
      return &records::JobRecord::default_instance();
    case Table::kTrials:
    case Table::kExplorations:
      return &records::TrialRecord::default_instance();
    case Table::kResults:
      return &records::ResultRecord::default_instance();
    case Table::kCostMoments:
      return &records::CostMomentsRecord::default_instance();
    case Table::kArms:
      return &records::ArmRecord::default_instance();
    case Table::kClients:
      return &records::ClientRecord::default_instance();
    case Table::kAnswers:
      return &records::AnswerRecord::default_instance();
    case Table::kDue:
      return &records::DueRecord::default_instance();
    default:
      return nullptr;
  }
}

void AppendLittleEndian(size_t number, std::string& bytes) {
  bytes.push_back(static_cast<char>(number & 0xff));
  bytes.push_back(static_cast<char>(number >> 8 & 0xff));
}

uint16_t TakeLittleEndian(absl::string_view& bytes) {
  const auto number =
      static_cast<uint16_t>(static_cast<unsigned char>(bytes[0]) | static_cast<unsigned char>(bytes[1]) << 8);
  bytes.remove_prefix(2);
  return number;
}

std::string MessageText(const Verb& verb, absl::string_view bytes) {
  if (verb.message != nullptr) {
    const std::unique_ptr<Message> message = verb.NewMessage();
    if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return message->ShortDebugString();
  }
  return absl::StrCat("0x", absl::BytesToHexString(bytes));
}

std::string ToText(const Step& step) {
  if (!step.verb->writes_row()) return absl::StrCat(step.verb->name, " ", MessageText(*step.verb, step.payload));
  const RowPayload row = ParseRowPayload(step.payload);
  return absl::StrCat(step.verb->name, " ", row.row, " ",
                      row.suffix.empty() ? "" : absl::StrCat(kEndingWith, absl::BytesToHexString(row.suffix), " "),
                      MessageText(*step.verb, row.value));
}

// The payload that `text`, which is what follows the name of `verb`, stands for.
std::string PayloadFromText(const Verb& verb, absl::string_view text) {
  std::string payload;
  if (verb.writes_row()) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
    uint32_t row = 0;
    Expect(absl::SimpleAtoi(parts.first, &row), "no number of a row in a script");
    payload = {static_cast<char>(row), '\0'};
    text = parts.second;
    if (absl::ConsumePrefix(&text, kEndingWith)) {
      const std::pair<absl::string_view, absl::string_view> ending = absl::StrSplit(text, absl::MaxSplits(' ', 1));
      const std::string suffix = absl::HexStringToBytes(ending.first);
      payload.back() = static_cast<char>(suffix.size());
      payload += suffix;
      text = ending.second;
    }
  }
  const std::unique_ptr<Message> message = verb.NewMessage();
  Expect(TextFormat::ParseFromString(std::string(text), message.get()), absl::StrCat("no ", verb.name, ": ", text));
  return payload + message->SerializeAsString();
}

}  // namespace

std::unique_ptr<Message> Verb::NewMessage() const { return std::unique_ptr<Message>(message->New()); }

RowPayload ParseRowPayload(absl::string_view payload) {
  RowPayload parsed;
  if (payload.size() < 2) return parsed;
  parsed.row = static_cast<uint8_t>(payload[0]);
  const auto suffix_length = static_cast<uint8_t>(payload[1]);
  payload.remove_prefix(2);
  parsed.suffix = payload.substr(0, suffix_length);
  payload.remove_prefix(parsed.suffix.size());
  parsed.value = payload;
  return parsed;
}

const Vocabulary& Vocabulary::OfCalls() {
  static const auto* const vocabulary = new Vocabulary(/*with_rows=*/false);
  return *vocabulary;
}

const Vocabulary& Vocabulary::OfCallsAndRows() {
  static const auto* const vocabulary = new Vocabulary(/*with_rows=*/true);
  return *vocabulary;
}

Vocabulary::Vocabulary(bool with_rows) {
  for (const FileDescriptor* const file :
       {v1::RegisterJobRequest::descriptor()->file(), v1::GetJobRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor& service = *file->service(i);
      for (int j = 0; j < service.method_count(); ++j) {
        const MethodDescriptor* const method = service.method(j);
        Add({.name = absl::StrCat(service.name(), ".", method->name()),
             .method = method,
             .message = MessageFactory::generated_factory()->GetPrototype(method->input_type())});
      }
    }
  }
  if (!with_rows) return;
  for (const storage::TableInfo& info : storage::kTables) {
    Add({.name = absl::StrCat("row.", info.name), .table = info.table, .message = RecordOf(info.table)});
  }
}

void Vocabulary::Add(Verb verb) {
  uint16_t number = NumberOf(verb.name);
  while (verbs_.contains(number)) ++number;
  verbs_.emplace(number, std::move(verb));
}

const Verb& Vocabulary::Select(uint16_t number) const {
  const auto next = verbs_.lower_bound(number);
  return next != verbs_.end() ? next->second : verbs_.begin()->second;
}

std::vector<const Verb*> Vocabulary::verbs() const {
  std::vector<const Verb*> all;
  for (const auto& [number, verb] : verbs_) all.push_back(&verb);
  return all;
}

Script Vocabulary::Parse(absl::string_view input) const {
  Script script;
  while (input.size() >= 4 && script.size() < kMaxSteps) {
    const Verb& verb = Select(TakeLittleEndian(input));
    const size_t stated_length = TakeLittleEndian(input);
    const size_t length = std::min(stated_length, input.size());
    script.push_back({&verb, std::string(input.substr(0, length))});
    input.remove_prefix(length);
  }
  return script;
}

std::string Vocabulary::Serialize(const Script& script) const {
  std::string bytes;
  for (const Step& step : script) {
    const auto entry =
        std::find_if(verbs_.begin(), verbs_.end(), [&](const auto& known) { return &known.second == step.verb; });
    const size_t length = std::min<size_t>(step.payload.size(), 0xffff);
    AppendLittleEndian(entry->first, bytes);
    AppendLittleEndian(length, bytes);
    bytes.append(step.payload, 0, length);
  }
  return bytes;
}

Script Vocabulary::FromText(absl::string_view text) const {
  Script script;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    if (line.front() == '#') continue;
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    const auto entry =
        std::find_if(verbs_.begin(), verbs_.end(), [&](const auto& known) { return known.second.name == parts.first; });
    Expect(entry != verbs_.end(), absl::StrCat("no such verb in a script: ", parts.first));
    script.push_back({&entry->second, PayloadFromText(entry->second, parts.second)});
  }
  return script;
}

std::string ToText(const Script& script) {
  std::string text;
  for (const Step& step : script) absl::StrAppend(&text, ToText(step), "\n");
  return text;
}

}  // namespace zeus::bso::fuzz
