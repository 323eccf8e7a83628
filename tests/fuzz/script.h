// Inputs of the targets that speak to a server: a script of calls, and of rows that the store is made to hold.
//
//   script  := step*
//   step    := verb:2 length:2 payload:length       little-endian; the last step may be cut off
//   payload := the bytes of a request, or
//              row:1 suffix_length:1 suffix value   which row of a table is written, and what (see Verb)
//
// Every method of both services and every table is a verb. A verb is numbered by a hash of its name, and a number that
// is nobody's means the next verb after it: so every input is a script, and one more method changes few of them.
//
// As text a step is a line, such as
//   BatchSizeOptimizer.StartTrial job_id: "job"
//   row.trials 3 batch_size: 16 type: TRIAL_TYPE_MAB
//   row.arms 0 ending with 0x0000000000000020 num_observations: 1
// with the request or the record in protobuf's text format, and for a row which one it is, and the suffix.
#ifndef ZEUS_BSO_TESTS_FUZZ_SCRIPT_H_
#define ZEUS_BSO_TESTS_FUZZ_SCRIPT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "storage/tables.h"

namespace zeus::bso::fuzz {

// What a step does. Lives for ever.
struct Verb {
  std::string name;
  const google::protobuf::MethodDescriptor* method = nullptr;  // Null: writes a row.
  storage::Table table = storage::Table::kMeta;                // Of the row.
  const google::protobuf::Message* message = nullptr;          // An empty request or record; null: plain bytes.

  bool writes_row() const { return method == nullptr; }
  std::unique_ptr<google::protobuf::Message> NewMessage() const;
};

// The row that a step writes.
struct RowPayload {
  uint8_t row = 0;           // Of those that the table has, modulo their number.
  absl::string_view suffix;  // Empty: under the key of that row. Else the key ends with it.
  absl::string_view value;
};
RowPayload ParseRowPayload(absl::string_view payload);

struct Step {
  const Verb* verb = nullptr;
  std::string payload;
};
using Script = std::vector<Step>;

class Vocabulary {
 public:
  // All methods; with rows also all tables.
  static const Vocabulary& OfCalls();
  static const Vocabulary& OfCallsAndRows();

  const Verb& Select(uint16_t number) const;
  std::vector<const Verb*> verbs() const;

  // At most kMaxSteps.
  Script Parse(absl::string_view input) const;
  std::string Serialize(const Script& script) const;

  // Ends the process when a line cannot be read. Empty lines, and those that begin with '#', are left out.
  Script FromText(absl::string_view text) const;

  static constexpr size_t kMaxSteps = 64;

 private:
  explicit Vocabulary(bool with_rows);
  void Add(Verb verb);

  std::map<uint16_t, Verb> verbs_;
};

std::string ToText(const Script& script);

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_SCRIPT_H_
